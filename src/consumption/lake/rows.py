"""Rows as they stand in a file into rows of the contract, and the wrong ones with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from consumption.lake.attributes import as_attributes
from consumption.lake.batches import Batch
from consumption.lake.spelling import Spelling, as_text, as_type
from consumption.tables import ATTRIBUTES, LINE, RECEIVED_AT, TIMESTAMP, Allowed, Column, Table

WRONG = pl.Schema({"reason": pl.String(), LINE: pl.Int64(), "row": pl.String()})
_SHOWN = 60  # characters of a wrong value that a reason shows
_KINDS: dict[pl.DataType, str] = {
    pl.Float64(): "a number",
    pl.Int64(): "a whole number",
    pl.Date(): "a date",
    TIMESTAMP: "a time",
    pl.Boolean(): "true or false",
}
_RECEIVED = Column(RECEIVED_AT, TIMESTAMP, "when the row was known")


@dataclass(frozen=True)
class Reading:
    """How the rows of a file are read: where each column comes from, constants, spellings.

    `columns` leads from names of the contract, or new names of attributes, to names in the file.
    """

    table: Table
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    spelling: Spelling


@dataclass(frozen=True)
class Typed:
    """Rows of the contract with received_at (null: not said), line and attributes; wrong rows as WRONG."""

    good: pl.DataFrame
    wrong: pl.DataFrame


@dataclass(frozen=True)
class _Fault:
    """Rows with one thing wrong in them, and the sentence that says what."""

    rows: pl.Series
    reason: Callable[[pl.Series], pl.Series]


def typed_rows(batch: Batch, reading: Reading) -> Typed:
    """The rows of a batch in the contract's types; a row with anything wrong is kept apart with all its reasons."""
    raw = batch.frame
    columns: list[pl.Series] = []
    faults: list[_Fault] = []
    for column in (*reading.table.columns, _RECEIVED):
        found = _found(raw, column.name, reading)
        values = as_type(found, column.dtype, reading.spelling).alias(column.name)
        if column.one_of:
            values = values.str.to_lowercase()
        if column.allowed and column.allowed.capitals:
            values = values.str.to_uppercase()
        faults += _faults(column, found, values)
        columns.append(_with_default(reading.table, values))
    frame = pl.DataFrame([*columns, batch.lines.alias(LINE)]).with_columns(_attributes(raw, reading))
    faults += _order_faults(frame)
    return _parted(frame, raw, batch, faults)


def _found(raw: pl.DataFrame, name: str, reading: Reading) -> pl.Series:
    """The values of a column as they stand in the file, or its constant; nulls where there is neither."""
    if reading.columns.get(name) in raw.columns:
        return raw[reading.columns[name]]
    return pl.repeat(reading.constants.get(name), raw.height, dtype=pl.String, eager=True)


def _with_default(table: Table, values: pl.Series) -> pl.Series:
    return values.fill_null(1.0) if (table.name, values.name) == ("events", "quantity") else values


def _attributes(raw: pl.DataFrame, reading: Reading) -> pl.Expr:
    used = {source for name, source in reading.columns.items() if _in_contract(name, reading.table)}
    renamed = {name: source for name, source in reading.columns.items() if not _in_contract(name, reading.table)}
    fixed = {n: v for n, v in reading.constants.items() if not _in_contract(n, reading.table)}
    kept = [c for c in raw.columns if c not in used and c not in renamed.values()]
    others = raw.select(
        *kept,
        *(pl.col(source).alias(name) for name, source in renamed.items()),
        *(pl.lit(value).alias(name) for name, value in fixed.items()),
    )
    if others.is_empty():
        return pl.lit(None, dtype=pl.String).alias(ATTRIBUTES)
    return pl.lit(others.select(as_attributes(others.schema, others.columns)).to_series()).alias(ATTRIBUTES)


def _in_contract(name: str, table: Table) -> bool:
    return name in table.schema or name == RECEIVED_AT


