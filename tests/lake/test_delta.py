"""The lake as a store of Delta tables."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.lake.delta import Lake, UnknownTable, bucket_of
from consumption.tables import EVENTS, LAKE

JAN_1 = datetime(2024, 1, 1, tzinfo=UTC)


def events(count: int, *, start: int = 0) -> pl.DataFrame:
    """One event an hour, from one of fifty accounts in turn."""
    return pl.DataFrame(
        {
            "account_id": [f"account {n % 50}" for n in range(start, start + count)],
            "timestamp": [JAN_1 + timedelta(hours=n) for n in range(start, start + count)],
            "event": "export",
        }
    )


def test_a_bucket_is_the_first_eight_bytes_of_blake2b() -> None:
    """The partition of an account can be computed by any program, in any language."""
    ids = pl.Series(["acme", "bolt", "acme", "Zoë"])
    expected = [int.from_bytes(hashlib.blake2b(i.encode()).digest()[:8], "big") % 32 for i in ids]
    assert bucket_of(ids, 32).to_list() == expected
    assert bucket_of(ids, 32).dtype == pl.Int32


def test_an_absent_table_is_an_empty_frame_of_its_contract(lake: Lake) -> None:
    """Whoever reads a table need not ask first whether it exists."""
    for name, table in LAKE.items():
        assert lake.scan(name).collect().schema == table.stored_schema
    assert lake.names() == []
    assert lake.rows("events") == {}


def test_a_scan_has_the_stored_columns_in_order(lake: Lake) -> None:
    """Missing columns are null; names, types and order are those of the contract."""
    lake.append("events", events(3), source="a")
    found = lake.scan("events").collect()
    assert found.schema == EVENTS.stored_schema
    assert found["quantity"].to_list() == [1.0, 1.0, 1.0]


def test_the_same_source_is_committed_once(lake: Lake) -> None:
    """A second commit under the same name changes nothing and says so."""
    assert lake.append("events", events(3), source="a")
    assert not lake.append("events", events(3), source="a")
    assert lake.append("events", events(3), source="b")
    assert lake.has_source("events", "a")
    assert not lake.has_source("events", "c")
    assert lake.scan("events").collect().height == 6
    assert lake.versions() == {"events": 1}


def test_rows_are_counted_without_reading_them(lake: Lake) -> None:
    """Counts by bucket come from the table's statistics and agree with the rows."""
    lake.append("events", events(200), source="a")
    lake.append("events", events(100, start=200), source="b")
    counted = lake.scan("events").group_by("bucket").len().collect()
    assert lake.rows("events") == dict(counted.sort("bucket").iter_rows())


def test_a_scan_of_some_buckets_opens_no_file_of_the_others(lake: Lake) -> None:
    """Pruning is by partition: the plan names only the files of the buckets asked for."""
    lake.append("events", events(200), source="a")
    wanted = sorted(lake.rows("events"))[:2]
    scan = lake.scan("events", wanted)
    plan = scan.explain()
    assert set(scan.collect()["bucket"].unique()) == set(wanted)
    assert all(f"bucket={bucket}/" not in plan for bucket in range(8) if bucket not in wanted)


def test_tables_that_belong_to_no_account_are_whole_in_every_bucket(lake: Lake) -> None:
    """The team and the products are the same whichever accounts are looked at."""
    lake.append("people", pl.DataFrame({"email": ["ada@example.com"]}), source="a")
    assert lake.history([5]).people.collect().height == 1


def test_chunks_hold_at_most_so_many_events(lake: Lake) -> None:
    """Every bucket is in one group; a group is over the limit only if it is one bucket."""
    lake.append("events", events(400), source="a")
    rows = lake.rows("events")
    for limit in (1, 100, 10_000):
        chunks = lake.chunks(limit)
        assert sorted(b for chunk in chunks for b in chunk) == list(range(8))
        assert all(len(c) == 1 or sum(rows.get(b, 0) for b in c) <= limit for c in chunks)
    assert len(lake.chunks(10_000)) == 1


