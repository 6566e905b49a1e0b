"""How a file would be read, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from consumption.lake.preview import Preview

_NARROWEST = 100
# Columns of a terminal that a value needs to be read at all, and that one needs to be read with comfort.
_LEAST, _EASE = 10, 28


def shown(preview: Preview) -> str:
    """Columns of the file, rows as they would be read, what is missing, and a mapping to paste."""
    out = StringIO()
    width = max(Console().width, _NARROWEST)
    console = Console(file=out, width=width, highlight=False)
    for part in _parts(preview, width):
        console.print(part, markup=False, soft_wrap=isinstance(part, str))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _parts(preview: Preview, width: int) -> Iterable[Table | str]:
    yield f"{preview.path} as {preview.table}"
    if preview.looks_like:
        yield f"this looks like {preview.looks_like}: consumption ingest {preview.looks_like} {preview.path}"
    names = {"looks_like": "values", "becomes": "is read as", "suggested": "perhaps"}
    yield _table(preview.columns.rename(names), "columns of the file")
    if preview.rows.height:
        yield _rows(preview.rows, width)
    if preview.wrong.height:
        yield _table(preview.wrong, "would go to quarantine")
    if preview.missing:
        yield f"missing: {', '.join(preview.missing)}"
    if preview.mapping:
        place = f"in place of [ingest.{preview.table}] in" if preview.replaces else "to paste into"
        yield f"{place} consumption.toml, after checking it:\n\n{preview.mapping}"
    elif not preview.missing:
        yield "nothing to map: every column that must be there is"


def _rows(rows: pl.DataFrame, width: int) -> Table:
    """The rows; a wide table lies on its side, as many of its rows as can be read."""
    if rows.width * _LEAST <= width:
        return _table(rows, f"the first {rows.height} rows as they would be read")
    few = rows.head(max(1, width // _EASE - 1)).cast(pl.String)
    names = [f"row {n + 1}" for n in range(few.height)]
    turned = few.transpose(include_header=True, header_name="", column_names=names)
    return _table(turned, f"the first {few.height} rows, a line a column")


def _table(frame: pl.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(Text(name), justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    return table
