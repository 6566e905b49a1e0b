"""How good a ranking is, held against scikit-learn and against sums done by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from consumption.models.judging.bootstrap import Drawn, account_draws, clusters, interval
from consumption.models.judging.evaluation import evaluate, measured, order

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def scores(rows: int = 800, seed: int = 0) -> pl.DataFrame:
    """Scored rows of one owner, with ties among the probabilities."""
    random = np.random.default_rng(seed)
    probability = np.round(random.random(rows) * 0.4, 2)
    happened = (random.random(rows) < probability).astype(float)
    return pl.DataFrame({
        "account_id": [f"a{i % (rows // 2):04d}" for i in range(rows)],
        "as_of": [DAY] * rows,
        "segment": ["small"] * rows,
        "owner": ["ada"] * rows,
        "probability": probability,
        "value": probability * random.random(rows),
        "happened": happened,
        "dollars": happened * random.random(rows) * 1000,
    })  # fmt: skip


def test_the_usual_metrics_agree_with_scikit_learn() -> None:
    """Ours are vectorised over bootstrap draws; the figures are the same, ties included."""
    scored = scores()
    happened, said = scored["happened"].to_numpy(), scored["probability"].to_numpy()
    found = evaluate(scored)
    assert found["roc_auc"].value == pytest.approx(metrics.roc_auc_score(happened, said))
    assert found["pr_auc"].value == pytest.approx(metrics.average_precision_score(happened, said))
    assert found["brier"].value == pytest.approx(metrics.brier_score_loss(happened, said))
    assert found["log_loss"].value == pytest.approx(
        metrics.log_loss(happened, np.clip(said, 1e-12, 1 - 1e-12)), rel=1e-6
    )


def test_weighting_a_row_twice_is_having_it_twice() -> None:
    """The bootstrap's counts mean what they say, for every metric."""
    scored = scores(200)
    ordered = order(scored, 8)
    random = np.random.default_rng(1)
    counts = random.integers(0, 3, size=(1, 200)).astype(float)
    happened = np.repeat(ordered.happened, counts[0].astype(int))
    said = np.repeat(ordered.probability, counts[0].astype(int))
    found = measured(ordered, Drawn(counts, np.arange(200)))
    assert found["roc_auc"][0] == pytest.approx(metrics.roc_auc_score(happened, said))
    assert found["pr_auc"][0] == pytest.approx(metrics.average_precision_score(happened, said))
    assert found["brier"][0] == pytest.approx(np.square(said - happened).mean())


def test_accounts_are_drawn_with_all_their_rows_in_every_metric() -> None:
    """Drawing an account twice is having each of its rows twice, whichever figure is asked for."""
    scored = scores(200)
    ordered = order(scored, 8)
    codes, accounts = clusters(scored["account_id"].to_numpy().astype(object))
    counts = next(account_draws(accounts, 3, seed=2))
    by_account = measured(ordered, Drawn(counts, codes))
    by_row = measured(ordered, Drawn(counts[:, codes], np.arange(200)))
    assert {name: values.tolist() for name, values in by_account.items()} == {
        name: pytest.approx(values.tolist(), nan_ok=True) for name, values in by_row.items()
    }


def test_value_captured_is_that_of_the_lists_of_the_best_lists() -> None:
    """Two owners with a list of one account each: one finds the larger loss, the other the smaller."""
    scored = pl.DataFrame({
        "account_id": ["a", "b", "c", "d"],
        "as_of": [DAY] * 4,
        "segment": [None] * 4,
        "owner": ["ada", "ada", "bob", "bob"],
        "probability": [0.5, 0.1, 0.5, 0.1],
        "value": [9.0, 1.0, 9.0, 1.0],
        "happened": [1.0, 1.0, 1.0, 1.0],
        "dollars": [100.0, 20.0, 10.0, 50.0],
    }, schema_overrides={"segment": pl.String})  # fmt: skip
    found = evaluate(scored, k=1)
    assert found["captured_at_k"].value == pytest.approx(110 / 150)
    assert found["precision_at_k"].value == 1.0


def test_a_perfect_order_has_every_figure_at_its_best() -> None:
    """The ideal list captures all, in the best order."""
    scored = scores().with_columns(value=pl.col("dollars"))
    found = evaluate(scored)
    assert found["captured_at_k"].value == found["ndcg_at_k"].value == pytest.approx(1.0)


def test_intervals_hold_the_value_and_shrink_with_more_accounts() -> None:
    """A hundred accounts leave more in doubt than a thousand."""
    few, many = evaluate(scores(200)), evaluate(scores(4_000))
    for name in ("roc_auc", "brier", "log_loss"):
        assert many[name].low < many[name].value < many[name].high
        assert many[name].high - many[name].low < few[name].high - few[name].low


def test_no_rows_and_rows_where_nothing_happened_give_no_figure_instead_of_a_wrong_one() -> None:
    """A quarter without a loss has no AUC; an empty slice has no figures at all."""
    assert evaluate(scores().clear()) == {}
    quiet = evaluate(scores(100).with_columns(happened=0.0, dollars=0.0))
    assert np.isnan(quiet["roc_auc"].value)
    assert not np.isnan(quiet["brier"].value)


def test_an_account_is_drawn_with_all_its_rows() -> None:
    """Each draw has as many accounts as there are, some twice, some not; the seed decides."""
    blocks = list(account_draws(50, 30, seed=1))
    drawn = np.concatenate(blocks)
    assert drawn.shape == (30, 50)
    assert (drawn.sum(axis=1) == 50).all()
    assert np.array_equal(drawn, np.concatenate(list(account_draws(50, 30, seed=1))))
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("accounts", "k", "length"), [(19, 2, 2), (20, 2, 2), (21, 2, 3), (60, 2, 6), (70, 2, 7), (60, 8, 8), (1, 2, 2)]
)
def test_a_list_is_a_weeks_work_or_a_tenth_of_a_long_one(accounts: int, k: int, length: int) -> None:
    """With two accounts a week an owner of sixty has a list of six; each owner has a length of their own."""
    owners = ["rep"] * accounts + ["other"] * 5
    rows = pl.DataFrame(
        {
            "account_id": [f"a{n:03d}" for n in range(len(owners))],
            "as_of": [datetime(2026, 1, 5, tzinfo=UTC)] * len(owners),
            "owner": owners,
            "probability": [0.1] * len(owners),
            "value": [float(n) for n in range(len(owners))],
            "happened": [0.0] * len(owners),
            "dollars": [0.0] * len(owners),
        }
    )
    found = dict(zip(owners, order(rows, k).length.tolist(), strict=True))
    assert found == {"rep": length, "other": k}
