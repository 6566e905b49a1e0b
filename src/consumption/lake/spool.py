"""Rows set aside until a file has been read to its end: in memory while few, on disk beyond that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import polars as pl

HELD_BYTES = 128 * 1024 * 1024
SPOOLS = "consumption_spool_"
"""How the folders of spools are called, before the number of the process they belong to."""
# What is read back from disk at once.
_PIECE_ROWS = 128 * 1024


class Spool:
    """Frames of one schema, added one after the other and read back lazily; a context manager."""

    def __init__(self, schema: pl.Schema, held_bytes: int = HELD_BYTES) -> None:
        self.schema = schema
        self.rows = 0
        self._most = held_bytes
        self._held: list[pl.DataFrame] = []
        self._bytes = 0
        self._folder: TemporaryDirectory[str] | None = None
        self._files: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, frame: pl.DataFrame) -> None:
        """Set rows aside."""
        if frame.is_empty():
            return
        self.rows += frame.height
        self._held.append(frame.select(*self.schema))
        self._bytes += int(frame.estimated_size())
        if self._bytes > self._most:
            self._to_disk()

    def frame(self) -> pl.LazyFrame:
        """All rows so far."""
        if self._files and self._held:
            self._to_disk()
        if self._files:
            return pl.scan_parquet(self._files)
        return pl.concat(self._held).lazy() if self._held else pl.LazyFrame(schema=self.schema)

    def pieces(self) -> Iterator[pl.DataFrame]:
        """All rows so far in the order in which they were added, few at a time, however slow their reader is.

        Batches of `frame` are read ahead of a slow reader without bound: of many files, in the end all of them.
        """
        for file in self._files:
            rows = pl.scan_parquet(file)
            height: int = rows.select(pl.len()).collect().item()
            for start in range(0, height, _PIECE_ROWS):
                yield rows.slice(start, _PIECE_ROWS).collect()
        for held in self._held:
            yield from held.iter_slices(_PIECE_ROWS)

    def _to_disk(self) -> None:
        self._folder = self._folder or TemporaryDirectory(prefix=f"{SPOOLS}{os.getpid()}_")
        file = Path(self._folder.name) / f"{len(self._files):06}.parquet"
        pl.concat(self._held).write_parquet(file, compression="lz4", row_group_size=_PIECE_ROWS)
        self._files.append(file)
        self._held.clear()
        self._bytes = 0
