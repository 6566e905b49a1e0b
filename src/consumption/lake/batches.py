"""What every reader of files yields: rows as they stand there, with their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError


class UnreadableFile(ConsumptionError):
    """A file is damaged, or is not what its name says."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            problem=f"{path} cannot be read: {why}",
            remedy="write or copy the file again, then run the same command; nothing of it was loaded",
        )


class WrongEncoding(ConsumptionError):
    """A text file is not UTF-8."""

    def __init__(self, path: Path, line: int, found: str) -> None:
        super().__init__(
            problem=f"{path} is not UTF-8: line {line} has {found}",
            remedy="nothing of it was loaded; convert it first, for example: "
            f"iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8_{path.name}",
        )


class EmptyFile(ConsumptionError):
    """A file has no rows."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            problem=f"{path} has no rows",
            remedy="check the export that wrote it, or leave the file out; nothing of it was loaded",
        )


@dataclass(frozen=True)
class Broken:
    """A line that is no row at all: too many fields, or not JSON."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, in order, as they stand there; `lines` has the line (Parquet: the row) of each, from 1."""

    frame: pl.DataFrame
    lines: pl.Series
    broken: Sequence[Broken] = ()