def _faults(column: Column, found: pl.Series, values: pl.Series) -> list[_Fault]:
    """What can be wrong with one column: empty, not understood, not finite, not one of the allowed, out of bounds."""
    faults = []
    name, kind = column.name, _KINDS.get(column.dtype, "text")
    if column.dtype != pl.String and values.null_count() > found.null_count():
        unread = values.is_null() & as_text(found).is_not_null()
        faults.append(_Fault(unread, lambda rows: _quoted(name, found.filter(rows), f"is not {kind}")))
    if column.required and values.null_count():
        empty = values.is_null() & as_text(found).is_null()
        faults.append(_Fault(empty, lambda rows: _repeated(f"{name} is empty", rows)))
    if column.dtype == pl.Float64:
        infinite = values.is_not_null() & ~values.is_finite()
        faults.append(_Fault(infinite, lambda rows: _quoted(name, found.filter(rows), "is not a finite number")))
    if column.one_of:
        other = values.is_not_null() & ~values.is_in(column.one_of)
        allowed = f"is not one of {', '.join(column.one_of)}"
        faults.append(_Fault(other, lambda rows: _quoted(name, found.filter(rows), allowed)))
    if column.allowed:
        faults.append(_not_allowed(column, column.allowed, found, values))
    return [fault for fault in faults if fault.rows.any()]


def _not_allowed(column: Column, allowed: Allowed, found: pl.Series, values: pl.Series) -> _Fault:
    """Values that are read, but cannot be meant: a share of 92, a currency called EURO."""
    if allowed.form:
        fits = values.str.contains(allowed.form)
    else:
        # What is not finite has a reason of its own.
        fits = values.is_between(allowed.least, allowed.most) | values.cast(pl.Float64).is_finite().not_()
    other = values.is_not_null() & ~fits
    return _Fault(other, lambda rows: _quoted(column.name, found.filter(rows), allowed.otherwise))


def _order_faults(frame: pl.DataFrame) -> list[_Fault]:
    """A term must end after it starts."""
    if not {"starts_on", "ends_on"} <= set(frame.columns):
        return []
    starts, ends = frame["starts_on"], frame["ends_on"]
    backwards = (ends <= starts).fill_null(value=False)
    said = pl.format("ends_on {} is not after starts_on {}", "ends_on", "starts_on")
    fault = _Fault(backwards, lambda rows: frame.filter(rows).select(said).to_series())
    return [fault] if backwards.any() else []


def _quoted(name: str, values: pl.Series, problem: str) -> pl.Series:
    shown = as_text(values).str.head(_SHOWN).alias("v").to_frame()
    return shown.select(pl.format("{}: {} {}", pl.lit(name), pl.format('"{}"', "v"), pl.lit(problem))).to_series()


def _repeated(sentence: str, rows: pl.Series) -> pl.Series:
    return pl.repeat(sentence, len(rows.arg_true()), dtype=pl.String, eager=True)


def _parted(frame: pl.DataFrame, raw: pl.DataFrame, batch: Batch, faults: list[_Fault]) -> Typed:
    broken = pl.DataFrame([(b.reason, b.line, b.text) for b in batch.broken], schema=WRONG, orient="row")
    if not faults:
        return Typed(frame, broken)
    told = pl.DataFrame([_told(fault, number) for number, fault in enumerate(faults)])
    reasons = told.select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()
    wrong = reasons != ""
    rows = raw.filter(wrong).select(_as_json(raw)).to_series()
    found = pl.DataFrame(
        {"reason": reasons.filter(wrong), LINE: batch.lines.filter(wrong), "row": rows}, schema=WRONG
    )
    return Typed(frame.filter(~wrong), pl.concat([found, broken]).sort(LINE))


def _told(fault: _Fault, number: int) -> pl.Series:
    """The fault's sentence for its rows, null for the others."""
    empty = pl.repeat(None, len(fault.rows), dtype=pl.String, eager=True)
    return empty.scatter(fault.rows.arg_true(), fault.reason(fault.rows)).alias(str(number))


def _as_json(raw: pl.DataFrame) -> pl.Expr:
    plain = [
        pl.col(c).cast(pl.String, strict=False) if t.is_temporal() or t == pl.Binary else c
        for c, t in raw.schema.items()
    ]
    return pl.struct(plain).struct.json_encode()
