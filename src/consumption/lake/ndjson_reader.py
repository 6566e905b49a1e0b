"""NDJSON files: one JSON object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from consumption.lake.batches import Batch, Broken, UnreadableFile
from consumption.lake.text_chunks import CHUNK_BYTES, Chunk, chunks


def read_ndjson(path: Path, *, size: int = CHUNK_BYTES) -> Iterator[Batch]:
    """The rows in batches of about `size` bytes; types as they are in each batch."""
    for chunk in chunks(path, size=size):
        if chunk.first_line == 1 and chunk.data.lstrip()[:1] == b"[":
            raise UnreadableFile(path, "it is one JSON array; NDJSON has one object a line (jq -c '.[]' makes it)")
        if chunk.data.strip():
            yield _parsed(chunk)


def _parsed(chunk: Chunk) -> Batch:
    lines = chunk.data.count(b"\n") + (not chunk.data.endswith(b"\n"))
    try:
        frame = pl.read_ndjson(io.BytesIO(chunk.data), infer_schema_length=None)
    except (pl.exceptions.PolarsError, ValueError):
        return _line_by_line(chunk)
    if frame.height != lines:  # blank lines
        return _line_by_line(chunk)
    return Batch(frame, pl.int_range(chunk.first_line, chunk.first_line + lines, dtype=pl.Int64, eager=True))


def _line_by_line(chunk: Chunk) -> Batch:
    """Slower, but tells which lines are no JSON object, and takes values of any type as text."""
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    for number, line in enumerate(chunk.data.split(b"\n"), chunk.first_line):
        text = line.decode().strip()
        if not text:
            continue
        row = _object(text)
        if isinstance(row, str):
            broken.append(Broken(number, text, row))
        else:
            rows.append({name: _as_text(value) for name, value in row.items()})
            lines.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    return Batch(frame, pl.Series(lines, dtype=pl.Int64), broken)


def _object(text: str) -> dict[str, Any] | str:
    """The object on a line, or why there is none."""
    try:
        row = json.loads(text)
    except ValueError as error:
        return f"not JSON: {error}"
    return row if isinstance(row, dict) else "not a JSON object"


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
