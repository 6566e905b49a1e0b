"""Why a rule ranks, and about when that may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from consumption.models.samples.dataset import TrainingSet
from consumption.models.samples.enough import what_is_missing
from consumption.models.samples.horizon import LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN

SPRING = datetime(2027, 3, 9, tzinfo=UTC)


def with_lost(data: TrainingSet, number: int, outcome: str = "churn") -> TrainingSet:
    """The same, of which so many accounts were lost in training label windows."""
    moved = data.part("train").filter(pl.col("outcome") == outcome)["account_id"].unique().sort().head(number)
    stays = (pl.col("outcome") != outcome) | pl.col("account_id").is_in(moved.implode())
    return replace(
        data, rows=data.rows.with_columns(outcome=pl.when(stays).then("outcome").otherwise(pl.lit("stayed")))
    )


def test_nothing_is_missing_from_fifty_lost_accounts_on(data: TrainingSet) -> None:
    """One fewer, and the rule ranks; each motion counts its own moves."""
    assert what_is_missing("help", with_lost(data, LOSSES_TO_TRAIN)) == ""
    said = what_is_missing("help", with_lost(data, LOSSES_TO_TRAIN - 1))
    assert said == "only 49 accounts lost so far; LightGBM is tried from 50."
    assert what_is_missing("expand", with_lost(data, 3)) == ""
    assert "only 3 accounts expanded so far" in what_is_missing("expand", with_lost(data, 3, "expansion"))


def test_six_snapshots_are_enough_to_train_on(data: TrainingSet) -> None:
    """Five are not."""
    for number, missing in ((SNAPSHOTS_TO_TRAIN, False), (SNAPSHOTS_TO_TRAIN - 1, True)):
        parts = replace(data.horizon.split, train=data.horizon.split.train[:number])
        said = what_is_missing("help", replace(data, horizon=replace(data.horizon, split=parts)))
        assert ("only 5 snapshots" in said) is missing


def test_it_is_said_when_lost_accounts_will_be_enough(data: TrainingSet) -> None:
    """By their pace so far; of expansions no pace is known."""
    later = replace(data, horizon=replace(data.horizon, learnable_from=SPRING))
    said = what_is_missing("help", with_lost(later, 20))
    assert said.endswith("from 50. If accounts go on being lost as they were, that is around 9 March 2027.")
    assert "March" not in what_is_missing("expand", with_lost(later, 3, "expansion"))


@pytest.mark.parametrize("part", ["valid", "test"])
def test_without_anything_held_back_a_model_cannot_be_tried(data: TrainingSet, part: str) -> None:
    """No validation, or no test: nobody could say whether it is better."""
    rest = replace(data, rows=data.rows.filter(pl.col("part") != part))
    assert "too short to hold anything back" in what_is_missing("help", rest)
