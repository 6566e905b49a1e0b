"""Tables as files, in the formats the customers of such a product keep them in."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import polars as pl


def write_csv(folder: Path, frame: pl.DataFrame) -> None:
    """One CSV file; times in ISO 8601 with their zone."""
    frame.write_csv(_file(folder, ".csv"), datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")


def write_ndjson(folder: Path, frame: pl.DataFrame) -> None:
    """One compressed NDJSON file; times in ISO 8601 with their zone. The same frame gives the same bytes."""
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    text = io.BytesIO()
    frame.with_columns(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")).write_ndjson(text)
    with (
        _file(folder, ".ndjson.gz").open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=5, mtime=0) as out,
    ):
        out.write(text.getbuffer())


def write_parquet(folder: Path, frame: pl.DataFrame, name: str | None = None) -> None:
    """One Parquet file, named as its folder unless told otherwise."""
    frame.write_parquet(_file(folder, ".parquet", name))


def _file(folder: Path, ending: str, name: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name or folder.name}{ending}"
