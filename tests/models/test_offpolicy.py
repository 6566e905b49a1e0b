"""What another policy would have earned, from a log with known propensities."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from consumption.models.increments.logged import NotALog, read_log
from consumption.models.increments.outcome_model import cross_fitted
from consumption.models.offpolicy import evaluate

ALWAYS_A = {"a": 1.0, "b": 0.0}


def coins(rows: int = 400) -> pl.DataFrame:
    """A fair coin chose a, which earns 1, or b, which earns nothing."""
    return pl.DataFrame({"action": ["a", "b"] * (rows // 2), "reward": [1.0, 0.0] * (rows // 2)}).with_columns(
        propensity=pl.lit(0.5)
    )


def always(said: dict[str, float], rows: int) -> pl.DataFrame:
    """The same probabilities in every row."""
    return pl.DataFrame({name: [chance] * rows for name, chance in said.items()})


def told(found: pl.DataFrame, estimator: str) -> dict[str, Any]:
    """One estimator's row."""
    return found.row(by_predicate=pl.col("estimator") == estimator, named=True)


def test_a_fair_coin_is_worked_by_hand() -> None:
    """All weights are 2 or 0: IPW, SNIPS and DR find 1, the model alone what it says, .8; 400 rows tell as 200."""
    found = evaluate(coins(), always(ALWAYS_A, 400), always({"a": 0.8, "b": 0.1}, 400))
    assert found["estimator"].to_list() == ["ipw", "snips", "dm", "dr"]
    values = dict(found.select("estimator", "value").iter_rows())
    assert values == pytest.approx({"ipw": 1.0, "snips": 1.0, "dm": 0.8, "dr": 1.0})
    assert set(found["ess"]) == {200.0}
    assert set(found["largest_weight"]) == {2.0}
    assert found["refused"].null_count() == 4


def test_too_little_of_the_same_is_refused_in_words() -> None:
    """Under an effective sample size of 200 there is no figure, but the reason, the size and the largest weight."""
    found = evaluate(coins(398), always(ALWAYS_A, 398), always({"a": 0.8, "b": 0.1}, 398))
    for estimator in ("ipw", "snips", "dr"):
        row = told(found, estimator)
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
        assert (row["ess"], row["largest_weight"]) == (199.0, 2.0)
        assert "effective sample size 199, under 200" in str(row["refused"])
    assert told(found, "dm")["value"] == pytest.approx(0.8)


def test_propensities_that_are_not_what_happened_are_refused() -> None:
    """Where a log claims a fair coin but chose by what it saw, DR and SNIPS disagree, and neither is believed."""
    rng = np.random.default_rng(1)
    seen = rng.random(4_000) < 0.5
    chose_a = rng.random(4_000) < np.where(seen, 0.9, 0.1)
    log = pl.DataFrame(
        {
            "action": np.where(chose_a, "a", "b"),
            "reward": seen + rng.normal(0, 0.1, 4_000),
            "propensity": np.full(4_000, 0.5),
            "x_seen": seen.astype(float),
        }
    )
    found = evaluate(log, always(ALWAYS_A, 4_000))
    assert "DR and SNIPS disagree" in str(told(found, "dr")["refused"])
    honest = log.with_columns(propensity=pl.Series(np.where(chose_a == seen, 0.9, 0.1)))
    assert told(evaluate(honest, always(ALWAYS_A, 4_000)), "dr")["value"] == pytest.approx(0.5, abs=0.03)


def test_weights_that_do_not_average_one_are_refused() -> None:
    """A log that says 1 in 4 of what a fair coin did weighs everything twice."""
    found = evaluate(coins(4_000).with_columns(propensity=pl.lit(0.25)), always({"a": 0.5, "b": 0.5}, 4_000))
    assert "weights average 2.000 and not 1" in str(told(found, "ipw")["refused"])


def test_propensities_may_be_written_down_with_few_digits() -> None:
    """A third is .333: all weights are alike, so that nothing else would excuse their mean."""
    log = pl.DataFrame(
        {"action": ["a", "b", "c"] * 200, "reward": [1.0, 0.0, 0.5] * 200, "propensity": [0.3333] * 600}
    )
    third = {"a": 0.3333, "b": 0.3333, "c": 0.3334}
    row = told(evaluate(log, always(third, 600)), "snips")
    assert row["refused"] is None
    assert row["value"] == pytest.approx(0.5, abs=1e-3)


