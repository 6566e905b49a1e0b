"""Small worlds, generated once for all tests of this folder."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from consumption.tables import LAKE, RECEIVED_AT, TIMESTAMP
from consumption.world import WorldSummary, generate

AS_OF = date(2026, 7, 1)


@dataclass(frozen=True)
class World:
    """A generated world: where its files are, and what was said about it."""

    folder: Path
    summary: WorldSummary

    def files(self, table: str) -> list[Path]:
        """The files of one table."""
        return sorted((self.folder / table).iterdir())

    def read(self, table: str) -> pl.DataFrame:
        """All rows of a table; columns that the contract knows in its types, as an ingest would read them."""
        parts = [as_in_contract(table, frame_of(file)) for file in self.files(table)]
        return pl.concat(parts, how="diagonal_relaxed")

    def truth(self, name: str) -> pl.DataFrame:
        """One table of the truth."""
        return pl.read_parquet(self.folder / "truth" / f"{name}.parquet")


def frame_of(file: Path) -> pl.DataFrame:
    """A file as it stands: text formats as text."""
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    if file.suffix == ".csv":
        return pl.read_csv(file, infer_schema=False)
    return pl.read_ndjson(io.BytesIO(gzip.decompress(file.read_bytes())), infer_schema_length=None)


def as_in_contract(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The contract's columns in its types; a value that does not parse is an error."""
    schema = {**LAKE[table].schema, RECEIVED_AT: TIMESTAMP}
    return frame.with_columns(
        _cast(name, frame.schema[name], schema[name]) for name in frame.columns if name in schema
    )


def _cast(name: str, is_type: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if is_type != pl.String() or wanted == pl.String():
        return column.cast(wanted)
    if wanted == TIMESTAMP:
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us").dt.replace_time_zone("UTC")
    if wanted == pl.Boolean():
        return column.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean())
    return column.str.to_date() if wanted == pl.Date() else column.cast(wanted)


@pytest.fixture(scope="session")
def make_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int, int], World]:
    """Make a world of so many accounts and months, from a seed."""

    def make(accounts: int, months: int, seed: int) -> World:
        folder = tmp_path_factory.mktemp("world")
        return World(folder, generate(folder, accounts=accounts, months=months, seed=seed, as_of=AS_OF))

    return make


@pytest.fixture(scope="session")
def world(make_world: Callable[[int, int, int], World]) -> World:
    """A quick world: 300 accounts, two years."""
    return make_world(300, 24, 0)
