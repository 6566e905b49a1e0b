"""Files into the lake: one commit a file, wrong rows into quarantine, the same file only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.lake.batches import Batch
from consumption.lake.columns import AS_IS, Mapping_, reading_of
from consumption.lake.delta import Lake, table_named
from consumption.lake.files import find_files
from consumption.lake.load import FileIngested, Load, WrongRows

__all__ = ["FileIngested", "Ingested", "Progress", "WrongRows", "ingest", "ingest_frame"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ingested:
    """What came of all files of a call."""

    table: str
    files: tuple[FileIngested, ...]

    @property
    def added(self) -> int:
        """Rows, or versions, that are new in the lake."""
        return sum(file.added for file in self.files)

    @property
    def unchanged(self) -> int:
        """Rows that the lake knew already."""
        return sum(file.unchanged for file in self.files)

    @property
    def wrong(self) -> int:
        """Rows in quarantine."""
        return sum(file.wrong for file in self.files)

    @property
    def erased(self) -> int:
        """Rows of people who were erased: they were left out."""
        return sum(file.erased for file in self.files)

    @property
    def before(self) -> int:
        """Files that had been loaded before."""
        return sum(file.before for file in self.files)


def ingest(
    lake: Lake,
    table: str,
    paths: Sequence[Path],
    *,
    loaded_at: datetime,
    mapping: Mapping_ = AS_IS,
    strict: bool = False,
    progress: Progress | None = None,
) -> Ingested:
    """Load files into a table of the contract.

    The columns of all files are checked before the first is loaded. `progress` is told the file about to be read,
    how many are done, and how many there are. With `strict` a file with any wrong row is an error.
    """
    contract = table_named(table)
    files = find_files(paths)
    readings = [reading_of(f.path, contract, f.head().frame.columns, mapping) for f in files]
    done: list[FileIngested] = []
    for place, (file, reading) in enumerate(zip(files, readings, strict=True)):
        if progress:
            progress(str(file.path), len(done), len(files))
        # Versions of one moment go by the order of their files: a folder of monthly exports ends with the last month.
        at = loaded_at + timedelta(microseconds=place)
        load = Load(lake, reading, mapping, file.path, file.source(table), at, strict)
        done.append(load.run(file.batches()))
    return Ingested(table, tuple(done))


def ingest_frame(
    lake: Lake, table: str, frame: pl.DataFrame, *, name: str, source: str, loaded_at: datetime, strict: bool = False
) -> FileIngested:
    """Load rows that are in memory, just as those of a file.

    `name` stands in for the file's in quarantine; the same `source` again changes nothing.
    """
    contract = table_named(table)
    reading = reading_of(Path(name), contract, frame.columns, AS_IS)
    lines = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True)
    return Load(lake, reading, AS_IS, Path(name), source, loaded_at, strict).run(iter([Batch(frame, lines)]))