def test_the_policy_of_the_log_itself_is_worth_what_it_earned() -> None:
    """All weights are 1: every estimator that weighs finds the mean reward, and nothing is refused."""
    found = evaluate(coins(), always({"a": 0.5, "b": 0.5}, 400))
    for estimator in ("ipw", "snips", "dr"):
        assert told(found, estimator)["value"] == pytest.approx(0.5)


def test_what_the_log_never_shows_is_refused() -> None:
    """A policy that takes an action nobody ever took cannot be valued, however large the log."""
    found = evaluate(coins(2_000), always({"a": 0.9, "b": 0.0, "c": 0.1}, 2_000))
    assert "10% of the policy's choices are actions that the log never shows" in str(told(found, "ipw")["refused"])


@pytest.mark.parametrize(("times", "most"), [(249, 10.0), (251, 20.0)])
def test_a_short_log_is_clipped_at_ten_and_a_long_one_is_not(times: int, most: float) -> None:
    """Weights of 20 count as 10 in the DR of under 5,000 rows; the log itself keeps them."""
    rng = np.random.default_rng(6)
    log = pl.DataFrame({"action": (["a"] + ["b"] * 19) * times}).with_columns(
        reward=(pl.col("action") == "a") + pl.Series(rng.normal(0, 0.5, 20 * times)),
        propensity=pl.when(pl.col("action") == "a").then(0.05).otherwise(0.95),
    )
    found = evaluate(log, always(ALWAYS_A, log.height), always({"a": 0.98, "b": 0.0}, log.height))
    missed = float((log.filter(pl.col("action") == "a")["reward"] - 0.98).sum())
    assert told(found, "dr")["value"] == pytest.approx(0.98 + most * missed / log.height)
    assert told(found, "dr")["largest_weight"] == pytest.approx(20.0)


def test_rows_of_one_account_are_one_piece_of_evidence() -> None:
    """A log written down four times over is no more certain than once; without accounts it would seem so."""
    rng = np.random.default_rng(2)
    log = coins(800).with_columns(
        reward=pl.col("reward") + pl.Series(rng.normal(0, 1, 800)), account_id=pl.int_range(800).cast(pl.String)
    )
    model = {"a": 0.8, "b": 0.1}
    once = told(evaluate(log, always(ALWAYS_A, 800), always(model, 800)), "dr")
    four = pl.concat([log] * 4)
    again = told(evaluate(four, always(ALWAYS_A, 3_200), always(model, 3_200)), "dr")
    alone = told(evaluate(four.drop("account_id"), always(ALWAYS_A, 3_200), always(model, 3_200)), "dr")
    assert (again["low"], again["high"]) == pytest.approx((once["low"], once["high"]))
    assert float(alone["high"]) - float(alone["low"]) < 0.6 * (float(once["high"]) - float(once["low"]))


