"""Heads: boosters, their encoding, calibration and what they save."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest

from consumption.models.encoding import Encoding
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.calibration import Calibration, fit_calibration
from consumption.models.heads.head import Head, Validation, fit_head, seeds_from
from consumption.models.heads.severity import Severity, fit_severity, mean_severity
from consumption.models.judging.evaluation import row_log_loss
from consumption.models.logistic import probability
from consumption.models.rows import Floats, Strings

NO_SEGMENT: Strings = np.full(4_000, None, dtype=object)


def sample(rows: int, seed: int) -> tuple[pl.DataFrame, Floats]:
    """Two signals that matter, one that does not, a plan that does; some values unknown."""
    random = np.random.default_rng(seed)
    use, tickets, noise = random.normal(size=(3, rows))
    plan = random.choice(["basic", "pro"], size=rows)
    odds = -2.0 - 1.2 * use + 0.8 * tickets * (use < 0) + 1.0 * (plan == "basic")
    unknown = np.where(random.random(rows) < 0.1, np.nan, tickets)
    frame = pl.DataFrame({"use": use, "tickets": unknown, "noise": noise, "plan": plan})
    return frame.with_columns(pl.col("tickets").fill_nan(None)), (random.random(rows) < probability(odds)).astype(
        float
    )


@pytest.fixture(scope="module")
def head() -> Head:
    """A head stopped and calibrated on later rows."""
    frame, happened = sample(4_000, 1)
    late, came = sample(2_000, 2)
    return fit_head(frame, happened, valid=Validation(late, came, np.ones(2_000)), seed=3)


def test_a_head_tells_accounts_apart_it_has_not_seen(head: Head) -> None:
    """Its probabilities are close to the truth in all, and higher for those to whom it happens."""
    frame, happened = sample(4_000, 9)
    said = head.predict(frame)
    assert said.mean() == pytest.approx(happened.mean(), abs=0.02)
    assert said[happened == 1].mean() > 1.5 * said[happened == 0].mean()


def test_a_head_saved_and_loaded_predicts_the_same_bits(head: Head, tmp_path: Path) -> None:
    """LightGBM's text and JSON lose nothing."""
    frame, _ = sample(500, 5)
    head.save(tmp_path, "churn")
    again = Head.load(tmp_path, "churn")
    assert np.array_equal(again.predict(frame), head.predict(frame))
    assert np.array_equal(again.contributions(frame)[0], head.contributions(frame)[0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["churn-2.txt", "churn.json", "churn.txt"]


def test_a_head_says_the_mean_of_its_boosters() -> None:
    """Each booster grows from a seed of its own; log odds and contributions are their means, and still add up."""
    frame, happened = sample(1_500, 1)
    quick = Boosting(rounds_without_validation=20, seeds=1)
    first, second = (fit_head(frame, happened, seed=seed, settings=quick) for seed in seeds_from(5, 2))
    both = fit_head(frame, happened, seed=5, settings=replace(quick, seeds=2))
    assert both.raw(frame) == pytest.approx((first.raw(frame) + second.raw(frame)) / 2.0)
    parts, base = both.contributions(frame)
    assert base + parts.sum(axis=1) == pytest.approx(both.raw(frame))
    assert not np.array_equal(first.raw(frame), second.raw(frame))


def test_boosters_of_a_head_share_their_bins_and_are_those_of_their_seeds_alone() -> None:
    """Rows are put into bins once: tree by tree each booster is the one that its seed alone would grow."""
    frame, happened = sample(1_500, 1)
    late, came = sample(800, 2)
    quick, valid = Boosting(rounds=30, seeds=1), Validation(late, came, np.ones(800))
    alone = [fit_head(frame, happened, valid=valid, seed=seed, settings=quick) for seed in seeds_from(5, 3)]
    together = fit_head(frame, happened, valid=valid, seed=5, settings=replace(quick, seeds=3))
    grown = [[trees_of(booster) for booster in head.boosters] for head in (together, *alone)]
    assert grown[0] == [trees for (trees,) in grown[1:]]
    assert len(set(grown[0])) == 3


def trees_of(booster: lgb.Booster) -> str:
    """LightGBM's text without the parameters that it was grown with."""
    return booster.model_to_string().partition("\nparameters:")[0]


def test_weights_say_how_rows_compare_and_not_how_many_there_are() -> None:
    """Label windows that overlap seven times give every row a seventh: the same trees as with a whole weight each."""
    frame, happened = sample(1_500, 1)
    whole, part = (
        fit_head(frame, happened, weights=np.full(1_500, w), settings=Boosting(rounds_without_validation=20))
        for w in (1.0, 0.125)
    )
    assert np.array_equal(whole.raw(frame), part.raw(frame))


def test_the_same_seed_grows_the_same_trees_on_any_number_of_threads() -> None:
    """What is served does not depend on the machine."""
    frame, happened = sample(1_500, 1)
    grown = [
        fit_head(frame, happened, seed=7, settings=Boosting(rounds_without_validation=20, threads=t)) for t in (1, 2)
    ]
    assert np.array_equal(grown[0].predict(frame), grown[1].predict(frame))
    other = fit_head(frame, happened, seed=8, settings=Boosting(rounds_without_validation=20))
    assert not np.array_equal(other.predict(frame), grown[0].predict(frame))


def test_a_word_never_seen_before_is_unknown_and_no_error(head: Head) -> None:
    """A new plan appears after training; the account is ranked by the rest."""
    frame, _ = sample(50, 5)
    new = head.predict(frame.with_columns(plan=pl.lit("enterprise")))
    none = head.predict(frame.with_columns(plan=pl.lit(None, dtype=pl.String)))
    assert np.array_equal(new, none)


def test_infinite_and_missing_values_are_unknown() -> None:
    """A ratio over nothing is not a large number."""
    frame = pl.DataFrame({"x": [1.0, None, float("inf"), float("nan")], "b": [True, False, None, True]})
    matrix = Encoding.fit(frame, ["x", "b"]).matrix(frame)
    assert np.isnan(matrix[:, 0]).tolist() == [False, True, True, True]
    assert matrix[:2, 1].tolist() == [1.0, 0.0]


def test_what_business_law_says_is_kept() -> None:
    """More use never raises the probability of loss, whatever the rows say."""
    frame, happened = sample(3_000, 1)
    head = fit_head(frame, happened, columns=["use", "noise"], directions={"use": -1, "noise": 1}, seed=0)
    steps = pl.DataFrame({"use": np.linspace(-3, 3, 60), "noise": np.zeros(60)})
    assert (np.diff(head.predict(steps)) <= 0).all()


def test_fewer_than_twenty_cases_teach_a_rate_and_no_tree() -> None:
    """Nothing is made up from a handful; the rate is near what was seen."""
    frame, _ = sample(1_000, 1)
    happened = np.zeros(1_000)
    happened[:12] = 1.0
    head = fit_head(frame, happened)
    assert head.boosters == ()
    assert head.predict(frame) == pytest.approx(np.full(1_000, 0.0125), abs=0.002)


def test_a_new_account_is_held_close_to_its_segment(head: Head) -> None:
    """Under 28 days: (d p + 2 p_segment) / (d + 2), d the active days / 28."""
    frame, _ = sample(3, 5)
    grown = head.predict(frame)
    young = head.predict(frame.with_columns(age_days=pl.lit(10.0), active_days_28d=pl.lit(7.0)))
    usual = head.rates.overall
    assert young == pytest.approx((0.25 * grown + 2 * usual) / 2.25)


def test_calibration_corrects_probabilities_that_are_too_sure() -> None:
    """Log odds twice too far from the middle, and a level that is off, are put right on other rows."""
    random = np.random.default_rng(0)
    odds = random.normal(-1.5, 1.0, size=8_000)
    happened = (random.random(8_000) < probability(odds)).astype(float)
    raw = 2.0 * odds + 1.0
    fitted = fit_calibration(raw[:4_000], happened[:4_000], np.ones(4_000), NO_SEGMENT)
    before = row_log_loss(probability(raw[4_000:]), happened[4_000:]).mean()
    after = row_log_loss(fitted.apply(raw[4_000:], NO_SEGMENT), happened[4_000:]).mean()
    best = row_log_loss(probability(odds[4_000:]), happened[4_000:]).mean()
    assert after < before - 0.04
    assert after == pytest.approx(best, abs=0.01)


def test_a_thousand_cases_allow_any_rising_curve() -> None:
    """From 1,000 positives on the curve is isotonic; it never falls, and survives being saved."""
    random = np.random.default_rng(1)
    raw = random.normal(size=6_000)
    happened = (random.random(6_000) < np.clip(0.1 + 0.5 * (raw > 0), 0, 1)).astype(float)
    fitted = fit_calibration(raw, happened, np.ones(6_000), np.full(6_000, "a", dtype=object))
    assert fitted.knots is not None
    said = fitted.apply(np.linspace(-4, 4, 200), np.full(200, "a", dtype=object))
    assert (np.diff(said) >= 0).all()
    assert Calibration.of(fitted.as_dict()) == fitted


def test_a_segment_of_few_rows_hardly_moves_its_intercept() -> None:
    """N / (n + 200): ten rows that all happened do not make a segment certain."""
    raw = np.full(1_010, -2.0)
    happened = np.concatenate([np.random.default_rng(0).random(1_000) < 0.12, np.ones(10)]).astype(float)
    segments = np.array(["many"] * 1_000 + ["few"] * 10, dtype=object)
    fitted = fit_calibration(raw, happened, np.ones(1_010), segments)
    assert 0.0 < fitted.segments["few"] < 0.06


def test_the_size_of_a_move_is_drawn_to_the_segment_where_moves_are_few() -> None:
    """Means alone under 100 moves; always within what counts as a move; unknown segments take the mean of all."""
    moved = pl.DataFrame({"use": [0.0] * 40, "segment": ["small"] * 40})
    size = fit_severity(moved, np.full(40, 0.6), outcome="contraction", columns=["use"], weights=np.ones(40))
    asked = pl.DataFrame({"use": [0.0, 0.0], "segment": ["small", None]})
    assert size.booster is None
    assert 0.5 < size.predict(asked)[1] <= size.predict(asked)[0] < 0.6


def test_the_size_of_a_move_learns_and_saves(tmp_path: Path) -> None:
    """With many moves a gamma regression tells large from small ones, the same after loading."""
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"use": random.normal(size=1_500)})
    sizes = np.clip(0.3 * np.exp(0.5 * frame["use"].to_numpy()), 0.1, 0.95)
    size = fit_severity(frame, sizes, outcome="contraction", columns=["use"], weights=np.ones(1_500))
    size.save(tmp_path)
    asked = pl.DataFrame({"use": [-1.5, 1.5], "segment": ["a", "a"]})
    assert size.booster is not None
    assert np.array_equal(Severity.load(tmp_path).predict(asked), size.predict(asked))


def test_sizes_stay_within_what_settings_call_a_move(tmp_path: Path) -> None:
    """Where 20 % make a contraction, none of 10 % is expected; the limits are kept with the model."""
    frame = pl.DataFrame({"segment": ["a"] * 5})
    small = mean_severity(frame, np.full(5, 0.05), outcome="contraction", weights=np.ones(5), limits=(0.2, 0.9))
    assert small.predict(frame).tolist() == [0.2] * 5
    small.save(tmp_path)
    assert Severity.load(tmp_path).predict(frame).tolist() == [0.2] * 5
