"""A study of actions: who got what, how likely, and what came of it; checked before anything is learned from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.models.encoding import Encoding, Matrix
from consumption.models.increments.basis import Basis
from consumption.models.increments.choosing import crossfitted_chances
from consumption.models.increments.evidence import Ints
from consumption.models.increments.study_given import (
    LEAST_ROWS,
    NONE,
    Claim,
    Propensity,
    UnusableStudy,
    actions_of,
    chances_of,
    check_outcome,
    claims_of,
    read,
    with_own,
)
from consumption.models.rows import Floats

__all__ = ["LEAST_ROWS", "NONE", "Claim", "Propensity", "Study", "UnusableStudy", "study_of"]


@dataclass(frozen=True, eq=False)
class Study:
    """Rows to learn increments from.

    `matrix`: the features as numbers, NaN where unknown. `taken`: a place in `actions`, -1 for none. `chances`: how
    likely each of `actions` and, last, none was. `known`: whether those were given rather than estimated. `claims`:
    what is believed of each action's average increment beforehand, mean and standard deviation (infinite: nothing).
    """

    actions: tuple[str, ...]
    encoding: Encoding
    basis: Basis
    matrix: Matrix
    taken: Ints
    outcome: Floats
    chances: Matrix
    known: bool
    claims: Matrix

    @property
    def rows(self) -> int:
        """How many accounts."""
        return len(self.taken)

    @property
    def binary(self) -> bool:
        """Whether the outcome is something that happens or does not."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    @property
    def treated(self) -> Ints:
        """Rows that got each action."""
        return np.bincount(self.taken[self.taken >= 0], minlength=len(self.actions)).astype(np.int64)

    @property
    def received(self) -> Matrix:
        """1 where a row got an action or, last, none: (rows, actions + 1)."""
        places = np.where(self.taken < 0, len(self.actions), self.taken)
        return np.eye(len(self.actions) + 1)[places]

    def only(self, rows: Ints) -> Study:
        """Some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            taken=self.taken[rows],
            outcome=self.outcome[rows],
            chances=self.chances[rows],
        )


def study_of(
    features: pl.DataFrame,
    action: pl.Series,
    outcome: pl.Series,
    propensity: Propensity,
    *,
    prior: Mapping[str, Claim] | None,
    seed: int,
) -> Study:
    """The study that frames describe; arguments as in `ActionEffects.fit`, raises UnusableStudy."""
    given = read(features, action, outcome, propensity)
    actions = actions_of(given.action)
    check_outcome(given.outcome)
    claims = claims_of(prior, actions, given.outcome)
    taken = given.action.replace_strict({a: n for n, a in enumerate(actions)}, default=-1).to_numpy()
    encoding = Encoding.fit(given.features, given.features.columns)
    matrix = encoding.matrix(given.features)
    basis = Basis.of(matrix, encoding)
    chances = chances_of(given.propensity, actions, taken) if isinstance(given.propensity, pl.DataFrame) else None
    if chances is None:
        chances = crossfitted_chances(basis.rows(matrix), taken, len(actions), seed)
    if isinstance(given.propensity, pl.Series):
        chances = with_own(chances, given.propensity, taken)
    return Study(
        actions=actions,
        encoding=encoding,
        basis=basis,
        matrix=matrix,
        taken=taken,
        outcome=given.outcome,
        chances=chances,
        known=propensity is not None,
        claims=claims,
    )