def test_the_order_of_rows_does_not_matter() -> None:
    """Shuffled, a log says the same."""
    log = coins(600).with_columns(account_id=pl.format("c{}", pl.int_range(600) // 3))
    policy, model = always({"a": 0.7, "b": 0.3}, 600), always({"a": 0.8, "b": 0.1}, 600)
    shuffled = log.sample(fraction=1.0, shuffle=True, seed=4)
    left, right = evaluate(log, policy, model), evaluate(shuffled, policy, model)
    for name in ("value", "low", "high", "ess"):
        assert left[name].to_list() == pytest.approx(right[name].to_list())


def test_the_model_never_sees_the_account_it_tells_about() -> None:
    """However an account's own reward changes, what is expected of it stays."""
    rng = np.random.default_rng(3)
    x, noise = rng.normal(size=600), rng.normal(0, 0.3, 600)
    log = coins(600).with_columns(
        account_id=pl.format("c{}", pl.int_range(600) // 2),
        reward=pl.col("reward") + pl.Series(x + noise),
        x_one=pl.Series(x),
    )
    moved = log.with_columns(reward=pl.when(pl.col("account_id") == "c7").then(0.3).otherwise("reward"))
    policy, mine = always({"a": 0.5, "b": 0.5}, 600), (log["account_id"] == "c7").to_numpy()
    first, second = (cross_fitted(read_log(one, policy)) for one in (log, moved))
    assert first.by == second.by
    assert np.array_equal(first.expected[mine], second.expected[mine])
    assert not np.array_equal(first.expected[~mine], second.expected[~mine])


def test_dr_finds_what_a_policy_is_worth() -> None:
    """In a made-up log whose truth is known, the interval of DR holds it, and is shorter than that of IPW."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=6_000)
    chance = 1 / (1 + np.exp(-x))
    took = rng.random(6_000) < chance
    reward = 0.5 * x + took * (0.2 + 0.3 * x) + rng.normal(0, 0.3, 6_000)
    log = pl.DataFrame(
        {
            "action": np.where(took, "help", "none"),
            "reward": reward,
            "propensity": np.where(took, chance, 1 - chance),
            "x_need": x,
        }
    )
    wanted = (x > 0).astype(float)
    found = evaluate(log, pl.DataFrame({"help": wanted, "none": 1 - wanted}), switch=True)
    truth = float((0.5 * x + wanted * (0.2 + 0.3 * x)).mean())
    dr, ipw = told(found, "dr"), told(found, "ipw")
    assert float(dr["low"]) <= truth <= float(dr["high"])
    assert float(dr["high"]) - float(dr["low"]) < float(ipw["high"]) - float(ipw["low"])
    assert found["estimator"].to_list() == ["ipw", "snips", "dm", "dr", "switch"]


def test_categories_and_gaps_are_features_like_any() -> None:
    """Text and unknown values do not stop a model; what they tell is used."""
    log = coins(800).with_columns(
        reward=pl.when(pl.int_range(800) % 4 < 2).then(1.0).otherwise(0.0),
        x_kind=pl.when(pl.int_range(800) % 4 < 2).then(pl.lit("good")).otherwise(pl.lit("bad")),
        x_gap=pl.when(pl.int_range(800) % 3 == 0).then(1.0),
    )
    expected = cross_fitted(read_log(log, always(ALWAYS_A, 800))).expected
    good = (log["x_kind"] == "good").to_numpy()
    assert expected[good].mean() > 0.9
    assert expected[~good].mean() < 0.1


WRONG = [
    (coins().drop("propensity"), ALWAYS_A, "log: no column propensity"),
    (coins().clear(), ALWAYS_A, "log: no rows"),
    (coins().with_columns(propensity=pl.lit(0.0)), ALWAYS_A, "400 rows whose propensity is absent, zero"),
    (coins().with_columns(propensity=pl.lit(None, pl.Float64)), ALWAYS_A, "400 rows whose propensity is absent"),
    (coins().with_columns(reward=pl.lit(float("nan"))), ALWAYS_A, "400 rows whose reward is not a number"),
    (coins().with_columns(action=pl.lit(None, pl.String)), ALWAYS_A, "400 rows without an action"),
    (coins(), {"a": 0.5, "b": 0.4}, "400 rows that do not sum to one"),
    (coins(), {"a": 1.5, "b": -0.5}, "400 rows with a probability below zero"),
    (coins(), {"a": 1.0}, "no column for b, which the log shows"),
]


@pytest.mark.parametrize(("log", "policy", "problem"), WRONG, ids=[problem for _, _, problem in WRONG])
def test_wrong_input_is_said_with_its_rows(log: pl.DataFrame, policy: dict[str, float], problem: str) -> None:
    """What cannot be reckoned with is named, with how many rows it concerns, and never guessed."""
    with pytest.raises(NotALog, match=problem):
        evaluate(log, always(policy, log.height))


def test_rows_must_be_those_of_the_log() -> None:
    """A policy or a reward model of another length is not about this log."""
    with pytest.raises(NotALog, match="policy: 399 rows where the log has 400"):
        evaluate(coins(), always(ALWAYS_A, 399))
    with pytest.raises(NotALog, match="reward_model: no column for b"):
        evaluate(coins(), always(ALWAYS_A, 400), always({"a": 1.0}, 400))
