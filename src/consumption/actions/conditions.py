"""For whom an action is: one SQL expression over what is known of an account, which can only read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError

from consumption.actions.wording import did_you_mean
from consumption.tables import POPULATION

# What would look at other accounts, or at the clock.
BEYOND = re.compile(
    r"\b(select|over|current_date|current_time|current_timestamp"
    r"|(?:now|count|sum|avg|mean|median|min|max|first|last|stddev\w*|var\w*|quantile\w*|rank|dense_rank|row_number|lag|lead)"
    r"(?=\s*\())",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Condition:
    """A checked expression: what it reads, and what is wrong with it, if anything (a sentence, else empty)."""

    text: str = "true"
    columns: tuple[str, ...] = ()
    problem: str = ""

    @property
    def expr(self) -> pl.Expr:
        """True where the account is eligible; unknown counts as no."""
        return pl.sql_expr(self.text).fill_null(value=False)


def condition(text: str, columns: Collection[str]) -> Condition:
    """Check an expression against what it may name; `columns` may give the type of each, else numbers are assumed."""
    try:
        expr = pl.sql_expr(text)
    except PolarsError as error:
        return Condition(text, problem=f"eligible cannot be read as one SQL expression: {_first_line(error)}")
    names = tuple(sorted(set(expr.meta.root_names())))
    unknown = [name for name in names if name not in columns]
    if unknown:
        said = "; ".join(f"unknown signal {name}{did_you_mean(name, columns)}" for name in unknown)
        return Condition(text, names, f"eligible names an {said}")
    beyond = BEYOND.search(re.sub(r"'[^']*'", "''", text))
    if beyond:
        problem = f"eligible uses {beyond[1]}, but it may only look at the account itself, as of the plan's date"
        return Condition(text, names, problem)
    return Condition(text, names, _wrong_type(expr, names, columns))


def _wrong_type(expr: pl.Expr, names: Collection[str], columns: Collection[str]) -> str:
    """What is wrong with the expression's types, tried on a frame without rows."""
    given: Mapping[str, pl.DataType] = columns if isinstance(columns, Mapping) else {}
    schema = {name: given.get(name, POPULATION.schema.get(name, pl.Float64())) for name in names}
    try:
        found = pl.DataFrame(schema=schema).lazy().select(eligible=expr).collect_schema()["eligible"]
        pl.DataFrame(schema=schema).select(eligible=expr)
    except PolarsError as error:
        return f"eligible cannot be reckoned: {_first_line(error)}"
    return "" if found == pl.Boolean else f"eligible gives {str(found).lower()}, not true or false"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
