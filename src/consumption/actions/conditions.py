"""For whom an action is: one SQL expression over what is known of an account, which can only read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from polars.exceptions import PanicException, PolarsError

from consumption.actions.wording import did_you_mean
from consumption.tables import POPULATION

# Words that would look at other accounts, or at the clock, without being functions.
BEYOND = re.compile(
    r"\b(select|over|distinct|current_date|current_time|current_timestamp|localtime|localtimestamp)\b", re.IGNORECASE
)
# Only functions of the account's own values: one that sums up over accounts would answer differently for one alone.
FUNCTIONS = frozenset(
    {
        *("abs", "cbrt", "ceil", "ceiling", "exp", "floor", "greatest", "least", "ln", "log", "log10", "log2", "mod"),
        *("pow", "power", "round", "sign", "sqrt", "trunc", "truncate"),
        *("coalesce", "if", "ifnull", "nullif", "cast", "try_cast"),
        *("char_length", "concat", "ends_with", "initcap", "left", "length", "lower", "ltrim"),
        *("octet_length", "position", "regexp_like", "replace", "reverse", "right", "rtrim", "split_part"),
        *("starts_with", "strpos", "substr", "substring", "trim", "upper", "date_part", "extract"),
    }
)
_CALLED = re.compile(r"(\"[^\"]*\"|\w+)\s*\(")
_KEYWORDS = frozenset(
    {"and", "or", "not", "in", "like", "ilike", "between", "is", "when", "then", "else", "case", "end"}
)
_COMMENT = re.compile(r"--|/\*")
# What the engine's reader answers to nonsense: it panics over some.
_UNREADABLE = (PolarsError, PanicException)
_OF_NOTHING = re.compile(rf"\b({'|'.join(sorted(FUNCTIONS))})\s*\(\s*\)", re.IGNORECASE)


@dataclass(frozen=True)
class Condition:
    """A checked expression: what it reads, and what is wrong with it, if anything (a sentence, else empty)."""

    text: str = "true"
    columns: tuple[str, ...] = ()
    problem: str = ""

    @cached_property
    def expr(self) -> pl.Expr:
        """True where the account is eligible; unknown counts as no."""
        return pl.sql_expr(self.text).fill_null(value=False)


def condition(text: str, columns: Collection[str]) -> Condition:
    """Check an expression against what it may name; `columns` may give the type of each, else numbers are assumed."""
    empty = _OF_NOTHING.search(_without_texts(text))
    if empty:
        return Condition(text, problem=f"eligible uses {empty[1]}() of nothing; say of what")
    try:
        expr = pl.sql_expr(text)
    except _UNREADABLE as error:
        return Condition(text, problem=f"eligible cannot be read as one SQL expression: {_first_line(error)}")
    names = tuple(sorted(set(expr.meta.root_names())))
    unknown = [name for name in names if name not in columns]
    if unknown:
        said = "; ".join(f"unknown signal {name}{did_you_mean(name, columns)}" for name in unknown)
        return Condition(text, names, f"eligible names an {said}")
    problem = _beyond(text)
    if problem:
        return Condition(text, names, problem)
    return Condition(text, names, _wrong_type(expr, names, columns))


def _beyond(text: str) -> str:
    """What the expression uses that looks further than the account itself, or could hide that it does."""
    plain = _without_texts(text)
    if _COMMENT.search(plain):
        return "eligible holds an SQL comment; write it as a comment of the file (# ...) instead"
    word = BEYOND.search(plain)
    if word:
        return f"eligible uses {word[1]}, but it may only look at the account itself, as of the plan's date"
    for name in _CALLED.findall(plain):
        if name.lower() not in FUNCTIONS | _KEYWORDS:
            near = did_you_mean(name.lower(), FUNCTIONS)
            return (
                f"eligible uses {name}(){near or ','} but it may only look at the account itself, with functions of "
                f"one account's values: {', '.join(sorted(FUNCTIONS))}"
            )
    return ""


def _without_texts(text: str) -> str:
    return re.sub(r"'[^']*'", "''", text)


def _wrong_type(expr: pl.Expr, names: Collection[str], columns: Collection[str]) -> str:
    """What is wrong with the expression's types, tried on a frame without rows and on texts that are no number."""
    given: Mapping[str, pl.DataType] = columns if isinstance(columns, Mapping) else {}
    schema = {name: given.get(name, POPULATION.schema.get(name, pl.Float64())) for name in names}
    try:
        found = pl.DataFrame(schema=schema).lazy().select(eligible=expr).collect_schema()["eligible"]
        pl.DataFrame(schema=schema).select(eligible=expr)
    except _UNREADABLE as error:
        return f"eligible cannot be reckoned: {_first_line(error)}"
    if found != pl.Boolean:
        return f"eligible gives {str(found).lower()}, not true or false"
    texts = [pl.Series(name, ["a", ""] if kind == pl.String else [None, None], kind) for name, kind in schema.items()]
    try:
        pl.DataFrame(texts).select(eligible=expr)
    except _UNREADABLE as error:
        return f"eligible fails at a text that cannot be converted; write TRY_CAST(x AS TYPE): {_first_line(error)}"
    return ""


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
