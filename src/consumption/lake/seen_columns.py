"""What the columns of a file are: what their values look like, and which of the contract's they are likely to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from consumption.lake.columns import close_to, plain_name
from consumption.lake.spelling import Spelling, as_text, as_type
from consumption.lake.synonyms import SYNONYMS
from consumption.tables import TIMESTAMP, Column, Table

DATE_FORMATS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%d %b %Y", "%b %d, %Y", "%d-%b-%Y",
)  # fmt: skip
_SURE = 0.8  # likeness of names at which an optional column is suggested
_MOST = 0.8  # share of values that must be read as the column's type


def kind_of(values: pl.Series, spelling: Spelling) -> str:
    """What the values look like, in words."""
    text = as_text(values).drop_nulls()
    if text.is_empty():
        return "empty"
    kinds = {
        "whole number": pl.Int64(),
        "number": pl.Float64(),
        "date": pl.Date(),
        "time": TIMESTAMP,
    }
    for kind, dtype in kinds.items():
        read = as_type(text, dtype, spelling)
        if not read.null_count() and not (kind == "date" and text.str.contains(":").any()):
            return kind
    form = date_format([text], spelling)
    if form:
        return f"date as {form}"
    different = text.n_unique()
    return f"text, {different} {'value' if different == 1 else 'different'}"


def suggested(
    table: Table, frame: pl.DataFrame, columns: Mapping[str, str], missing: Sequence[str]
) -> dict[str, str]:
    """Columns of the contract without a source, to the unused column likely to be it; "" if required and none is.

    A column is likely if exports call it so, or its name is alike, and its values can be read as the contract's type.
    """
    found: dict[str, str] = {}
    wanted = sorted((c for c in table.columns if c.name not in columns), key=lambda c: c.name not in missing)
    for column in wanted:
        unused = [c for c in frame.columns if c not in columns.values() and c not in found.values()]
        near = _likely(column, frame, unused, required=column.name in missing)
        if near or column.name in missing:
            found[column.name] = near or ""
    return found


def date_format(texts: Sequence[pl.Series], spelling: Spelling) -> str | None:
    """A form that reads every date that is not ISO 8601, if there is exactly one."""
    unread = [t.filter(t.is_not_null() & as_type(t, TIMESTAMP, spelling).is_null()) for t in texts]
    unread = [t for t in unread if len(t)]
    fitting = [form for form in DATE_FORMATS if unread and all(_reads(form, t) for t in unread)]
    # A form that reads the time of day too is the better one of two.
    exact = [form for form in fitting if not any(other != form and other.startswith(form) for other in fitting)]
    return exact[0] if len(exact) == 1 else None


def _likely(column: Column, frame: pl.DataFrame, unused: Sequence[str], *, required: bool) -> str | None:
    known = [c for name in SYNONYMS.get(column.name, ()) for c in unused if plain_name(c) == name]
    alike = close_to(column.name, unused) if required else close_to(column.name, unused, _SURE)
    candidates = [*known, *([alike] if alike else [])]
    return next((c for c in candidates if _fits(column, frame[c])), None)


def _fits(column: Column, values: pl.Series) -> bool:
    text = as_text(values).drop_nulls()
    if column.one_of:
        return bool(text.str.to_lowercase().is_in(column.one_of).mean() or 0.0)
    if column.dtype == pl.String or text.is_empty():
        return True
    if column.dtype in {pl.Date(), TIMESTAMP} and date_format([text], Spelling()):
        return True
    read = as_type(text, column.dtype, Spelling())
    return len(read.drop_nulls()) >= _MOST * len(text)


def _reads(form: str, text: pl.Series) -> bool:
    return not as_type(text, TIMESTAMP, Spelling(form)).null_count()
