"""A study of actions: who got what, how likely, and what came of it; checked before anything is learned from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.errors import ConsumptionError
from consumption.models.encoding import Encoding, Matrix
from consumption.models.increments.basis import Basis
from consumption.models.increments.choosing import crossfitted_chances
from consumption.models.increments.evidence import Ints
from consumption.models.rows import Floats

NONE = "none"
LEAST_ROWS = 20  # of an action, and of doing nothing
EVIDENCE_OF_A_CLAIM = 400  # accounts that a claimed increment without a spread is worth


class UnusableStudy(ConsumptionError):
    """What was given does not allow an increment to be estimated."""

    status = 422


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


Propensity = pl.Series | pl.DataFrame | None
Claim = float | tuple[float, float]


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
    _check_lengths(features, action, outcome, propensity)
    actions = _actions(action)
    target = _numbers(outcome, "outcome")
    taken = action.cast(pl.String).replace_strict({a: n for n, a in enumerate(actions)}, default=-1).to_numpy()
    encoding = Encoding.fit(features, features.columns)
    matrix = encoding.matrix(features)
    basis = Basis.of(matrix, encoding)
    chances = _given(propensity, actions, taken) if isinstance(propensity, pl.DataFrame) else None
    if chances is None:
        chances = crossfitted_chances(basis.rows(matrix), taken, len(actions), seed)
    if isinstance(propensity, pl.Series):
        chances = _with_own(chances, propensity, taken)
    return Study(
        actions=actions,
        encoding=encoding,
        basis=basis,
        matrix=matrix,
        taken=taken,
        outcome=target,
        chances=chances,
        known=propensity is not None,
        claims=_claims(prior, actions, target),
    )


def _check_lengths(features: pl.DataFrame, action: pl.Series, outcome: pl.Series, propensity: Propensity) -> None:
    counts = {"features": features.height, "action": len(action), "outcome": len(outcome)}
    if propensity is not None:
        counts["propensity"] = len(propensity)
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        raise UnusableStudy(f"the rows do not match: {told}", "give one row an account, in the same order, in each")
    if not features.columns:
        raise UnusableStudy("features has no columns", "give at least one column that tells accounts apart")


def _actions(action: pl.Series) -> tuple[str, ...]:
    if action.null_count():
        raise UnusableStudy(
            f"{action.null_count():,} rows have no action",
            f"write '{NONE}' where nothing was done, or leave them out",
        )
    counts = dict(action.cast(pl.String).value_counts().iter_rows())
    if NONE not in counts:
        raise UnusableStudy(
            f"no row has the action '{NONE}'", "increments need accounts about which nothing was done, chosen by lot"
        )
    if len(counts) == 1:
        raise UnusableStudy(f"every row has the action '{NONE}'", "give rows that got an action, too")
    few = sorted(name for name, count in counts.items() if count < LEAST_ROWS)
    if few:
        raise UnusableStudy(
            f"under {LEAST_ROWS} rows of {', '.join(few)}", "leave these actions out until there are more rows"
        )
    return tuple(sorted(set(counts) - {NONE}))


def _numbers(values: pl.Series, name: str) -> Floats:
    if not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
        raise UnusableStudy(f"{name} is {values.dtype}, not numbers", f"give {name} as numbers")
    numbers = values.cast(pl.Float64).to_numpy()
    unknown = int((~np.isfinite(numbers)).sum()) if not values.null_count() else values.null_count()
    if unknown:
        raise UnusableStudy(f"{unknown:,} rows have no {name}", "leave out rows whose outcome is not known yet")
    return np.asarray(numbers, dtype=np.float64)


def _with_own(estimated: Matrix, propensity: pl.Series, taken: Ints) -> Matrix:
    """The chance of what was taken as given; those of all else as estimated, in the proportions between them."""
    own = _numbers(propensity, "propensity")
    _check_taken(own)
    rows, place = np.arange(len(taken)), np.where(taken < 0, estimated.shape[1] - 1, taken)
    chances = estimated.copy()
    chances[rows, place] = 0.0
    chances *= ((1 - own) / np.maximum(chances.sum(axis=1), 1e-12))[:, None]
    chances[rows, place] = own
    return chances


def _given(propensity: pl.DataFrame, actions: Sequence[str], taken: Ints) -> Matrix:
    lacking = [name for name in (*actions, NONE) if name not in propensity.columns]
    if lacking:
        raise UnusableStudy(
            f"propensity has no column {', '.join(lacking)}", f"give a column for each action and '{NONE}'"
        )
    columns = [_numbers(propensity[name], "propensity") for name in (*actions, NONE)]
    chances = np.column_stack(columns)
    if (chances < 0).any() or (np.abs(chances.sum(axis=1) - 1) > 1e-3).any():
        wrong = int(((chances < 0).any(axis=1) | (np.abs(chances.sum(axis=1) - 1) > 1e-3)).sum())
        raise UnusableStudy(
            f"{wrong:,} rows of propensity are no probabilities", "each row must be 0 or more and add up to 1"
        )
    _check_taken(chances[np.arange(len(taken)), np.where(taken < 0, len(actions), taken)])
    return np.asarray(chances, dtype=np.float64)


def _check_taken(own: Floats) -> None:
    wrong = int(((own <= 0) | (own > 1)).sum())
    if wrong:
        raise UnusableStudy(
            f"{wrong:,} rows got what they had no chance of getting", "a propensity lies above 0 and at most at 1"
        )


def _claims(prior: Mapping[str, Claim] | None, actions: Sequence[str], outcome: Floats) -> Matrix:
    claims = np.tile(np.array([0.0, np.inf]), (len(actions), 1))
    unknown = sorted(set(prior or {}) - set(actions))
    if unknown:
        raise UnusableStudy(
            f"prior names actions without rows: {', '.join(unknown)}", f"the actions are {', '.join(actions)}"
        )
    usual = float(outcome.std() / np.sqrt(EVIDENCE_OF_A_CLAIM))
    for name, claim in (prior or {}).items():
        mean, sd = claim if isinstance(claim, tuple) else (claim, usual)
        if not np.isfinite(mean) or not sd > 0:
            raise UnusableStudy(f"the prior of {name} is {claim}", "give an increment, or (mean, sd) with sd above 0")
        claims[actions.index(name)] = mean, sd
    return claims
