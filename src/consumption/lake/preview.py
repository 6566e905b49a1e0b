"""How a file would be read, before it is: its columns, the first rows, what is missing, and a mapping to paste."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from consumption.lake.batches import Batch
from consumption.lake.columns import AS_IS, Mapping_, likely_table, matched, missing_columns, spelling_of
from consumption.lake.delta import table_named
from consumption.lake.files import find_files
from consumption.lake.rows import Reading, typed_rows
from consumption.lake.seen_columns import date_format, kind_of, suggested
from consumption.lake.spelling import Spelling, as_text
from consumption.tables import ATTRIBUTES, LINE, TIMESTAMP, Table

ROWS = 10
_EXAMPLE = 40  # characters of a value that is shown


@dataclass(frozen=True)
class Preview:
    """The first rows of a file as they would be read.

    `columns`: one row a column of the file: column, looks_like (its values), example, becomes (a column of the
    contract, or "attribute"), suggested (another that it is likely to be). `rows`: line, the columns of the contract
    that the file gives, attributes; `wrong`: reason, line, row of those among them that would go to quarantine;
    `missing`: required columns it lacks; `looks_like`: another table that fits better; `mapping`: text for
    `consumption.toml`, empty if none is needed; `replaces`: that file has such a section already.
    """

    path: Path
    table: str
    columns: pl.DataFrame
    rows: pl.DataFrame
    wrong: pl.DataFrame
    missing: tuple[str, ...]
    looks_like: str | None
    mapping: str
    replaces: bool = False


def preview(
    table: str, path: Path, *, mapping: Mapping_ = AS_IS, written: Mapping[str, Any] | None = None
) -> Preview:
    """What `ingest` would make of the first file behind `path`; nothing is written.

    `written` is the section [ingest.TABLE] as it stands in `consumption.toml`, None where there is none.
    """
    contract = table_named(table)
    file = find_files([path])[0]
    head = file.head()
    found = head.frame.columns
    columns = matched(contract, found, mapping)
    missing = missing_columns(contract, columns, mapping)
    reading = Reading(_lenient(contract, missing), columns, mapping.constants, spelling_of(mapping))
    read = typed_rows(Batch(head.frame.head(ROWS), head.lines.head(ROWS)), reading)
    likely = None if mapping.columns else likely_table(contract, found, complete=not missing)
    more = suggested(contract, head.frame, columns, missing)
    form = _date_format(contract, head.frame, {**columns, **more}, reading.spelling)
    given = _as_written(mapping) if written is None else written
    shown = [name for name in (LINE, *contract.schema) if name in {LINE, *columns, *mapping.constants}]
    return Preview(
        path=file.path,
        table=table,
        columns=_columns(head.frame, columns, more, reading.spelling),
        rows=read.good.select(*shown, ATTRIBUTES),
        wrong=read.wrong,
        missing=tuple(missing),
        looks_like=likely.name if likely else None,
        mapping=_toml(contract, given, more, form),
        replaces=bool(written),
    )


def _lenient(table: Table, missing: Sequence[str]) -> Table:
    """The table without asking for what the file lacks altogether."""
    return replace(
        table, columns=tuple(replace(c, required=False) if c.name in missing else c for c in table.columns)
    )


def _columns(
    frame: pl.DataFrame, columns: Mapping[str, str], more: Mapping[str, str], spelling: Spelling
) -> pl.DataFrame:
    becomes = {source: name for name, source in columns.items()}
    maybe = {source: name for name, source in more.items() if source}
    rows = [
        (
            name,
            kind_of(frame[name], spelling),
            (as_text(frame[name]).drop_nulls().head(1).to_list() or [""])[0][:_EXAMPLE],
            becomes.get(name, "attribute"),
            maybe.get(name, ""),
        )
        for name in frame.columns
    ]
    return pl.DataFrame(rows, schema=["column", "looks_like", "example", "becomes", "suggested"], orient="row")


def _date_format(table: Table, frame: pl.DataFrame, columns: Mapping[str, str], spelling: Spelling) -> str | None:
    dates = {c.name for c in table.columns if c.dtype in {pl.Date(), TIMESTAMP}}
    sources = [source for name, source in columns.items() if name in dates and source]
    return date_format([as_text(frame[s]) for s in sources if frame[s].dtype == pl.String], spelling)


def _as_written(mapping: Mapping_) -> dict[str, Any]:
    parts = {
        "date_format": mapping.date_format,
        "zone": mapping.zone,
        "columns": dict(mapping.columns),
        "constants": dict(mapping.constants),
    }
    return {name: value for name, value in parts.items() if value}


def _toml(table: Table, written: Mapping[str, Any], suggested: Mapping[str, str], form: str | None) -> str:
    """The section as it is with what is suggested, whole; empty if nothing is."""
    if not suggested and not form:
        return ""
    values = {**written, **({"date_format": form} if form else {})}
    tables = {"columns": {**written.get("columns", {}), **suggested}, "constants": written.get("constants", {})}
    lines: list[str] = []
    plain = {name: value for name, value in values.items() if name not in tables}
    for header, entries in (("", plain), *((f".{name}", part) for name, part in tables.items())):
        if entries:
            lines.append(f"[ingest.{table.name}{header}]")
            lines += [f"{n} = {json.dumps(v, ensure_ascii=False)}{_comment(v)}" for n, v in entries.items()]
    return "\n".join(lines)


def _comment(value: object) -> str:
    return "" if value else "  # required: name the column here, or give a constant"
