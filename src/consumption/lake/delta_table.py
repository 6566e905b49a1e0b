"""One Delta table in one place: opened, appended to once per source, replaced in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from arro3.core import RecordBatch, RecordBatchReader, Table
from arro3.core.types import ArrowStreamExportable
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from consumption.errors import ConsumptionError

_PARQUET = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=128 * 1024)
# What a commit holds in memory while it writes: a file of this size for each partition, and some batches.
_FILE_BYTES = 16 * 1024 * 1024
_BATCH_ROWS = 100_000
# Of a table whose rows lie in order: so many rows are sorted at once, and what one value needs is few row groups.
_SORTED_ROWS = 1_000_000
_SORTED = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=8 * 1024)
_FILES_OF_A_PARTITION = 16
_ATTEMPTS = 8
_LOG_KEPT = "delta.logRetentionDuration"


class LakeBusy(ConsumptionError):
    """Other programs kept changing the same table."""

    status = 503

    def __init__(self, uri: str) -> None:
        super().__init__(
            problem=f"{uri} was changed by others at the same time, again and again or in the same rows",
            remedy="run the same command again; nothing was written",
        )


@dataclass(frozen=True)
class DeltaPlace:
    """Where a Delta table is, or will be after the first commit.

    Rows lie in order of `sort_by`, as far as a million of them at once are put in order: whoever reads those of one
    value reads few others.
    """

    uri: str
    partition_by: tuple[str, ...] = ()
    storage_options: Mapping[str, str] = field(default_factory=dict)
    sort_by: str | None = None

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

    def scan_part(self, schema: pl.Schema, column: str, value: int) -> pl.LazyFrame:
        """The rows with one value of a partition column, as the table is now: no other file is looked at, ever again.

        `scan` asks for the table's files and their statistics each time it is collected.
        """
        table = self.open()
        files = [] if table is None else table.file_uris(file_pruning_predicate=f"{column} = {value}")
        if table is None or not files:
            return pl.LazyFrame(schema=schema)
        stored = pl.Schema({n: t for n, t in pl.scan_delta(table).collect_schema().items() if n != column})
        frame = pl.scan_parquet(
            files,
            schema=stored,
            hive_partitioning=False,
            missing_columns="insert",
            storage_options=dict(self.storage_options) or None,
        )
        known = {**{n: pl.col(n) for n in stored}, column: pl.lit(value)}
        return frame.select(known.get(n, pl.lit(None)).cast(t).alias(n) for n, t in schema.items())

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
        """Put the rows in place of those that `where` (SQL over the partition) names, or of all.

        Raises LakeBusy where another program changed those rows at the same time: they were read before.
        """
        table = self.open()
        try:
            write_deltalake(
                self.uri if table is None else table,
                self._stream(rows),
                mode="overwrite",
                predicate=None if table is None else where,
                partition_by=list(self.partition_by),
                storage_options=dict(self.storage_options) or None,
                target_file_size=_FILE_BYTES,
                writer_properties=self._parquet,
            )
        except CommitFailedError as error:
            raise LakeBusy(self.uri) from error

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
        if self.sort_by is None:
            table.optimize.compact(writer_properties=_PARQUET)
        elif self._put_in_order():
            table = DeltaTable(self.uri, storage_options=dict(self.storage_options) or None)
        table.vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False, full=True)
        table.create_checkpoint()

    def _put_in_order(self) -> bool:
        """Join and sort the files of those partitions that have many small ones; whether there was any.

        What others change at the same moment waits for another night.
        """
        (column,) = self.partition_by
        small = self.files().filter(pl.col("size_bytes") < _FILE_BYTES // 2)
        counted = small.group_by(f"partition.{column}").len().filter(pl.col("len") > _FILES_OF_A_PARTITION)
        many = counted[f"partition.{column}"].sort().to_list()
        for value in many:
            rows = pl.scan_delta(self.uri, storage_options=dict(self.storage_options) or None)
            with suppress(LakeBusy):
                self.rewrite(rows.filter(pl.col(column) == value), where=f"{column} = {value}")
        return bool(many)

    @property
    def _parquet(self) -> WriterProperties:
        return _PARQUET if self.sort_by is None else _SORTED

    def _stream(self, frame: pl.DataFrame | pl.LazyFrame) -> ArrowStreamExportable:
        """The rows in batches, of which only a few are in memory."""
        if self.sort_by is None:
            return frame.lazy().collect_batches(chunk_size=_BATCH_ROWS, maintain_order=False, lazy=True)
        empty = Table.from_arrow(pl.DataFrame(schema=frame.lazy().collect_schema()))
        return RecordBatchReader.from_batches(empty.schema, self._in_order(frame.lazy(), self.sort_by))

    @staticmethod
    def _in_order(frame: pl.LazyFrame, column: str) -> Iterator[RecordBatch]:
        for rows in frame.collect_batches(chunk_size=_SORTED_ROWS, maintain_order=True, lazy=True):
            # Rows of one value keep their order: times and lines then take little room.
            yield from Table.from_arrow(rows.sort(column, maintain_order=True)).to_batches()

    def _write(self, table: DeltaTable | None, frame: pl.DataFrame | pl.LazyFrame, source: str) -> None:
        write_deltalake(
            self.uri if table is None else table,
            self._stream(frame),
            mode="append",
            schema_mode="merge" if table is not None and self._grows(table, frame) else None,
            partition_by=list(self.partition_by),
            storage_options=dict(self.storage_options) or None,
            target_file_size=_FILE_BYTES,
            writer_properties=self._parquet,
            commit_properties=CommitProperties(app_transactions=[Transaction(source, 1)]),
        )

    @staticmethod
    def _grows(table: DeltaTable, frame: pl.DataFrame | pl.LazyFrame) -> bool:
        """Whether the contract has got columns since the table was made."""
        return not set(frame.collect_schema()) <= {field.name for field in table.schema().fields}
