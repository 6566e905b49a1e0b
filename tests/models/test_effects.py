"""Increments of actions for any study: against studies whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from consumption.models.effects import ActionEffects, UnusableStudy
from consumption.models.encoding import Matrix
from consumption.models.rows import Floats

CHANCE = {"call": 0.2, "train": 0.2, "none": 0.6}


@dataclass(frozen=True)
class Known:
    """A study and what each action truly brings (rows, actions)."""

    features: pl.DataFrame
    action: pl.Series
    outcome: pl.Series
    propensity: pl.DataFrame
    truth: Matrix


def known(rows: int = 2_000, seed: int = 0, *, by_need: bool = False, steps: bool = False) -> Known:
    """Two actions; a call helps where x0 is high, training where x1 is. `by_need`: reps call where x0 is high."""
    rng = np.random.default_rng(seed)
    x, segment = rng.normal(size=(rows, 3)), rng.choice(["small", "large"], rows)
    odds = np.column_stack([0.8 * x[:, 0], np.zeros(rows), np.zeros(rows)]) if by_need else np.zeros((rows, 3))
    chances = np.exp(odds) * list(CHANCE.values())
    chances /= chances.sum(axis=1, keepdims=True)
    drawn = rng.random(rows)
    got = np.minimum((drawn > chances.cumsum(axis=1).T).sum(axis=0), 2)
    tau = np.column_stack([0.3 + 0.4 * x[:, 0] + 0.3 * (segment == "large"), 0.3 * x[:, 1]])
    if steps:
        tau = np.column_stack([1.6 * ((x[:, 0] > 0) == (x[:, 1] > 0)) - 0.8, 0.8 * (np.abs(x[:, 2]) < 0.7) - 0.4])
    level = x[:, 2] + x[:, 0]
    outcome = level + np.column_stack([tau, np.zeros(rows)])[np.arange(rows), got] + rng.normal(size=rows)
    return Known(
        pl.DataFrame(x, schema=["x0", "x1", "x2"]).with_columns(segment=pl.Series(segment)),
        pl.Series(np.array(list(CHANCE))[got]),
        pl.Series(outcome),
        pl.DataFrame(chances, schema=list(CHANCE)),
        tau,
    )


def near(found: pl.DataFrame, truth: Matrix) -> Floats:
    """The correlation of each action's increments with the truth."""
    return np.array([np.corrcoef(found.to_numpy()[:, n], truth[:, n])[0, 1] for n in range(truth.shape[1])])


def test_increments_have_a_row_a_row_and_a_column_an_action() -> None:
    """In the order of the rows; doing nothing has no column."""
    study = known(400)
    effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    assert effects.predict(study.features).columns == ["call", "train"]
    assert effects.predict(study.features.head(3)).height == 3
    assert effects.interval(study.features).columns == ["call_low", "call_high", "train_low", "train_high"]


def test_it_finds_where_an_action_helps() -> None:
    """By lot, the increments follow the truth and do not follow the level of the outcome."""
    study = known()
    found = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity).predict(study.features)
    assert (near(found, study.truth) > 0.9).all()
    assert found.to_numpy().mean(axis=0) == pytest.approx(study.truth.mean(axis=0), abs=0.15)


def test_the_propensity_may_be_a_series_of_what_was_taken() -> None:
    """It says the same as the whole frame, but for the actions not taken."""
    study = known()
    own = study.propensity.to_numpy()[
        np.arange(2_000), study.action.replace_strict({"call": 0, "train": 1, "none": 2}).to_numpy()
    ]
    found = ActionEffects.fit(study.features, study.action, study.outcome, pl.Series(own)).predict(study.features)
    assert (near(found, study.truth) > 0.9).all()


def test_choices_by_need_are_put_right() -> None:
    """Calls went where the outcome is high anyway: with the propensity estimated, that is no merit of the call."""
    study = known(3_000, by_need=True)
    called, nothing = (study.outcome.filter(study.action == name).to_numpy().mean() for name in ("call", "none"))
    effects = ActionEffects.fit(study.features, study.action, study.outcome)
    found = effects.predict(study.features)["call"].mean()
    truth = study.truth[:, 0].mean()
    assert called - nothing > truth + 0.4
    assert found == pytest.approx(truth, abs=0.15)
    assert "estimated" in effects.why


def test_the_intervals_hold_the_truth() -> None:
    """95 % intervals hold an account's true increment about that often, over studies and accounts."""
    held = []
    for seed in range(6):
        study = known(1_500, seed)
        effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity, seed=seed)
        bounds = effects.interval(study.features)
        for n, name in enumerate(effects.actions):
            low, high = bounds[f"{name}_low"].to_numpy(), bounds[f"{name}_high"].to_numpy()
            held.append(((low <= study.truth[:, n]) & (study.truth[:, n] <= high)).mean())
    assert 0.88 <= np.mean(held) <= 0.995


