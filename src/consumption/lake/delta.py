"""The lake: the tables of the contract as Delta tables, partitioned by bucket of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

import polars as pl
from filelock import FileLock

from consumption.errors import ConsumptionError
from consumption.lake.complete import bucket_of, complete
from consumption.lake.delta_table import DeltaPlace
from consumption.lake.history import History, of_frames
from consumption.lake.kept import KeptTable
from consumption.lake.snapshots import AS_OF, MADE_FROM, Snapshots
from consumption.tables import BUCKET, LAKE, LINE, LOADED_AT, TIMESTAMP, Table

__all__ = ["QUARANTINE", "Lake", "UnknownTable", "bucket_of"]

QUARANTINE = pl.Schema(
    {
        "reason": pl.String(),
        "file": pl.String(),
        "line": pl.Int64(),
        "row": pl.String(),
        LOADED_AT: TIMESTAMP,
        "source": pl.String(),
        "mapping": pl.String(),
    }
)
# Frames made from events, and what is held while they are brought up to date.
KEPT = ("tiles", "daily", "readings", "lifetimes")
KEPT_LOCK = "kept"

_KEEP_HOURS = 7 * 24  # readers of older versions, and writers that have not committed yet, keep their files


class UnknownTable(ConsumptionError):
    """A table that the contract does not have."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            problem=f"there is no table `{name}`",
            remedy=f"tables are {', '.join(LAKE)}",
        )


class BucketsChanged(ConsumptionError):
    """The lake was filled under another number of buckets."""

    status = 409

    def __init__(self, asked: int) -> None:
        super().__init__(
            problem=f"this lake was not filled with buckets = {asked}: accounts would not be found",
            remedy="set buckets back to what it was when the first file came in; it cannot change",
        )


def table_named(name: str) -> Table:
    """The table of the contract; UnknownTable if there is none."""
    if name not in LAKE:
        raise UnknownTable(name)
    return LAKE[name]


