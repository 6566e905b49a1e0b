"""How kept tiles lie in files: in no partitions, whatever there was before."""

from __future__ import annotations

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.opening import lake_of
from consumption.jobs.snapshots import snapshots
from consumption.lake.kept import KeptTable
from tests.jobs.test_tiles import AS_OF, DAY, EVENTS, LAST, load, same, workspace

__all__ = ["workspace"]


def kept(made: Workspace, name: str) -> KeptTable:
    """A kept table with the columns it has."""
    table = lake_of(made).kept(name, pl.Schema()).place.open()
    assert table is not None
    return lake_of(made).kept(name, pl.scan_delta(table).collect_schema())


@pytest.mark.parametrize("table", ["tiles", "daily", "readings", "lifetimes"])
def test_kept_tables_have_no_partitions(workspace: Workspace, table: str) -> None:
    """Rows of one partition would wait in memory for those of another, as many as there are."""
    load(workspace, EVENTS, LAST)
    snapshots(workspace, [AS_OF])
    opened = kept(workspace, table).place.open()
    assert opened is not None
    assert opened.metadata().partition_columns == []


def test_tiles_that_another_edition_kept_in_partitions_are_made_anew(workspace: Workspace) -> None:
    """What is written over them has none, and days are added to it."""
    load(workspace, EVENTS.filter(pl.col("timestamp") < AS_OF - DAY), AS_OF - DAY)
    snapshots(workspace, [AS_OF - DAY])
    for name in ("tiles", "daily"):
        table = kept(workspace, name)
        note, rows = table.note(), table.scan().collect().with_columns(pl.lit(7, dtype=pl.Int32).alias("block"))
        table.forget()
        older = lake_of(workspace).kept(name, rows.schema, ("block",))
        older.replace([rows], {**note, "edition": "before"})
    load(workspace, EVENTS.filter(pl.col("timestamp") >= AS_OF - DAY), AS_OF)
    same(workspace, [AS_OF])
    assert "block" not in kept(workspace, "tiles").scan().collect_schema()
