"""Old rows no longer tell who a person is, and the account's numbers stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.compute import compute_signals
from consumption.features.signal_set import by_name
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.opening import lake_of
from consumption.jobs.retention import keep_retention
from tests.jobs.wholly import named

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OF_ACCOUNTS = [by_name()[name] for name in ("active_days_28d", "days_since_last_event")]
OF_USERS = [by_name()["active_users_28d"]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """People of two accounts over 120 days, one event corrected, with calls; kept for 60 days."""
    made = create(tmp_path / "w", settings=SETTINGS + "\n[retention]\nuser_rows_days = 60\n")
    lake = lake_of(made)
    rows = pl.DataFrame(
        [
            (a, AS_OF - DAY * d + timedelta(hours=7), f"{a}-person-{d % 3}")
            for a in ("acme", "bolt")
            for d in range(1, 121)
        ],
        schema=["account_id", "timestamp", "user_id"],
        orient="row",
    )
    events = rows.with_columns(event=pl.lit("export"), device=pl.format("phone of {}", "user_id"))
    lake.append(
        "accounts", pl.DataFrame({"account_id": ["acme", "bolt"], "created_at": [AS_OF - 400 * DAY] * 2}), source="a"
    )
    lake.append("events", events, source="e")
    calls = rows.filter(pl.col("timestamp").dt.day() == 1).with_row_index("interaction_id").with_columns(
        pl.col("interaction_id").cast(pl.String), channel=pl.lit("call"), text=pl.format("{} called", "user_id")
    )  # fmt: skip
    lake.append("interactions", calls, source="i")
    return made


def test_rows_older_than_the_setting_lose_their_person(workspace: Workspace) -> None:
    """Sixty days are kept; what is older is a line of its account, on its day; calls keep that they were."""
    done = keep_retention(workspace, AS_OF)
    lake = lake_of(workspace)
    events = lake.scan("events").collect()
    old = events.filter(pl.col("timestamp") < AS_OF - 60 * DAY)
    assert (events.height, done["events"]) == (240, 240 - 2 * 53)
    assert old.select("user_id", "attributes").null_count().row(0) == (old.height, old.height)
    assert (old["timestamp"].dt.hour() == 0).all()
    new = events.filter(pl.col("timestamp") >= AS_OF - 52 * DAY)
    assert new.select("user_id", "attributes").null_count().row(0) == (0, 0)
    calls = lake.scan("interactions").collect()
    assert calls.height == 8
    assert calls.filter(pl.col("timestamp") < AS_OF - 60 * DAY)["text"].null_count() == 6
    assert calls.filter(pl.col("timestamp") > AS_OF - 52 * DAY)["text"].null_count() == 0


def test_no_older_version_names_them(workspace: Workspace) -> None:
    """A person who was there only long ago is in no file any more."""
    lake = lake_of(workspace)
    long_ago = {"account_id": ["acme"], "timestamp": [AS_OF - 100 * DAY], "event": ["export"], "user_id": ["olga-99"]}
    lake.append("events", pl.DataFrame(long_ago), source="olga")
    assert named(workspace.root, "olga-99")
    keep_retention(workspace, AS_OF)
    assert named(workspace.root, "olga-99") == []


def test_the_numbers_of_accounts_stay(workspace: Workspace) -> None:
    """Signals of events and days are the same at every midnight; distinct users too, within what is kept."""
    before = [
        compute_signals(lake_of(workspace).history(), as_of=AS_OF - 30 * n * DAY, signals=OF_ACCOUNTS)
        for n in range(3)
    ]
    users = compute_signals(lake_of(workspace).history(), as_of=AS_OF, signals=OF_USERS)
    keep_retention(workspace, AS_OF)
    history = lake_of(workspace).history()
    after = [compute_signals(history, as_of=AS_OF - 30 * n * DAY, signals=OF_ACCOUNTS) for n in range(3)]
    assert all(a.equals(b) for a, b in zip(after, before, strict=True))
    assert compute_signals(history, as_of=AS_OF, signals=OF_USERS).equals(users)


def test_tables_are_rewritten_once_a_week_and_not_without_need(workspace: Workspace) -> None:
    """The same day again changes nothing; nor does the day after."""
    keep_retention(workspace, AS_OF)
    versions = lake_of(workspace).versions()
    assert keep_retention(workspace, AS_OF) == keep_retention(workspace, AS_OF + DAY) == {}
    assert lake_of(workspace).versions() == versions
    assert keep_retention(workspace, AS_OF + 8 * DAY)["events"] > 0


def test_without_the_setting_everything_is_kept(tmp_path: Path) -> None:
    """0 days, the default, keeps every row as it is."""
    assert keep_retention(create(tmp_path / "w"), AS_OF) == {}
