"""One Delta table in one place: opened, appended to once per source, replaced in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from consumption.errors import ConsumptionError

_PARQUET = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=128 * 1024)
# What a commit holds in memory while it writes: a file of this size for each partition, and some batches.
_FILE_BYTES = 16 * 1024 * 1024
_BATCH_ROWS = 100_000
_ATTEMPTS = 8
_LOG_KEPT = "delta.logRetentionDuration"


class LakeBusy(ConsumptionError):
    """Other programs kept changing the same table."""

    status = 503

    def __init__(self, uri: str) -> None:
        super().__init__(
            problem=f"{uri} was changed by others {_ATTEMPTS} times while this tried to add to it",
            remedy="run the same command again; nothing was written",
        )


@dataclass(frozen=True)
class DeltaPlace:
    """Where a Delta table is, or will be after the first commit."""

    uri: str
    partition_by: tuple[str, ...] = ()
    storage_options: Mapping[str, str] = field(default_factory=dict)

    def open(self) -> DeltaTable | None:
        """The table as it is now; None before the first commit."""
        options = dict(self.storage_options) or None
        if not DeltaTable.is_deltatable(self.uri, options):
            return None
        return DeltaTable(self.uri, storage_options=options)

    def stamp(self) -> str:
        """Something that every commit changes, without opening the table where it is a folder."""
        if "://" not in self.uri:
            return max((file.name for file in Path(self.uri, "_delta_log").glob("*.json")), default="")
        table = self.open()
        return "" if table is None else str(table.version())

    def scan(self, schema: pl.Schema) -> pl.LazyFrame:
        """The rows with exactly these columns: null where the table is older than a column."""
        table = self.open()
        if table is None:
            return pl.LazyFrame(schema=schema)
        frame = pl.scan_delta(table)
        stored = frame.collect_schema()
        return frame.select(
            (pl.col(n) if n in stored else pl.lit(None)).cast(t).alias(n) if stored.get(n) != t else pl.col(n)
            for n, t in schema.items()
        )

    def has(self, source: str) -> bool:
        """Whether `source` was committed before."""
        table = self.open()
        return table is not None and table.transaction_version(source) is not None

    def append(self, frame: pl.DataFrame | pl.LazyFrame, *, source: str) -> bool:
        """Add the rows in one commit under the name `source`; False, and no change, if that was committed before."""
        for _ in range(_ATTEMPTS):
            table = self.open()
            # Delta accepts the same application transaction twice if asked one after the other: so ask first.
            if table is not None and table.transaction_version(source) is not None:
                return False
            try:
                self._write(table, frame, source)
            except CommitFailedError:
                continue  # someone committed in between: perhaps the same source
            return True
        raise LakeBusy(self.uri)

    def replace(self, frame: pl.DataFrame, *, where: str) -> None:
        """Put the rows in place of those that `where` (SQL) names; new columns are added to the table."""
        table = self.open()
        write_deltalake(
            self.uri if table is None else table,
            frame,
            mode="overwrite",
            predicate=None if table is None else where,
            schema_mode=None if table is None else "merge",
            partition_by=list(self.partition_by),
            storage_options=dict(self.storage_options) or None,
            writer_properties=_PARQUET,
        )

    def rewrite(self, rows: pl.LazyFrame, *, where: str | None = None) -> None:
        """Put the rows in place of those that `where` (SQL over the partition) names, or of all."""
        table = self.open()
        write_deltalake(
            self.uri if table is None else table,
            rows.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=False, lazy=True),
            mode="overwrite",
            predicate=None if table is None else where,
            partition_by=list(self.partition_by),
            storage_options=dict(self.storage_options) or None,
            target_file_size=_FILE_BYTES,
            writer_properties=_PARQUET,
        )

    def forget_past(self) -> None:
        """Delete every version but the last: its data, and its log, which tells the smallest and largest values."""
        table = self.open()
        if table is None:
            return
        table.create_checkpoint()
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        table.alter.set_table_properties({_LOG_KEPT: "interval 0 days"})
        table.create_checkpoint()
        table.cleanup_metadata()
        # Programs that write at the same moment read what the others wrote in the log: it is kept for some time.
        table.alter.set_table_properties({_LOG_KEPT: "interval 30 days"})

    def files(self) -> pl.DataFrame:
        """One row a data file: path, num_records, partition.<column>; empty before the first commit."""
        table = self.open()
        if table is None:
            return pl.DataFrame()
        return pl.DataFrame(table.get_add_actions(flatten=True))

    def compact(self, *, keep_hours: int) -> None:
        """Join small files; delete those that no version of the last `keep_hours` names."""
        table = self.open()
        if table is None:
            return
        table.optimize.compact(writer_properties=_PARQUET)
        table.vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False, full=True)
        table.create_checkpoint()

    def _write(self, table: DeltaTable | None, frame: pl.DataFrame | pl.LazyFrame, source: str) -> None:
        stream = frame.lazy().collect_batches(chunk_size=_BATCH_ROWS, maintain_order=False, lazy=True)
        write_deltalake(
            self.uri if table is None else table,
            stream,
            mode="append",
            schema_mode="merge" if table is not None and self._grows(table, frame) else None,
            partition_by=list(self.partition_by),
            storage_options=dict(self.storage_options) or None,
            target_file_size=_FILE_BYTES,
            writer_properties=_PARQUET,
            commit_properties=CommitProperties(app_transactions=[Transaction(source, 1)]),
        )

    @staticmethod
    def _grows(table: DeltaTable, frame: pl.DataFrame | pl.LazyFrame) -> bool:
        """Whether the contract has got columns since the table was made."""
        return not set(frame.collect_schema()) <= {field.name for field in table.schema().fields}
