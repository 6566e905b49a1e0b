"""What a study is made from (features, actions, outcomes, propensities, claims), read or refused in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np
import polars as pl

from consumption.errors import ConsumptionError
from consumption.models.encoding import Encoding, Matrix
from consumption.models.given import Reader, is_number, is_text
from consumption.models.increments.evidence import Ints
from consumption.models.rows import Floats

NONE = "none"
LEAST_ROWS = 20  # of an action, and of doing nothing
EVIDENCE_OF_A_CLAIM = 400  # accounts that a claimed increment without a spread is worth
SUREST = 1e-6  # of the outcome's spread: a surer claim counts as one of this
LARGEST_CLAIM, LARGEST = 1e15, 1e100
LARGEST_FEATURE = 1e30
FLAT = 1e-30  # what differs by less does not differ

Propensity = pl.Series | pl.DataFrame | pl.LazyFrame | None
Claim = float | tuple[float, float]


class UnusableStudy(ConsumptionError):
    """What was given does not allow an increment to be estimated."""

    status = 422


class Given(NamedTuple):
    """What was given, as frames and series of one length."""

    features: pl.DataFrame
    action: pl.Series
    outcome: Floats
    propensity: pl.Series | pl.DataFrame | None


def read(features: object, action: object, outcome: object, propensity: object) -> Given:
    """Frames, action names and outcomes; UnusableStudy for what cannot be read."""
    frame = features_of(features)
    _check_apart(frame)
    names = Reader("", UnusableStudy).names("action", Reader("action", UnusableStudy).series(action))
    results = Reader("outcome", UnusableStudy).series(outcome)
    chances: pl.Series | pl.DataFrame | None = None
    if isinstance(propensity, pl.Series):
        chances = propensity
    elif propensity is not None:
        chances = Reader("propensity", UnusableStudy).frame(propensity)
    _check_lengths(frame, names, results, chances)
    known = Reader("", UnusableStudy).numbers(
        "outcome", results, "leave out rows whose outcome is not known yet, in features and action, too"
    )
    return Given(frame, names, known, chances)


def features_of(given: object) -> pl.DataFrame:
    """The features, each numbers or text; infinite and unknown ones are read as unknown."""
    reader = Reader("features", UnusableStudy)
    frame = reader.frame(given)
    for name, dtype in frame.schema.items():
        if not (is_number(dtype) or is_text(dtype)):
            raise UnusableStudy(
                f"features: {name} is {dtype}, neither numbers nor text", f"leave {name} out, or make numbers of it"
            )
        if is_number(dtype):
            sizes = np.abs(frame[name].cast(pl.Float64).fill_null(0.0).fill_nan(0.0).to_numpy())
            large = np.isfinite(sizes) & (sizes > LARGEST_FEATURE)
            reader.refuse_rows(
                f"whose {name} is beyond {LARGEST_FEATURE:.0e}", large, f"leave {name} out, or mend it"
            )
    return frame


def features_like(encoding: Encoding, given: object) -> pl.DataFrame:
    """The features of accounts to predict for: the columns that were learned from, of the kind they had."""
    frame = features_of(given)
    lacking = [name for name in encoding.columns if name not in frame.columns]
    if lacking:
        raise UnusableStudy(f"features lacks {', '.join(lacking)}", "give the columns that `fit` was given")
    for name in encoding.columns:
        dtype, as_text = frame.schema[name], name in encoding.codes
        unlike = dtype.is_float() or dtype.is_decimal() if as_text else not is_number(dtype)
        if unlike:
            kind = "text" if as_text else "numbers"
            raise UnusableStudy(
                f"features: {name} is {dtype}, and `fit` was given {kind}", f"give {name} as {kind} here, too"
            )
    return frame


def actions_of(action: pl.Series) -> tuple[str, ...]:
    """The actions but `none`, in alphabetical order."""
    reader = Reader("", UnusableStudy)
    reader.refuse_rows(
        "have no action", action.is_null().to_numpy(), f"write '{NONE}' where nothing was done, or leave them out"
    )
    counts = dict(action.value_counts().iter_rows())
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


def check_outcome(outcome: Floats) -> None:
    """An outcome that is the same in all rows tells nothing, nor how much a claim is to count."""
    if not outcome.std() > FLAT:
        raise UnusableStudy(
            f"outcome is {outcome[0]:g} in all {len(outcome):,} rows: nothing tells what an action changed",
            "give an outcome that differs between accounts, or wait until it does",
        )


def with_own(estimated: Matrix, propensity: pl.Series, taken: Ints) -> Matrix:
    """The chance of what was taken as given; those of all else as estimated, in the proportions between them."""
    own = _chances("propensity", propensity)
    _check_taken(own)
    rows, place = np.arange(len(taken)), np.where(taken < 0, estimated.shape[1] - 1, taken)
    chances = estimated.copy()
    chances[rows, place] = 0.0
    chances *= ((1 - own) / np.maximum(chances.sum(axis=1), 1e-12))[:, None]
    chances[rows, place] = own
    return chances


def chances_of(propensity: pl.DataFrame, actions: Sequence[str], taken: Ints) -> Matrix:
    """The chance of each action and, last, of none: (rows, actions + 1)."""
    lacking = [name for name in (*actions, NONE) if name not in propensity.columns]
    if lacking:
        raise UnusableStudy(
            f"propensity has no column {', '.join(lacking)}", f"give a column for each action and '{NONE}'"
        )
    columns = [_chances(f"propensity of {name}", propensity[name]) for name in (*actions, NONE)]
    chances = np.column_stack(columns)
    wrong = (chances < 0).any(axis=1) | (np.abs(chances.sum(axis=1) - 1) > 1e-3)
    Reader("", UnusableStudy).refuse_rows(
        "of propensity are no probabilities", wrong, "each row must be 0 or more and add up to 1"
    )
    _check_taken(chances[np.arange(len(taken)), np.where(taken < 0, len(actions), taken)])
    return np.asarray(chances, dtype=np.float64)


def claims_of(prior: object, actions: Sequence[str], outcome: Floats) -> Matrix:
    """Mean and standard deviation of what is believed of each action; infinite where nothing is."""
    claims = np.tile(np.array([0.0, np.inf]), (len(actions), 1))
    if prior is None:
        return claims
    if not isinstance(prior, Mapping):
        raise UnusableStudy(
            f"prior is a {type(prior).__name__}", "give a mapping: action -> an increment, or (mean, sd)"
        )
    said = {str(name): claim for name, claim in prior.items()}
    unknown = sorted(set(said) - set(actions))
    if unknown:
        raise UnusableStudy(
            f"prior names actions without rows: {', '.join(unknown)}", f"the actions are {', '.join(actions)}"
        )
    spread = float(outcome.std())
    for name, claim in said.items():
        mean, sd = _claim(name, claim, spread / np.sqrt(EVIDENCE_OF_A_CLAIM))
        claims[actions.index(name)] = mean, max(sd, SUREST * spread)
    return claims


def _claim(name: str, claim: object, usual: float) -> tuple[float, float]:
    """Mean and standard deviation of one claim: a number, or a pair of them."""
    pair = list(claim) if isinstance(claim, tuple | list | np.ndarray) and np.ndim(claim) == 1 else [claim, usual]
    numbers = [_number(one) for one in pair]
    if len(numbers) != 2 or not abs(numbers[0]) <= LARGEST_CLAIM or not numbers[1] > 0:
        raise UnusableStudy(
            f"the prior of {name} is {claim!r}", "give an increment, or (mean, sd) with sd above 0, as numbers"
        )
    return numbers[0], numbers[1]


def _number(given: object) -> float:
    """A number, within what squares can be taken of; NaN where it is none, as a truth is not."""
    if isinstance(given, bool) or not isinstance(given, Real):
        return float("nan")
    try:
        return float(np.clip(float(given), -LARGEST, LARGEST))
    except OverflowError:  # a whole number of hundreds of digits
        return float("nan")


def _check_apart(features: pl.DataFrame) -> None:
    """Columns whose values lie too close together to be told apart are refused; a constant one is not."""
    for name, dtype in features.schema.items():
        values = features[name].cast(pl.Float64).drop_nulls().to_numpy() if is_number(dtype) else np.empty(0)
        known = values[np.isfinite(values)]
        if len(known) and 0 < np.ptp(known) < FLAT:
            raise UnusableStudy(
                f"features: {name} differs by less than {FLAT:.0e}", f"leave {name} out, or give it in a smaller unit"
            )


def _chances(column: str, given: pl.Series) -> Floats:
    return Reader("", UnusableStudy).numbers(
        column, given, "give the chance of what each row got, or no propensity at all: then it is estimated"
    )


def _check_taken(own: Floats) -> None:
    Reader("", UnusableStudy).refuse_rows(
        "got what they had no chance of getting", (own <= 0) | (own > 1), "a propensity lies above 0 and at most at 1"
    )


def _check_lengths(
    features: pl.DataFrame, action: pl.Series, outcome: pl.Series, propensity: pl.Series | pl.DataFrame | None
) -> None:
    if not features.columns:
        raise UnusableStudy("features has no columns", "give at least one column that tells accounts apart")
    counts = {"features": features.height, "action": len(action), "outcome": len(outcome)}
    if propensity is not None:
        counts["propensity"] = len(propensity)
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        raise UnusableStudy(f"the rows do not match: {told}", "give one row an account, in the same order, in each")
