"""Whether the model before was better, beyond doubt."""

from __future__ import annotations

import polars as pl

from consumption.models.judging.gate_trials import two_models
from consumption.models.judging.withdrawal import evidence

TRIALS = 60


def one_snapshot(scored: pl.DataFrame) -> pl.DataFrame:
    """What a look has at least: the accounts of one day."""
    return scored.filter(pl.col("as_of") == scored["as_of"].min())


def test_of_two_equal_models_neither_takes_the_others_place() -> None:
    """A bare comparison prefers the one before in about every third look; at most one look in twenty may."""
    found = []
    for seed in range(TRIALS):
        now, before = (one_snapshot(s) for s in two_models(1_000 + seed, champion=1.0, challenger=1.0))
        found.append(evidence(now, before, draws=300))
    bare = sum(one.gain >= 0.0 and one.loss < 0.0 for one in found)
    assert bare > TRIALS / 5
    assert sum(one.beyond_doubt for one in found) <= TRIALS / 20


def test_a_model_that_sees_much_more_is_better_beyond_doubt() -> None:
    """Both bounds are on its side, and the other way round neither is."""
    now, before = two_models(5, champion=5.0, challenger=0.2, accounts=1_500)
    found = evidence(now, before, draws=300)
    assert found.beyond_doubt
    assert found.low > 0.0 > found.high
    assert "of the value that could have been listed" in found.text
    assert not evidence(before, now, draws=300).beyond_doubt


def test_truer_probabilities_in_the_same_order_are_not_enough() -> None:
    """The lists are the same: nothing is gained by another model."""
    now, _ = two_models(5, champion=0.5, challenger=0.5, accounts=1_500)
    worse = now.with_columns(pl.col("probability") * 0.2)
    found = evidence(worse, now, draws=300)
    assert found.high < 0.0
    assert not found.beyond_doubt