class Lake:
    """A folder, or a URL of object storage, with one Delta table for each table of the contract.

    `buckets` is the number of partitions accounts are spread over; it never changes once there are rows.
    """

    def __init__(self, root: Path | str, buckets: int = 32, storage_options: Mapping[str, str] | None = None) -> None:
        self.root = str(root).rstrip("/")
        self.buckets = buckets
        self._options = dict(storage_options or {})

    def place(self, table: str) -> DeltaPlace:
        """Where a table of the contract is kept."""
        # Events are what single accounts are looked up in, and all that is too much to read for one of them.
        sort_by = "account_id" if table == "events" else None
        return DeltaPlace(f"{self.root}/{table_named(table).name}", (BUCKET,), self._options, sort_by)

    def quarantine(self, table: str) -> DeltaPlace:
        """Where the wrong rows of a table are kept: reason, file, line, row (JSON), loaded_at, source, mapping."""
        return DeltaPlace(f"{self.root}/quarantine/{table_named(table).name}", (), self._options)

    def wrong_rows(self, table: str) -> pl.LazyFrame:
        """The quarantine of a table; empty if no row was ever wrong."""
        return self.quarantine(table).scan(QUARANTINE)

    def lock(self, table: str) -> AbstractContextManager[object]:
        """Held while versions are compared and written, so that two programs do not add the same one.

        The system frees it when a program is killed. Object storage has none: there, Delta's own check of the
        source keeps a file from being added twice.
        """
        if "://" in self.root:
            return nullcontext()
        folder = Path(self.root) / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{table}.lock")

    def refuse_other_buckets(self) -> None:
        """Raises BucketsChanged where accounts were stored under another number of buckets."""
        stored = (
            self.scan("accounts").select("account_id", BUCKET, LINE).head(1_000).collect().filter(pl.col(LINE) >= 0)
        )
        if not stored[BUCKET].equals(bucket_of(stored["account_id"], self.buckets)):
            raise BucketsChanged(self.buckets)

    def names(self) -> list[str]:
        """Tables that exist, in the order of the contract."""
        return [name for name in LAKE if self.place(name).open() is not None]

    def versions(self) -> dict[str, int]:
        """The Delta version of each table that exists."""
        opened = {name: self.place(name).open() for name in LAKE}
        return {name: table.version() for name, table in opened.items() if table is not None}

    def stamp(self) -> tuple[str, ...]:
        """Something that changes whenever a table does; cheap enough to ask for before every answer."""
        return tuple(self.place(name).stamp() for name in LAKE)

    def snapshots_stamp(self) -> str:
        """The same for snapshots."""
        return self._snapshots.place.stamp()

    def scan(self, table: str, buckets: Sequence[int] | None = None) -> pl.LazyFrame:
        """All rows, every version, as `Table.stored_schema`; of these buckets only, where rows belong to accounts."""
        contract = table_named(table)
        frame = self.place(table).scan(contract.stored_schema)
        if buckets is None or not contract.by_account:
            return frame
        return frame.filter(pl.col(BUCKET).is_in(list(buckets)))

    def scan_bucket(self, table: str, bucket: int) -> pl.LazyFrame:
        """The rows of one bucket as they are now, for whoever reads some of them again and again."""
        return self.place(table).scan_part(table_named(table).stored_schema, BUCKET, bucket)

    def history(self, buckets: Sequence[int] | None = None) -> History:
        """All that was ever known, of these buckets."""
        return of_frames({name: self.scan(name, buckets) for name in LAKE})

    def rows(self, table: str) -> dict[int, int]:
        """Rows in each bucket that has any, from the table's statistics; no data is read."""
        files = self.place(table).files()
        if files.is_empty():
            return {}
        counted = files.group_by(pl.col(f"partition.{BUCKET}").alias(BUCKET)).agg(pl.col("num_records").sum())
        return dict(counted.sort(BUCKET).iter_rows())

    def chunks(self, rows: int) -> list[list[int]]:
        """All buckets in groups, each of at most `rows` events, or of one bucket."""
        events = self.rows("events")
        groups: list[list[int]] = []
        held = 0
        for bucket in range(self.buckets):
            size = events.get(bucket, 0)
            if not groups or held + size > rows:
                groups.append([])
                held = 0
            groups[-1].append(bucket)
            held += size
        return groups

    def append(self, table: str, frame: pl.DataFrame | pl.LazyFrame, *, source: str) -> bool:
        """Add rows in one commit; False, and no change, if `source` was committed before.

        A lazy frame must have the stored columns; a frame in memory is completed (see `complete`).
        """
        contract = table_named(table)
        if isinstance(frame, pl.DataFrame) and frame.schema != contract.stored_schema:
            frame = complete(contract, frame, buckets=self.buckets)
        return self.place(table).append(frame, source=source)

    def has_source(self, table: str, source: str) -> bool:
        """Whether `source` was committed to the table before."""
        return self.place(table).has(source)

    def kept(self, name: str, schema: pl.Schema, partition_by: tuple[str, ...] = ()) -> KeptTable:
        """A frame that is made from the tables and kept beside them."""
        return KeptTable(DeltaPlace(f"{self.root}/kept/{name}", partition_by, self._options), schema)

    def forget_kept(self) -> None:
        """Delete what was made from events: it is made again when it is needed."""
        for name in KEPT:
            with self.lock(KEPT_LOCK):
                self.kept(name, pl.Schema()).forget()

    @property
    def erased(self) -> DeltaPlace:
        """Where the salted hashes of erased people are kept."""
        return DeltaPlace(f"{self.root}/erased", (), self._options)

    @property
    def anonymous(self) -> DeltaPlace:
        """Where it is kept up to when rows were made anonymous."""
        return DeltaPlace(f"{self.root}/anonymous", (), self._options)

    @property
    def snapshots_place(self) -> DeltaPlace:
        """Where snapshots are kept."""
        return DeltaPlace(f"{self.root}/snapshots", (AS_OF, MADE_FROM), self._options)

    @property
    def _snapshots(self) -> Snapshots:
        return Snapshots(self.snapshots_place)

    def write_snapshot(self, frame: pl.DataFrame, *, as_of: datetime, made_from: str) -> None:
        """Keep a snapshot in place of any other of the same moment."""
        with self.lock("snapshots"):
            self._snapshots.write(frame, as_of=as_of, made_from=made_from)

    def read_snapshot(self, as_of: datetime, made_from: str | None = None) -> pl.DataFrame | None:
        """The snapshot of that moment; None if there is none, or it was made from something else."""
        return self._snapshots.read(as_of, made_from)

    def snapshots(self) -> list[tuple[datetime, str]]:
        """The moments there are snapshots of, in order, and what each was made from."""
        return self._snapshots.kept()

    def compact(self) -> None:
        """Join small files of every table; delete files that no recent version needs."""
        for name in LAKE:
            with self.lock(name):
                self.place(name).compact(keep_hours=_KEEP_HOURS)
            self.quarantine(name).compact(keep_hours=_KEEP_HOURS)
        self._snapshots.place.compact(keep_hours=_KEEP_HOURS)
        with self.lock(KEPT_LOCK):
            for name in KEPT:
                self.kept(name, pl.Schema()).compact()
