"""What a plan is made from (candidates, hours, limits), with the types that are reckoned with; NotAPlan otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real

import numpy as np
import polars as pl

from consumption.actions.encode import CANDIDATES, HOURS
from consumption.errors import ConsumptionError
from consumption.models.given import Reader, is_number

MANDATORY = "mandatory"
LEAST_HOURS = 1e-6
"""A candidate takes no hours or more than this: what an hour of less brings is no number any more."""
NO_LIMIT = 2**53
"""More than any plan counts; larger numbers would not be told apart."""


class NotAPlan(ConsumptionError):
    """The candidates, hours or limits cannot be read as a plan."""

    status = 422


def candidates_of(given: object) -> pl.DataFrame:
    """The candidates, with a column `mandatory` of true and false only where they came with one."""
    reader = Reader("candidates", NotAPlan)
    frame = _typed(reader, reader.frame(given), CANDIDATES, ("account_id", "action"))
    hours = frame["hours"].to_numpy()
    reader.refuse_rows(
        f"whose hours are above zero and under {LEAST_HOURS:.0e}",
        (hours > 0) & (hours < LEAST_HOURS),
        "what takes no time has 0 hours",
    )
    return frame.with_columns(_mandatory(reader, frame[MANDATORY])) if MANDATORY in frame.columns else frame


def hours_of(given: object) -> pl.DataFrame:
    """The hours: owner, skill, hours, and nothing else."""
    reader = Reader("hours", NotAPlan)
    return _typed(reader, reader.frame(given), HOURS, ("owner",)).select(*HOURS)


def limits_of(given: object) -> dict[str, int] | None:
    """The most of each action; None where nothing is limited."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise NotAPlan(f"limits is a {type(given).__name__}", "give limits as a mapping: action -> the most of it")
    wrong = [f"{action!s}: {most!r}" for action, most in given.items() if not _is_count(most)]
    if wrong:
        raise NotAPlan(
            f"limits that are not whole numbers from 0 on: {', '.join(wrong)}",
            "a limit is a whole number, zero or more; leave an action out that has none",
        )
    return {str(action): min(int(most), NO_LIMIT) for action, most in given.items()}


def _typed(
    reader: Reader, given: pl.DataFrame, schema: Mapping[str, type[pl.DataType]], named: tuple[str, ...]
) -> pl.DataFrame:
    """The frame with the types of the schema; `named`: names that are never null."""
    missing = [column for column in schema if column not in given.columns]
    if missing:
        raise NotAPlan(
            f"{reader.what}: no column {', '.join(missing)}", f"give {reader.what} the columns {', '.join(schema)}"
        )
    left_out = f"leave such rows out of {reader.what}"
    read: list[pl.Series] = []
    for column, dtype in schema.items():
        if dtype == pl.Float64:
            read.append(pl.Series(column, reader.numbers(column, given[column], left_out), dtype=pl.Float64))
            continue
        read.append(reader.names(column, given[column]))
        if column in named:
            reader.refuse_rows(f"whose {column} is null", read[-1].is_null().to_numpy(), left_out)
    below = given.with_columns(read)["hours"].to_numpy() < 0
    reader.refuse_rows("with hours below zero", below, "hours are zero or more")
    return given.with_columns(read)


def _mandatory(reader: Reader, given: pl.Series) -> pl.Series:
    """True and false, as which 1 and 0 are read; null is false."""
    remedy = "mandatory is true or false (1 and 0 are read as such; null is false)"
    if not is_number(given.dtype):
        raise NotAPlan(f"{reader.what}: mandatory is {given.dtype}, not true or false", remedy)
    numbers = given.cast(pl.Float64).fill_null(0.0).to_numpy()
    reader.refuse_rows("whose mandatory is neither 0 nor 1", ~np.isin(numbers, (0.0, 1.0)), remedy)
    return pl.Series(MANDATORY, numbers == 1.0, dtype=pl.Boolean)


def _is_count(most: object) -> bool:
    """Whether a limit counts: a whole number from 0 on, which 3.0 is, too; a truth is none."""
    if isinstance(most, bool | np.bool_):
        return False
    whole = isinstance(most, Integral) or (isinstance(most, Real) and float(most).is_integer())
    return whole and int(most) >= 0  # type: ignore[call-overload]  # a Real that is whole
