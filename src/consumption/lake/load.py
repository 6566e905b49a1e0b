"""One file on its way into the lake: one commit, wrong rows in quarantine, nobody who is not to be named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError
from consumption.lake.anonymous import read_limit
from consumption.lake.batches import Batch
from consumption.lake.columns import Mapping_, matched
from consumption.lake.complete import Buckets, in_bucket
from consumption.lake.delta import QUARANTINE, Lake
from consumption.lake.erased import Erased, read_erased
from consumption.lake.fresh import fresh_rows
from consumption.lake.rows import Reading, typed_rows
from consumption.lake.spool import Spool
from consumption.tables import LINE, LOADED_AT, TIMESTAMP, Table


class WrongRows(ConsumptionError):
    """A file has wrong rows, and was to be loaded only if it had none."""

    def __init__(self, path: Path, count: int, first: str, line: int) -> None:
        super().__init__(
            problem=f"{path} has wrong rows: {count:,}, the first in line {line}: {first}",
            remedy="correct them, or leave out --strict to load the good rows; nothing of this file was loaded",
        )


@dataclass(frozen=True)
class FileIngested:
    """What came of one file: rows added, rows known already, wrong rows, rows of people who were erased.

    `before`: it was loaded before, and nothing was done.
    """

    path: Path
    added: int = 0
    unchanged: int = 0
    wrong: int = 0
    erased: int = 0
    before: bool = False


@dataclass(frozen=True)
class Load:
    """One file on its way into the lake; `source` is the name of its content."""

    lake: Lake
    reading: Reading
    mapping: Mapping_
    path: Path
    source: str
    loaded_at: datetime
    strict: bool

    def run(self, batches: Iterator[Batch]) -> FileIngested:
        """Load the file; one that was loaded before only where another mapping may mend its wrong rows."""
        mending = self._to_mend()
        if mending is not None and mending.is_empty():
            return FileIngested(self.path, before=True)
        with ExitStack() as stack:
            good, wrong = (stack.enter_context(Spool(s)) for s in (self._table.stored_schema, QUARANTINE))
            erased = self._read(batches, mending, good, wrong)
            if self.strict and wrong.rows:
                raise _refused(self.path, wrong)
            with self.lake.lock(self._table.name):
                done = self._commit(good, wrong) if mending is None else self._mend(good, wrong)
        return replace(done, erased=erased)

    @property
    def _table(self) -> Table:
        return self.reading.table

    @property
    def _reads_as(self) -> str:
        """What tells this mapping from others."""
        return hashlib.sha256(json.dumps(asdict(self.mapping), sort_keys=True).encode()).hexdigest()[:16]

    def _to_mend(self) -> pl.Series | None:
        """Lines that were wrong under another mapping; none, if nothing is to do; None for a file not yet loaded."""
        if not self.lake.has_source(self._table.name, self.source):
            return None
        return self._quarantined().filter(pl.col("mapping").ne_missing(self._reads_as)).collect()[LINE]

    def _quarantined(self) -> pl.LazyFrame:
        return self.lake.wrong_rows(self._table.name).filter(pl.col("source") == self.source)

    def _read(self, batches: Iterator[Batch], mending: pl.Series | None, good: Spool, wrong: Spool) -> int:
        """Set good and wrong rows apart, of the lines to mend or of all; how many were of erased people."""
        erased, buckets, refused = read_erased(self.lake.erased), Buckets(self.lake.buckets), 0
        for batch in batches:
            # Sparse files name a column only in the rows that fill it.
            found = matched(self._table, batch.frame.columns, self.mapping)
            rows = typed_rows(batch, replace(self.reading, columns={**self.reading.columns, **found}))
            mine = [
                f if mending is None else f.filter(f[LINE].is_in(mending.implode())) for f in (rows.good, rows.wrong)
            ]
            refused += self._set_apart(mine, erased, buckets, good, wrong)
        return refused

    def _set_apart(
        self, rows: list[pl.DataFrame], erased: Erased, buckets: Buckets, good: Spool, wrong: Spool
    ) -> int:
        kept, refused = erased.refuse(self._table.name, rows[0])
        faulty, refused_too = erased.refuse_wrong(rows[1])
        loaded = pl.lit(self.loaded_at, dtype=TIMESTAMP).alias(LOADED_AT)
        # When a version was known depends on those before it: see fresh_rows.
        good.add(kept.with_columns(loaded, in_bucket(self._table, kept, buckets)))
        told = {"file": str(self.path), "source": self.source, "mapping": self._reads_as}
        wrong.add(faulty.with_columns(loaded, *(pl.lit(value).alias(name) for name, value in told.items())))
        return refused + refused_too

    def _commit(self, good: Spool, wrong: Spool) -> FileIngested:
        """Wrong rows first, under the same name: if killed in between, the next run adds the rest."""
        self._put_in_quarantine(wrong)
        if not good.rows:
            # Not marked as loaded: read with another mapping, the same file may have good rows.
            return FileIngested(self.path, wrong=wrong.rows)
        return self._add(good, wrong, self.source)

    def _mend(self, good: Spool, wrong: Spool) -> FileIngested:
        """Good rows first, under a name of their own: if killed in between, they are known, and leave quarantine."""
        done = FileIngested(self.path, wrong=wrong.rows)
        if good.rows:
            done = self._add(good, wrong, f"{self.source}-{self._reads_as}")
        self._put_in_quarantine(wrong)
        return done

    def _add(self, good: Spool, wrong: Spool, source: str) -> FileIngested:
        table, limit = self._table, read_limit(self.lake.anonymous)
        with Spool(table.stored_schema) as spare, Spool(table.stored_schema) as aged:
            fresh = fresh_rows(self.lake, table, good.frame(), self.loaded_at, spare=spare, limit=limit)
            if not self.lake.append(table.name, limit.by_day(table, fresh.rows, aged), source=source):
                return FileIngested(self.path, before=True)
        return FileIngested(self.path, fresh.added, good.rows - fresh.added, wrong.rows)

    def _put_in_quarantine(self, wrong: Spool) -> None:
        """The wrong rows of this file, in place of those it had there before."""
        place = self.lake.quarantine(self._table.name)
        if not place.has(self.source):
            if wrong.rows:
                place.append(wrong.frame(), source=self.source)
            return
        before, now = self._quarantined().collect(), wrong.frame().collect()
        said = [LINE, "reason", "mapping"]
        if not before.select(said).sort(said).equals(now.select(said).sort(said)):
            others = self.lake.wrong_rows(self._table.name).filter(pl.col("source").ne_missing(self.source))
            place.rewrite(pl.concat([others.collect(), now.select(others.collect_schema().names())]).lazy())


def _refused(path: Path, wrong: Spool) -> WrongRows:
    first = wrong.frame().sort(LINE).head(1).collect()
    return WrongRows(path, wrong.rows, first["reason"][0], first[LINE][0])
