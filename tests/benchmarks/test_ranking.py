"""What the benchmark of the rankings counts, and how it goes on where it was stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest

import ranking
from ranking import Asked, measured
from ranking_lists import Queries
from ranking_retail import TEST, TRAIN, WINDOW, folds, labelled
from ranking_times import watching_lightgbm
from ranking_world import by_chance, calibration_error, expected_auc
from report import Figure


def test_a_figure_that_is_kept_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was stopped goes on; asked to, it measures anew. What was validated is kept apart."""
    runs: list[bool] = []

    def once(asked: Asked) -> list[Figure]:
        runs.append(asked.validate)
        return [Figure("one", float(len(runs)), "x", 2.0, at_most=True)]

    monkeypatch.setattr(ranking, "PARTS", {"one": once})
    asked = Asked(tmp_path, tmp_path, validate=False)
    first = measured("one", asked, again=False)
    assert measured("one", asked, again=False) == first == [Figure("one", 1.0, "x", 2.0, at_most=True)]
    assert measured("one", asked, again=True)[0].value == 2.0
    assert measured("one", Asked(tmp_path, tmp_path, validate=True), again=False)[0].value == 3.0
    assert runs == [False, False, True]


def test_a_part_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the names of those that are."""
    with pytest.raises(SystemExit):
        ranking.main([str(tmp_path), "quality", "--work", str(tmp_path)])
    assert "there is no part 'quality'; there are oulad, retail" in capsys.readouterr().err


def test_who_bought_in_the_90_days_before_is_asked_about_the_90_after() -> None:
    """Ann buys nothing more; bob spends 151 after 100, much more; cleo 150, which is not; dan was not there."""
    day = timedelta(days=1)
    bought = [
        ("ann", TEST - day, 10.0),
        ("bob", TEST - WINDOW, 100.0),
        ("bob", TEST, 151.0),
        ("bob", TEST + WINDOW, 500.0),
        ("cleo", TEST - day, 100.0),
        ("cleo", TEST + 30 * day, 150.0),
        ("dan", TEST - WINDOW - day, 10.0),
        ("dan", TEST + day, 10.0),
    ]
    lines = pl.DataFrame(bought, schema=["account_id", "timestamp", "amount"], orient="row")
    lines = lines.with_columns(pl.lit("536365").alias("invoice"), pl.col("timestamp").dt.cast_time_unit("us"))
    back = pl.DataFrame({"account_id": ["bob"], "timestamp": [TEST + day], "amount": [-90.0], "invoice": ["C1"]})
    lines = pl.concat([lines, back.select(lines.columns).cast(lines.schema)])
    snapshot = pl.DataFrame({"account_id": ["ann", "bob", "cleo", "dan"], "as_of": [TEST] * 4, "signal": [1.0] * 4})
    found = labelled(lines, snapshot, TEST).select("account_id", "none", "more").rows()
    assert found == [("ann", True, False), ("bob", False, True), ("cleo", False, False)]


def test_a_customer_is_read_in_one_fold_and_never_learned_from_in_it() -> None:
    """Earlier cuts of the same customer stay out as well."""
    ids = [f"c{n}" for n in range(20)]
    rows = pl.concat(
        pl.DataFrame({"account_id": ids, "as_of": [cut] * 20, "fold": [n % 5 for n in range(20)]})
        for cut in (TRAIN - timedelta(days=28), TRAIN)
    )
    for learned, read in folds(rows):
        assert set(read["as_of"]) == {TRAIN}
        assert set(learned["account_id"]).isdisjoint(read["account_id"])
    assert sorted(name for _, read in folds(rows) for name in read["account_id"]) == sorted(ids)


def test_ndcg_counts_gains_by_grade_within_each_query() -> None:
    """Best of two first: 1; worst of (grades 0, 2) first: its gain 0 of 3; a query without grades counts as 1."""
    queries = Queries(np.zeros((6, 1)), np.array([1.0, 0.0, 0.0, 2.0, 0.0, 0.0]), np.array([2, 2, 2]))
    said = np.array([0.9, 0.1, 0.9, 0.1, 0.5, 0.4])
    assert queries.ndcg(said, 1) == pytest.approx((1.0 + 0.0 + 1.0) / 3)
    assert queries.ndcg(said, 3) == pytest.approx((1.0 + 1.0 / np.log2(3) + 1.0) / 3)
    assert queries.only(np.array([True, False, True])).sizes.tolist() == [2, 2]


def test_an_area_is_expected_from_probabilities_instead_of_outcomes() -> None:
    """Two accounts, .8 and .2: the first alone is lost in .64 of the cases, the second in .04; .64 / .68.

    (The area weighs pairs by chance: also each account against itself, a tie.)
    """
    truth = np.array([0.8, 0.2])
    pairs = 0.8 * 0.8 + 0.2 * 0.2 + 0.8 * 0.2 + 0.2 * 0.8
    assert expected_auc(truth, truth) == pytest.approx((0.8 * 0.8 + (0.16 + 0.16) / 2) / pairs)
    assert expected_auc(np.ones(2), truth) == pytest.approx(0.5)


def test_a_calibration_error_is_the_distance_by_tenths() -> None:
    """Said .2 of everyone, seen in one of ten: off by .1; what is right on average within a tenth is right."""
    came = np.tile([1.0, *([0.0] * 9)], 10)
    assert calibration_error(np.full(100, 0.2), came) == pytest.approx(0.1)
    assert calibration_error(np.full(100, 0.1), came) == pytest.approx(0.0)


def test_what_is_true_has_a_calibration_error_by_chance() -> None:
    """Tenths of ten accounts at a half: mean distance of a binomial from its middle, C(10, 5) / 2^10 / 2 = .123.

    Three rows of an account happen together, so they tell no more than one; what is certain has no chance.
    """
    accounts = pl.Series([f"a{n:03}" for n in range(100)])
    half = np.linspace(0.5 - 1e-9, 0.5 + 1e-9, 100)
    assert by_chance(half, accounts) == pytest.approx(0.123, abs=0.01)
    thrice = pl.concat([accounts] * 3).sort()
    assert by_chance(np.repeat(half, 3), thrice) == pytest.approx(0.123, abs=0.01)
    assert by_chance(np.repeat([0.0, 1.0], 50), accounts) == 0.0


def test_time_within_lightgbm_is_added_up_and_its_train_is_given_back() -> None:
    """Whatever happens inside."""
    plain = lgb.train
    data = lgb.Dataset(np.arange(100.0)[:, None], np.arange(100.0), params={"verbosity": -1})
    with watching_lightgbm() as bare:
        lgb.train({"verbosity": -1, "num_threads": 1}, data, 2)
    assert len(bare.calls) == 1
    assert bare.seconds == sum(bare.calls) > 0.0
    assert lgb.train is plain
