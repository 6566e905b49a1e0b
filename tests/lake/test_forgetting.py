"""Nothing of a person stays where the lake is object storage, or where a file cannot be deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.lake.delta import Lake
from consumption.lake.erasing import erase_from_lake
from consumption.lake.kept import KeptStays, KeptTable
from consumption.lake.persons import find_person
from consumption.lake.retention import any_people, forget_people, interrupted
from tests.jobs.wholly import named

SCHEMA = pl.Schema({"user_id": pl.String(), "block": pl.Int32()})
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def kept(lake: Lake) -> KeptTable:
    """Sums by user, as they are kept beside the tables."""
    return lake.kept("tiles", SCHEMA, ("block",))


@pytest.fixture
def stored(tmp_path: Path) -> Lake:
    """A lake behind a URL, with an event of a user, and a sum that was made of it twice."""
    lake = Lake(f"file://{tmp_path}/stored", buckets=2)
    (tmp_path / "stored").mkdir()
    rows = {"account_id": ["acme"] * 2, "timestamp": [NOW] * 2, "event": ["x"] * 2, "user_id": ["ada-4711", "bob"]}
    lake.append("events", pl.DataFrame(rows), source="e")
    for number in range(2):
        sums = pl.DataFrame({"user_id": ["ada-4711"], "block": [number]}, schema=SCHEMA)
        kept(lake).append([sums], {"made": number})
    assert named(tmp_path / "stored" / "kept", "ada-4711")
    return lake


def test_what_is_kept_on_object_storage_is_deleted_with_its_past(stored: Lake, tmp_path: Path) -> None:
    """Neither data nor the log's smallest and largest values name the user; then it can be made again."""
    stored.forget_kept()
    stored.forget_kept()
    assert named(tmp_path / "stored" / "kept", "ada-4711") == []
    assert kept(stored).note() == {}
    assert kept(stored).scan().collect().height == 0
    kept(stored).replace([pl.DataFrame({"user_id": ["bob"], "block": [1]}, schema=SCHEMA)], {"made": 3})
    assert kept(stored).note() == {"made": 3}
    assert kept(stored).scan().collect().rows() == [("bob", 1)]


def test_an_erasure_on_object_storage_comes_to_its_end(stored: Lake, tmp_path: Path) -> None:
    """No file of the lake names the user, of no version; what they used stays, and others do."""
    erase_from_lake(stored, find_person(stored, "ada-4711"))
    assert named(tmp_path / "stored", "ada-4711") == []
    assert stored.scan("events").collect()["user_id"].sort().to_list() == [None, "bob"]


def test_retention_on_object_storage_comes_to_its_end(stored: Lake, tmp_path: Path) -> None:
    """No user is left, the events are."""
    assert forget_people(stored, NOW.replace(month=7))["events"] == 2
    assert named(tmp_path / "stored", "ada-4711") == []
    assert stored.scan("events").collect()["user_id"].to_list() == [None, None]
    assert (interrupted(stored), any_people(stored, NOW.replace(month=7))) == (None, False)


def test_what_cannot_be_deleted_is_an_error(tmp_path: Path) -> None:
    """A folder that was moved elsewhere and linked is not deleted: nothing may say that it was."""
    lake = Lake(tmp_path / "lake", buckets=2)
    kept(lake).append([pl.DataFrame({"user_id": ["ada-4711"], "block": [1]}, schema=SCHEMA)], {"made": 1})
    folder = tmp_path / "lake" / "kept" / "tiles"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeptStays, match="cannot be deleted"):
        lake.forget_kept()
    folder.unlink()
    lake.forget_kept()
