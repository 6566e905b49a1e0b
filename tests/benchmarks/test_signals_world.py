"""The telemetry that the benchmark of the signal engine makes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from signals_world import EPOCH, FEATURES, World, blocks

WORLD = World(events=30_000, accounts=200, days=70)


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    """All events of a small world."""
    return pl.concat(WORLD.day(day) for day in range(WORLD.days))


def test_a_world_has_the_events_it_was_asked_for(events: pl.DataFrame) -> None:
    """Give or take the rounding of each day."""
    assert abs(events.height - WORLD.events) <= WORLD.days
    assert set(events["event"]) == set(FEATURES)


def test_a_day_is_the_same_whenever_it_is_made() -> None:
    """A file that was lost is made again as it was, in whatever order files are made."""
    again = World(WORLD.events, WORLD.accounts, WORLD.days)
    assert again.day(40).equals(WORLD.day(40))
    assert not World(WORLD.events, WORLD.accounts, WORLD.days, seed=1).day(40).equals(WORLD.day(40))


def test_events_are_received_on_their_day_and_some_late(events: pl.DataFrame) -> None:
    """Rows stand in the order they were received; about one in a hundred happened one to five days before."""
    late = events["received_at"] - events["timestamp"]
    assert events["received_at"].is_sorted()
    assert min(late) >= timedelta()
    assert 0.005 < (late >= timedelta(days=1)).to_numpy().mean() < 0.02
    assert max(late) <= timedelta(days=5)
    assert WORLD.day(3)["received_at"].is_between(EPOCH + timedelta(days=3), EPOCH + timedelta(days=4)).all()


def test_a_user_belongs_to_one_account_and_a_few_accounts_have_many(events: pl.DataFrame) -> None:
    """A heavy tail: the largest tenth of the accounts has more than a third of the users."""
    users = events.drop_nulls("user_id").select("account_id", "user_id").unique()
    assert users["user_id"].is_unique().all()
    sizes = users["account_id"].value_counts()["count"].sort(descending=True)
    assert sizes.head(WORLD.accounts // 10).sum() > sizes.sum() / 3


def test_nobody_works_before_their_account_began(events: pl.DataFrame) -> None:
    """Nor is an account without a row in `accounts`."""
    known = events.join(WORLD.account_rows, on="account_id", how="left")
    assert known["created_at"].null_count() == 0
    assert (known["received_at"] >= known["created_at"]).all()


def test_files_are_made_once_and_cover_all_days(tmp_path: Path) -> None:
    """A second run finds them."""
    files = WORLD.files(tmp_path)
    made = [file.stat().st_mtime_ns for file in files]
    assert [file.stat().st_mtime_ns for file in WORLD.files(tmp_path)] == made
    assert [list(days) for days in blocks(0, WORLD.days)] == [[*range(30)], [*range(30, 60)], [*range(60, 70)]]
    assert pl.scan_parquet(files).select(pl.len()).collect().item() == sum(
        WORLD.day(day).height for day in range(WORLD.days)
    )
