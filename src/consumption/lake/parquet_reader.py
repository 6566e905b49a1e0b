"""Parquet files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from consumption.lake.batches import Batch, UnreadableFile
from consumption.lake.text_chunks import is_gzip, opened

ROWS = 100_000


def read_parquet(path: Path, *, rows: int = ROWS, limit: int | None = None) -> Iterator[Batch]:
    """The rows in batches of `rows`; the first `limit` only, if given."""
    with _unpacked(path) as plain:
        first = 1
        for frame in _frames(path, plain, rows, limit):
            lines = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True)
            first += frame.height
            yield Batch(frame, lines)


def _frames(path: Path, plain: Path, rows: int, limit: int | None) -> Iterator[pl.DataFrame]:
    try:
        scan = pl.scan_parquet(plain, hive_partitioning=False, glob=False)
        if limit is not None:
            yield scan.head(limit).collect()
            return
        yield from scan.collect_batches(chunk_size=rows, maintain_order=True, lazy=True)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(path, str(error).splitlines()[0]) from error


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    if not is_gzip(path):
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy:
        try:
            with opened(path) as packed:
                shutil.copyfileobj(packed, copy)
        except (EOFError, OSError) as error:
            raise UnreadableFile(path, f"its gzip data is damaged or cut off ({error})") from error
        copy.flush()
        yield Path(copy.name)
