"""CSV files: every value as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from consumption.lake.batches import Batch, Broken, UnreadableFile
from consumption.lake.text_chunks import CHUNK_BYTES, Chunk, chunks

_SEPARATORS = ",;\t|"
_LONGEST_FIELD = 2**31 - 1


def read_csv(path: Path, *, size: int = CHUNK_BYTES) -> Iterator[Batch]:
    """The rows in batches of about `size` bytes. The separator is the commonest of `, ; tab |` in the header."""
    names: list[str] = []
    separator = ","
    for chunk in chunks(path, size=size, quoted=True):
        if not names:
            chunk, names, separator = _header(path, chunk)  # noqa: PLW2901 - the first chunk without its header
        if chunk.data.strip():
            yield _parsed(path, chunk, names, separator)


def _header(path: Path, chunk: Chunk) -> tuple[Chunk, list[str], str]:
    line, _, rest = chunk.data.partition(b"\n")
    text = line.decode().strip("\r")
    if not text.strip():
        raise UnreadableFile(path, "its first line is empty; it should have the names of the columns")
    separator = max(_SEPARATORS, key=text.count)
    names = [name.strip() for name in next(csv.reader([text], delimiter=separator))]
    return Chunk(rest, chunk.first_line + 1), _unlike(names), separator


def _unlike(names: list[str]) -> list[str]:
    """The names, numbered where empty or there before."""
    seen: set[str] = set()
    result = []
    for position, name in enumerate(names, 1):
        fresh = name if name and name not in seen else f"{name or 'column'}_{position}"
        seen.add(fresh)
        result.append(fresh)
    return result


def _parsed(path: Path, chunk: Chunk, names: list[str], separator: str) -> Batch:
    lines = chunk.data.count(b"\n") + (not chunk.data.endswith(b"\n"))
    try:
        frame = pl.read_csv(
            chunk.data, has_header=False, schema=dict.fromkeys(names, pl.String), separator=separator, quote_char='"'
        )
    except pl.exceptions.ComputeError:
        return _line_by_line(path, chunk, names, separator)
    if frame.height != lines:  # a line break inside quotes
        return _line_by_line(path, chunk, names, separator)
    numbers = pl.int_range(chunk.first_line, chunk.first_line + lines, dtype=pl.Int64, eager=True)
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    return Batch(frame.filter(~blank), numbers.filter(~blank)) if blank.any() else Batch(frame, numbers)


def _line_by_line(path: Path, chunk: Chunk, names: list[str], separator: str) -> Batch:
    """Slower, but knows the line of every row, and which rows have too many fields."""
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    for line, fields in _fields(path, chunk, separator):
        if len(fields) > len(names):
            reason = f"{len(fields)} fields, but the header has {len(names)}"
            broken.append(Broken(line, separator.join(fields), reason))
        elif any(fields):
            rows.append([*fields, *[None] * (len(names) - len(fields))])
            lines.append(line)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return Batch(frame, pl.Series(lines, dtype=pl.Int64), broken)


def _fields(path: Path, chunk: Chunk, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of every row, with the line it begins in."""
    longest = csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(chunk.data.decode(), newline=""), delimiter=separator)
    begins = chunk.first_line
    try:
        for fields in reader:
            yield begins, fields
            begins = chunk.first_line + reader.line_num
    except csv.Error as error:
        raise UnreadableFile(path, f"{error}, at line {begins}") from error
    finally:
        csv.field_size_limit(longest)
