"""How a file would be read, before it is: the first rows, what is missing, and a mapping to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from consumption.lake.batches import Batch
from consumption.lake.columns import (
    AS_IS,
    Mapping_,
    close_to,
    likely_table,
    matched,
    missing_columns,
    spelling_of,
)
from consumption.lake.delta import table_named
from consumption.lake.files import find_files
from consumption.lake.rows import Reading, typed_rows
from consumption.lake.spelling import Spelling, as_text, as_type
from consumption.tables import ATTRIBUTES, LINE, TIMESTAMP, Table

ROWS = 10
_SURE = 0.8  # likeness of names at which an optional column is suggested
_DATE_FORMATS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S")


@dataclass(frozen=True)
class Preview:
    """The first rows of a file as they would be read.

    `rows`: line, the columns of the contract that the file gives, attributes; `wrong`: reason, line, row of those
    among them that would go to quarantine; `missing`: required columns it lacks; `looks_like`: another table that
    fits better; `mapping`: text for `consumption.toml`, empty if none is needed.
    """

    path: Path
    table: str
    rows: pl.DataFrame
    wrong: pl.DataFrame
    missing: tuple[str, ...]
    looks_like: str | None
    mapping: str


def preview(table: str, path: Path, *, mapping: Mapping_ = AS_IS) -> Preview:
    """What `ingest` would make of the first file behind `path`; nothing is written."""
    contract = table_named(table)
    file = find_files([path])[0]
    head = file.head()
    found = head.frame.columns
    columns = matched(contract, found, mapping)
    missing = missing_columns(contract, columns, mapping)
    first = Batch(head.frame.head(ROWS), head.lines.head(ROWS))
    reading = Reading(_lenient(contract, missing), columns, mapping.constants, spelling_of(mapping))
    read = typed_rows(first, reading)
    shown = [name for name in (LINE, *contract.schema) if name in {LINE, *columns, *mapping.constants}]
    likely = None if mapping.columns else likely_table(contract, found, complete=not missing)
    text = _toml(contract, mapping, _suggested(contract, found, columns, missing), _date_format(head.frame, reading))
    rows = read.good.select(*shown, ATTRIBUTES)
    return Preview(file.path, table, rows, read.wrong, tuple(missing), likely.name if likely else None, text)


def _lenient(table: Table, missing: Sequence[str]) -> Table:
    """The table without asking for what the file lacks altogether."""
    return replace(
        table, columns=tuple(replace(c, required=False) if c.name in missing else c for c in table.columns)
    )


def _suggested(table: Table, found: Sequence[str], columns: dict[str, str], missing: Sequence[str]) -> dict[str, str]:
    """Columns of the contract without a source, to the unused column most like them; "" if required and none is."""
    suggested: dict[str, str] = {}
    for name in (*missing, *(n for n in table.schema if n not in missing)):
        if name in columns:
            continue
        unused = [c for c in found if c not in columns.values() and c not in suggested.values()]
        near = close_to(name, unused) if name in missing else close_to(name, unused, _SURE)
        if near or name in missing:
            suggested[name] = near or ""
    return suggested


def _date_format(frame: pl.DataFrame, reading: Reading) -> str | None:
    """A form that reads every date that is not ISO 8601, if there is exactly one."""
    dates = {c.name for c in reading.table.columns if c.dtype in {pl.Date(), TIMESTAMP}}
    columns = [frame[source] for name, source in reading.columns.items() if name in dates]
    texts = [as_text(c) for c in columns if c.dtype == pl.String]
    unread = [t.filter(t.is_not_null() & as_type(t, TIMESTAMP, reading.spelling).is_null()) for t in texts]
    unread = [t for t in unread if len(t)]
    fitting = [f for f in _DATE_FORMATS if unread and all(_reads(f, t) for t in unread)]
    return fitting[0] if len(fitting) == 1 else None


def _reads(form: str, text: pl.Series) -> bool:
    return not as_type(text, TIMESTAMP, Spelling(form)).null_count()


def _toml(table: Table, mapping: Mapping_, suggested: dict[str, str], date_format: str | None) -> str:
    """The mapping as it is, with what is suggested."""
    lines: list[str] = []
    form = mapping.date_format or date_format
    if form or mapping.zone:
        lines.append(f"[ingest.{table.name}]")
        lines += [f"{n} = {json.dumps(v)}" for n, v in (("date_format", form), ("zone", mapping.zone)) if v]
    columns = {**mapping.columns, **suggested}
    if suggested:
        lines.append(f"[ingest.{table.name}.columns]")
        lines += [f"{n} = {json.dumps(v, ensure_ascii=False)}{_comment(v)}" for n, v in columns.items()]
    if lines and mapping.constants:
        lines.append(f"[ingest.{table.name}.constants]")
        lines += [f"{n} = {json.dumps(v, ensure_ascii=False)}" for n, v in mapping.constants.items()]
    return "\n".join(lines)


def _comment(column: str) -> str:
    return "" if column else "  # required: name the column here, or give a constant"
