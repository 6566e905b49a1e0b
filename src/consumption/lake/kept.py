"""Frames made from events and kept beside them: anyone may delete them, and they are made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl
from arro3.core import RecordBatch, RecordBatchReader, Table
from deltalake import CommitProperties, WriterProperties, write_deltalake

from consumption.errors import ConsumptionError
from consumption.lake.delta_table import DeltaPlace

_PARQUET = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=64 * 1024)
_FILE_BYTES = 64 * 1024 * 1024
# How many small appends may lie beside each other before they are joined.
_PIECES = 40
_NOTE = "consumption_note"
# Commits that change no row.
_HOUSEWORK = ("OPTIMIZE", "VACUUM START", "VACUUM END")


class KeptStays(ConsumptionError):
    """Something of a kept frame could not be deleted, and may name people."""

    status = 500

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            problem=f"{folder} cannot be deleted: {reason}",
            remedy="it is made from events and may name people: delete it yourself, then run the same command again",
        )


@dataclass(frozen=True)
class KeptTable:
    """One kept frame: rows, and a note of what they were made from, which is written in the same commit."""

    place: DeltaPlace
    schema: pl.Schema

    def note(self) -> dict[str, Any]:
        """What the rows were made from; empty where nothing is kept."""
        table = self.place.open()
        if table is None:
            return {}
        last = next((commit for commit in table.history() if commit.get("operation") not in _HOUSEWORK), {})
        note: dict[str, Any] = json.loads(last.get(_NOTE, "{}"))
        return note

    def scan(self) -> pl.LazyFrame:
        """All rows."""
        return self.place.scan(self.schema)

    def append(self, rows: Iterable[pl.DataFrame], note: dict[str, Any]) -> None:
        """Add rows, which come in pieces, and say what all of them are made from by now."""
        self._write(rows, note, "append")

    def replace(self, rows: Iterable[pl.DataFrame], note: dict[str, Any]) -> None:
        """Put these rows, which come in pieces, in place of all others."""
        self._write(rows, note, "overwrite")

    def compact(self) -> None:
        """Join small pieces, once there are many; delete what nobody reads any more."""
        table = self.place.open()
        if table is None or len(table.file_uris()) < _PIECES:
            return
        table.optimize.compact(writer_properties=_PARQUET)
        table.vacuum(retention_hours=1, dry_run=False, enforce_retention_duration=False, full=True)
        table.create_checkpoint()

    def forget(self) -> None:
        """Delete all of it, of every version; raises KeptStays where a file cannot be deleted."""
        if "://" not in self.place.uri:
            _delete_folder(Path(self.place.uri))
        elif (table := self.place.open()) is not None:
            # The log too tells of rows, by the smallest and largest values of each file.
            table.delete()
            self.place.forget_past()

    def _write(
        self, rows: Iterable[pl.DataFrame], note: dict[str, Any], mode: Literal["append", "overwrite"]
    ) -> None:
        table = self.place.open()
        stored = Table.from_arrow(pl.DataFrame(schema=self.schema)).schema
        write_deltalake(
            self.place.uri if table is None else table,
            RecordBatchReader.from_batches(stored, self._batches(rows)),
            mode=mode,
            schema_mode="overwrite" if mode == "overwrite" and table is not None else None,
            partition_by=list(self.place.partition_by),
            storage_options=dict(self.place.storage_options) or None,
            target_file_size=_FILE_BYTES,
            writer_properties=_PARQUET,
            commit_properties=CommitProperties(custom_metadata={_NOTE: json.dumps(note)}),
        )

    def _batches(self, rows: Iterable[pl.DataFrame]) -> Iterator[RecordBatch]:
        for piece in rows:
            yield from Table.from_arrow(piece.select(self.schema.names())).to_batches()


def _delete_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        if folder.exists():
            raise
    except OSError as error:
        raise KeptStays(folder, error.strerror or str(error)) from error
