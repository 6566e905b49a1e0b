"""Files into the lake: one commit a file, wrong rows into quarantine, the same file only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError
from consumption.lake.batches import Batch
from consumption.lake.columns import AS_IS, Mapping_, matched, reading_of
from consumption.lake.complete import first_known, in_bucket
from consumption.lake.delta import QUARANTINE, Lake, table_named
from consumption.lake.files import find_files
from consumption.lake.rows import Reading, typed_rows
from consumption.lake.spool import Spool
from consumption.lake.versions import fresh_rows
from consumption.tables import LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP

Progress = Callable[[str, int, int], None]


class WrongRows(ConsumptionError):
    """A file has wrong rows, and was to be loaded only if it had none."""

    def __init__(self, path: Path, count: int, first: str, line: int) -> None:
        super().__init__(
            problem=f"{path} has wrong rows: {count:,}, the first in line {line}: {first}",
            remedy="correct them, or leave out --strict to load the good rows; nothing of this file was loaded",
        )


@dataclass(frozen=True)
class FileIngested:
    """What came of one file: rows added, rows that were known already, wrong rows; `before`: was loaded before."""

    path: Path
    added: int = 0
    unchanged: int = 0
    wrong: int = 0
    before: bool = False


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
        load = _Load(lake, reading, mapping, file.path, file.source(table), at, strict)
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
    return _Load(lake, reading, AS_IS, Path(name), source, loaded_at, strict).run(iter([Batch(frame, lines)]))


@dataclass(frozen=True)
class _Load:
    """One file on its way into the lake."""

    lake: Lake
    reading: Reading
    mapping: Mapping_
    path: Path
    source: str
    loaded_at: datetime
    strict: bool

    def run(self, batches: Iterator[Batch]) -> FileIngested:
        table = self.reading.table
        if self.lake.has_source(table.name, self.source):
            return FileIngested(self.path, before=True)
        with Spool(table.stored_schema) as good, Spool(QUARANTINE) as wrong:
            for batch in batches:
                # Sparse files name a column only in the rows that fill it.
                found = matched(table, batch.frame.columns, self.mapping)
                rows = typed_rows(batch, replace(self.reading, columns={**self.reading.columns, **found}))
                good.add(self._stored(rows.good))
                wrong.add(self._quarantined(rows.wrong))
            if self.strict and wrong.rows:
                raise _refused(self.path, wrong)
            with self.lake.lock(table.name):
                return self._commit(good, wrong)

    def _stored(self, rows: pl.DataFrame) -> pl.DataFrame:
        table = self.reading.table
        stored = rows.with_columns(self._loaded(), in_bucket(table, rows, self.lake.buckets))
        if not table.optional_key:
            return stored  # when a version was known depends on those before it: see fresh_rows
        return stored.with_columns(pl.coalesce(RECEIVED_AT, first_known(table, self.loaded_at)).alias(RECEIVED_AT))

    def _quarantined(self, wrong: pl.DataFrame) -> pl.DataFrame:
        return wrong.with_columns(pl.lit(str(self.path)).alias("file"), self._loaded())

    def _loaded(self) -> pl.Expr:
        return pl.lit(self.loaded_at, dtype=TIMESTAMP).alias(LOADED_AT)

    def _commit(self, good: Spool, wrong: Spool) -> FileIngested:
        """Wrong rows first, under the same name: if killed in between, the next run adds the rest."""
        table = self.reading.table
        if wrong.rows:
            self.lake.quarantine(table.name).append(wrong.frame(), source=self.source)
        if not good.rows:
            # Not marked as loaded: read with another mapping, the same file may have good rows.
            return FileIngested(self.path, wrong=wrong.rows)
        with Spool(table.stored_schema) as spare:
            fresh = fresh_rows(self.lake, table, good.frame(), self.loaded_at, spare=spare)
            if not self.lake.append(table.name, fresh.rows, source=self.source):
                return FileIngested(self.path, before=True)
        return FileIngested(self.path, fresh.added, good.rows - fresh.added, wrong.rows)


def _refused(path: Path, wrong: Spool) -> WrongRows:
    first = wrong.frame().sort(LINE).head(1).collect()
    return WrongRows(path, wrong.rows, first["reason"][0], first[LINE][0])