def test_a_prior_counts_where_rows_are_few() -> None:
    """A sure claim about the average stands against 40 rows; without one, the rows speak."""
    study = known(200)
    claimed = ActionEffects.fit(
        study.features, study.action, study.outcome, study.propensity, prior={"train": (1.0, 0.01), "call": 0.3}
    )
    plain = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    assert claimed.predict(study.features)["train"].mean() == pytest.approx(1.0, abs=0.03)
    assert abs(plain.predict(study.features)["train"].to_numpy().mean()) < 0.6


def test_a_challenger_wins_where_lines_cannot_follow() -> None:
    """In a world of steps that cancel along every line, trees serve accounts better, and it says so."""
    study = known(8_000, steps=True)
    effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    assert effects.method in {"s-learner", "dr-learner"}
    assert effects.why.startswith(f"the {effects.method}: cross-validated policy value")
    assert (near(effects.predict(study.features), study.truth) > 0.6).all()
    assert [value.method for value in effects.values] == ["layer", "s-learner", "dr-learner"]


def test_the_layer_stands_where_lines_are_the_truth() -> None:
    """A challenger must beat it by one standard error, and `why` gives the figures."""
    study = known(6_000)
    effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    assert effects.method == "layer"
    assert "standard error" in effects.why


def test_challengers_wait_for_a_thousand_accounts_an_action() -> None:
    """Trees on fewer than that follow the noise."""
    study = known(1_000)
    effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    assert effects.method == "layer"
    assert "challengers need 1,000" in effects.why


def test_the_same_seed_gives_the_same_increments() -> None:
    """Bit for bit, trees and folds included."""
    study = known(600)
    first, second = (
        ActionEffects.fit(study.features, study.action, study.outcome, seed=3).predict(study.features) for _ in "12"
    )
    assert first.equals(second)


def test_unknown_values_and_new_texts_are_no_error() -> None:
    """Nulls, infinities and a segment never seen are read as unknown; a constant column says nothing."""
    study = known(600)
    odd = pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise(pl.col("x2"))
    features = study.features.with_columns(x2=odd, flat=pl.lit(1.0))
    effects = ActionEffects.fit(features, study.action, study.outcome, study.propensity)
    new = features.with_columns(segment=pl.lit("new"), x0=pl.lit(float("inf")))
    assert np.isfinite(effects.predict(new).to_numpy()).all()
    assert np.isfinite(effects.interval(new).to_numpy()).all()


def test_many_features_are_folded_into_few() -> None:
    """A hundred signals of which two matter still find where a call helps."""
    study = known()
    noise = np.random.default_rng(1).normal(size=(2_000, 100))
    features = study.features.hstack(pl.DataFrame(noise, schema=[f"n{i}" for i in range(100)]))
    effects = ActionEffects.fit(features, study.action, study.outcome, study.propensity)
    assert np.isfinite(effects.predict(features).to_numpy()).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": pl.Series(["call"] * 400)}, "no row has the action 'none'"),
        ({"action": pl.Series(["none"] * 400)}, "every row has the action 'none'"),
        ({"action": pl.Series(["call", "none"])}, "the rows do not match"),
        ({"action": pl.Series([None, *["none"] * 399])}, "1 rows have no action"),
        ({"action": pl.Series(["call"] * 3 + ["none"] * 397)}, "under 20 rows of call"),
        ({"outcome": pl.Series(["a"] * 400)}, "outcome is String"),
        ({"outcome": pl.Series([None, *[1.0] * 399])}, "1 rows whose outcome is not a number"),
        ({"outcome": pl.Series([float("nan"), *[1.0] * 399])}, "1 rows whose outcome is not a number"),
        ({"propensity": pl.Series([0.0, *[0.5] * 399])}, "1 rows got what they had no chance of getting"),
        ({"propensity": pl.DataFrame({"call": [0.5] * 400})}, "propensity has no column train, none"),
        ({"propensity": pl.DataFrame({n: [0.5] * 400 for n in CHANCE})}, "400 rows of propensity are no probab"),
        ({"prior": {"visit": 1.0}}, "prior names actions without rows: visit"),
        ({"prior": {"call": (1.0, 0.0)}}, "the prior of call"),
        ({"features": pl.DataFrame({"x0": [1.0]})}, "the rows do not match"),
    ],
)
def test_a_study_that_cannot_be_read_says_why(change: dict[str, Any], said: str) -> None:
    """What is wrong, how many rows, and what to do."""
    study = known(400)
    given: dict[str, Any] = {
        "features": study.features, "action": study.action, "outcome": study.outcome, "propensity": study.propensity,
    } | change  # fmt: skip
    with pytest.raises(UnusableStudy, match=said):
        ActionEffects.fit(**given)


def test_features_that_were_not_given_are_asked_for() -> None:
    """Predicting without a column that was learned from is an error, in any order they are fine."""
    study = known(400)
    effects = ActionEffects.fit(study.features, study.action, study.outcome, study.propensity)
    with pytest.raises(UnusableStudy, match="features lacks x1"):
        effects.predict(study.features.drop("x1"))
    turned = study.features.select(reversed(study.features.columns))
    assert effects.predict(turned).equals(effects.predict(study.features))
