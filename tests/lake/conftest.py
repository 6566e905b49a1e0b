"""A lake in a folder of its own, and ways to write files for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consumption.lake.columns import AS_IS, Mapping_
from consumption.lake.delta import Lake
from consumption.lake.ingest import Ingested, ingest

NOW = datetime(2025, 1, 1, tzinfo=UTC)

Load = Callable[..., Ingested]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake of eight buckets."""
    return Lake(tmp_path / "lake", buckets=8)


@pytest.fixture
def load(lake: Lake, tmp_path: Path) -> Load:
    """Write rows (a frame, or the text of a CSV file) to a file and load it."""
    count = 0

    def loaded(
        table: str,
        rows: pl.DataFrame | str,
        *,
        at: datetime = NOW,
        mapping: Mapping_ = AS_IS,
        strict: bool = False,
        **options: Any,
    ) -> Ingested:
        nonlocal count
        count += 1
        path = tmp_path / f"{table}_{count}.{'csv' if isinstance(rows, str) else 'parquet'}"
        if isinstance(rows, str):
            path.write_text(rows)
        else:
            rows.write_parquet(path)
        return ingest(lake, table, [path], loaded_at=at, mapping=mapping, strict=strict, **options)

    return loaded
