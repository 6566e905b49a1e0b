"""A frame as a file, by the file's ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError

REASONS = "reasons"
"""A column of JSON: a list of reasons, each with its code, its text and its figures."""


class UnknownEnding(ConsumptionError):
    """A file's ending names no format that is written."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file.name} has no ending that is known", f"end it in {', '.join(WRITERS)}")


def refuse_ending(file: Path) -> None:
    """UnknownEnding where nobody could write the file: said before anything is worked out for it."""
    if file.suffix.lower() not in WRITERS:
        raise UnknownEnding(file)


def write(frame: pl.DataFrame, file: Path) -> None:
    """Write the file whole or not at all; UnknownEnding where its ending names no format."""
    refuse_ending(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole: who reads the file never sees half of it.
    part = file.with_name(f".{file.name}.part")
    WRITERS[file.suffix.lower()](frame, part)
    part.replace(file)


def _csv(frame: pl.DataFrame, file: Path) -> None:
    """A table is read by people: reasons are sentences there."""
    if REASONS in frame.columns:
        said = pl.col(REASONS).map_elements(_sentences, return_dtype=pl.String)
        frame = frame.with_columns(said.alias(REASONS))
    frame.write_csv(file)


def _sentences(reasons: str) -> str:
    return "; ".join(str(one.get("text", "")).strip().rstrip(".") for one in json.loads(reasons))


WRITERS: Mapping[str, Callable[[pl.DataFrame, Path], None]] = {
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".csv": _csv,
    ".ndjson": lambda frame, file: frame.write_ndjson(file),
}
