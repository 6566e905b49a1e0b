"""What was learned about each action beside what the catalogue said, in odds a service lead can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import GOOD, OUTCOMES, Z_95
from consumption.models.increments.learning import Judgement
from consumption.models.increments.posterior import Posterior

SCHEMA = pl.Schema(
    {
        "action": pl.String,
        "outcome": pl.String,
        "where": pl.String,
        "prior_odds": pl.Float64,
        "learned_odds": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "accounts": pl.Int64,
        "early": pl.Int64,
        "gain": pl.Float64,
        "standard_error": pl.Float64,
        "used": pl.Boolean,
    }
)


def describe(
    posterior: Posterior, judgements: Sequence[Judgement], early: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """A row an action and outcome: the change of the odds that was claimed, and the one learned with its 95 % bounds.

    Both for an account in which the drivers that the catalogue names are full (`where`; the constant alone where it
    names none): -0.30 cuts the odds by 30 %. `accounts`: that got the action so far; `early`: those of them that are
    told by early signs. `gain`, `standard_error`: in cross-validated policy value over the prior; `used`: whether
    what was learned is.
    """
    return pl.DataFrame(list(_rows(posterior, judgements, early or {})), schema=SCHEMA, orient="row")


def _rows(
    posterior: Posterior, judgements: Sequence[Judgement], early: Mapping[str, int]
) -> Iterator[tuple[Any, ...]]:
    prior, learned = posterior.prior, posterior.belief
    for row, judgement in enumerate(judgements):
        for place, outcome in enumerate(OUTCOMES):
            named = np.abs(prior.mean[row, place]) > 0
            full = np.where(named, 1.0, 0.0)
            full[DRIVERS.index("constant")] = 1.0
            said, found = prior.mean[row, place] @ full, learned.mean[row, place] @ full
            reach = Z_95 * np.sqrt(full @ learned.covariance[row, place] @ full)
            ends = sorted(_odds(found + side * reach, place) for side in (-1, 1))
            where = " and ".join(name for name, is_named in zip(DRIVERS, named, strict=True) if is_named)
            yield (
                *(judgement.action, outcome, where or "constant"),
                *(_odds(said, place), _odds(found, place), *ends),
                *(
                    judgement.accounts,
                    early.get(judgement.action, 0),
                    judgement.gain,
                    judgement.standard_error,
                    judgement.used,
                ),
            )


def _odds(shift: float, outcome: int) -> float:
    """The change of the odds that a shift towards us makes, as a share."""
    return float(np.expm1(GOOD[outcome] * shift))
