"""Heads that are grown again on every row before the test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from consumption.models.heads.boosting import Boosting
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.regrown import FOLDS, by_account, grown_on_all
from consumption.models.samples.dataset import TrainingSet

QUICK = Boosting(rounds=30, seeds=1)


@pytest.fixture(scope="module")
def first(data: TrainingSet) -> Ranker:
    """A ranker that has learned from the training rows alone."""
    return fit_ranker("help", data, seed=0, settings=QUICK)


@pytest.fixture(scope="module")
def whole(first: Ranker, data: TrainingSet) -> Ranker:
    """The same, grown again."""
    return grown_on_all(first, data, seed=0, settings=QUICK)


def with_outcomes(data: TrainingSet, part: str, outcome: str) -> TrainingSet:
    """The same rows, but that all of a part came to one end."""
    told = pl.when(pl.col("part") == part).then(pl.lit(outcome)).otherwise("outcome")
    return replace(data, rows=data.rows.with_columns(outcome=told))


def test_a_head_has_a_booster_a_fold_as_large_as_it_was(first: Ranker, whole: Ranker) -> None:
    """Five, each with the trees that the validation rows asked for; codes and rates stay as they were."""
    assert len(whole.churn.boosters) == FOLDS
    assert whole.churn.trees == FOLDS * first.churn.trees
    assert (whole.churn.encoding, whole.churn.rates) == (first.churn.encoding, first.churn.rates)
    assert whole.size is first.size


def test_the_newest_rows_teach_and_the_test_rows_do_not(first: Ranker, whole: Ranker, data: TrainingSet) -> None:
    """Had nobody left in the validation snapshots, less is expected; what came of the test rows changes nothing."""
    asked = data.part("test")
    untold = grown_on_all(first, with_outcomes(data, "test", "churn"), seed=0, settings=QUICK)
    assert untold.predict(asked).equals(whole.predict(asked))
    calm = grown_on_all(first, with_outcomes(data, "valid", "stayed"), seed=0, settings=QUICK)
    fewer, more = (one.predict(asked)["p_churn"].to_numpy().mean() for one in (calm, whole))
    assert fewer < 0.9 * more


def test_what_was_learned_by_heart_does_not_calibrate(first: Ranker, data: TrainingSet) -> None:
    """Outcomes dealt out among the accounts by lot: trees find something in them, and calibration takes it back."""
    lot = data.rows["outcome"].sample(fraction=1.0, shuffle=True, seed=5)
    dealt = replace(data, rows=data.rows.with_columns(outcome=lot))
    assert grown_on_all(first, dealt, seed=0, settings=QUICK).churn.calibration.slope < 0.9


def test_all_rows_of_an_account_are_in_one_fold_and_folds_are_even() -> None:
    """Else a booster would be asked about accounts that it knows."""
    accounts = pl.Series([f"a{n % 23}" for n in range(100)])
    fold = by_account(accounts, seed=1)
    folds = pl.DataFrame({"account": accounts, "fold": fold}).unique()
    assert folds.height == 23
    assert set(np.bincount(folds["fold"].to_numpy())) == {4, 5}


def test_a_head_without_trees_stays_as_it_is(first: Ranker, data: TrainingSet) -> None:
    """Too few cases taught it a rate, and more rows are asked for by the next training."""
    bare = replace(first, churn=replace(first.churn, boosters=()), move=replace(first.move, boosters=()))
    again = grown_on_all(bare, data, seed=0, settings=QUICK)
    assert again.churn is bare.churn
    assert again.move is bare.move