def test_compacting_changes_no_row_and_forgets_no_source(lake: Lake) -> None:
    """Small files are joined once a bucket has many; what was loaded stays known."""
    for number in range(18):
        lake.append("events", events(50, start=50 * number), source=str(number))
        lake.append("accounts", pl.DataFrame({"account_id": ["a"], "created_at": [JAN_1]}), source=str(number))
    before = lake.scan("events").sort("timestamp").collect()
    buckets = before["bucket"].n_unique()
    lake.compact()
    assert len(lake.place("events").files()) == buckets
    assert len(lake.place("accounts").files()) == 1
    assert lake.scan("events").sort("timestamp").collect().equals(before)
    assert all(not lake.append("events", events(50), source=str(number)) for number in range(18))


def test_events_of_an_account_lie_together(lake: Lake) -> None:
    """Whoever looks an account up reads few others: each load is in order, and joined files are again."""
    for number in range(18):
        lake.append("events", events(200, start=200 * number), source=str(number))
    for _ in range(2):
        for file in lake.place("events").files()["path"]:
            rows = pl.read_parquet(Path(lake.root, "events", file), hive_partitioning=False)
            assert rows["account_id"].is_sorted()
        lake.compact()


def test_compacting_deletes_what_a_killed_program_left(lake: Lake) -> None:
    """A file that no version names goes after a week; before, a program may still be about to commit it."""
    lake.append("events", events(50), source="a")
    folder = next(Path(lake.root, "events").glob("bucket=*"))
    for name, days in (("old", 8), ("new", 6)):
        (folder / f"{name}.parquet").write_bytes(b"left behind")
        then = time.time() - days * 24 * 3600
        os.utime(folder / f"{name}.parquet", (then, then))
    lake.compact()
    assert not (folder / "old.parquet").exists()
    assert (folder / "new.parquet").exists()
    assert lake.scan("events").collect().height == 50


def test_an_unknown_table_is_named_with_those_there_are(lake: Lake) -> None:
    """The error lists the tables of the contract."""
    with pytest.raises(UnknownTable, match="there is no table `event`") as error:
        lake.scan("event")
    assert "events" in error.value.remedy


def test_a_snapshot_comes_back_as_it_was_written(lake: Lake) -> None:
    """Columns, types and rows; those of other moments may differ."""
    first = pl.DataFrame({"account_id": ["a", "b"], "as_of": [JAN_1] * 2, "logins": [1, 2], "share": [0.5, None]})
    first = first.with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")), pl.col("logins").cast(pl.UInt32))
    second = first.select(
        "account_id", pl.lit(JAN_1 + timedelta(days=7)).dt.cast_time_unit("us").alias("as_of")
    ).with_columns(calls=3.0)
    lake.write_snapshot(first, as_of=JAN_1, made_from="v1")
    lake.write_snapshot(second, as_of=JAN_1 + timedelta(days=7), made_from="v2")
    found = lake.read_snapshot(JAN_1)
    assert found is not None
    assert found.sort("account_id").equals(first)
    assert found.schema == first.schema
    again = lake.read_snapshot(JAN_1 + timedelta(days=7))
    assert again is not None
    assert again.columns == second.columns
    assert lake.snapshots() == [(JAN_1, "v1"), (JAN_1 + timedelta(days=7), "v2")]


def test_a_snapshot_replaces_the_one_of_its_moment(lake: Lake) -> None:
    """Written again from other definitions, the old one is gone, and the others stay."""
    frame = pl.DataFrame({"account_id": ["a"], "as_of": [JAN_1], "logins": [1]})
    lake.write_snapshot(frame, as_of=JAN_1, made_from="v1")
    lake.write_snapshot(frame, as_of=JAN_1 + timedelta(days=1), made_from="v1")
    lake.write_snapshot(frame.with_columns(logins=7), as_of=JAN_1, made_from="v2")
    assert lake.read_snapshot(JAN_1, "v1") is None
    found = lake.read_snapshot(JAN_1, "v2")
    assert found is not None
    assert found["logins"].to_list() == [7]
    assert lake.snapshots() == [(JAN_1, "v2"), (JAN_1 + timedelta(days=1), "v1")]
    assert lake.read_snapshot(JAN_1 + timedelta(days=2)) is None


def test_a_lake_is_a_folder_that_can_be_moved(lake: Lake, tmp_path: Path) -> None:
    """No absolute path is kept inside."""
    lake.append("events", events(3), source="a")
    moved = (tmp_path / "lake").rename(tmp_path / "elsewhere")
    assert Lake(moved, buckets=8).scan("events").collect().height == 3
