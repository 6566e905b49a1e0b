"""An event that is corrected counts as it was until the correction was known, and as corrected from then on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.compute import compute_signals
from consumption.features.live import AccountNotKnown, Live
from consumption.features.rules import NO_RULES
from consumption.features.signal_set import SIGNALS, by_name
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of, usage_rules
from consumption.jobs.snapshots import snapshots
from tests.features.small import DAY, JUNE_1

WANTED = [by_name()[name] for name in ("quantity_28d", "events_28d", "active_users_28d", "days_since_last_event")]
HOUR = DAY / 24


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two accounts."""
    (tmp_path / "consumption.toml").write_text("buckets = 4\n", "utf-8")
    made = Workspace.open(tmp_path)
    rows = pl.DataFrame({"account_id": ["acme", "bond"], "created_at": [JUNE_1 - 100 * DAY] * 2})
    lake_of(made).append("accounts", rows, source="accounts")
    return made


def load(workspace: Workspace, name: str, at: datetime, *lines: str) -> None:
    """A file of events, read at a moment."""
    file = workspace.root / name
    file.write_text("event_id,account_id,timestamp,event,user_id,quantity\n" + "\n".join(lines) + "\n", "utf-8")
    ingest(workspace, "events", [file], now=at)


def told(workspace: Workspace, as_of: datetime) -> dict[str, tuple[float, ...]]:
    """The signals of both accounts: from what is kept, after it was held against all events and the live path."""
    kept = snapshots(workspace, [as_of], signals=WANTED)[as_of]
    lake = lake_of(workspace)
    assert kept.equals(compute_signals(lake.history(), as_of=as_of, signals=WANTED, rules=usage_rules(workspace)))
    live = Live(lake, WANTED, NO_RULES)
    for account in ("acme", "bond"):
        assert live.signals(account, as_of=as_of).equals(kept.filter(account_id=account))
    return {row[0]: row[2:] for row in kept.iter_rows()}


def test_a_corrected_quantity_replaces_the_old_one_from_the_day_it_was_known(workspace: Workspace) -> None:
    """Twelve credits were booked, two were right; yesterday's list saw twelve and still does."""
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, "e1,acme,2025-05-20T10:00:00Z,call,ada,12",
         "e2,acme,2025-05-21T10:00:00Z,call,bob,1")  # fmt: skip
    assert told(workspace, JUNE_1 - 2 * DAY)["acme"] == (13.0, 2.0, 2.0, 8.0)
    load(workspace, "second.csv", JUNE_1 - DAY, "e1,acme,2025-05-20T10:00:00Z,call,ada,2")
    assert told(workspace, JUNE_1)["acme"] == (3.0, 2.0, 2.0, 10.0)
    assert told(workspace, JUNE_1 - 2 * DAY)["acme"] == (13.0, 2.0, 2.0, 8.0)
    load(workspace, "third.csv", JUNE_1 + HOUR, "e1,acme,2025-05-20T10:00:00Z,call,ada,7")
    assert told(workspace, JUNE_1 + DAY)["acme"] == (8.0, 2.0, 2.0, 11.0)
    assert told(workspace, JUNE_1)["acme"] == (3.0, 2.0, 2.0, 10.0)


def test_the_same_event_sent_again_changes_nothing(workspace: Workspace) -> None:
    """Senders that are not sure repeat themselves."""
    line = "e1,acme,2025-05-20T10:00:00Z,call,ada,12"
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, line)
    load(workspace, "again.csv", JUNE_1 - DAY, line, line)
    assert told(workspace, JUNE_1)["acme"] == (12.0, 1.0, 1.0, 11.0)


def test_an_event_that_was_anothers_moves(workspace: Workspace) -> None:
    """It was booked on the wrong account, in another bucket: it leaves the one and comes to the other."""
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, "e1,acme,2025-05-20T10:00:00Z,call,ada,12")
    assert told(workspace, JUNE_1 - DAY)["acme"] == (12.0, 1.0, 1.0, 10.0)
    load(workspace, "second.csv", JUNE_1 - HOUR, "e1,bond,2025-05-20T10:00:00Z,call,ada,12")
    after = told(workspace, JUNE_1)
    assert after["acme"][:3] == (0.0, 0.0, 0.0)
    assert after["bond"] == (12.0, 1.0, 1.0, 11.0)


def test_another_user_or_day_is_a_correction_too(workspace: Workspace) -> None:
    """Who did it, and when, follow the latest version."""
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, "e1,acme,2025-05-26T10:00:00Z,call,ada,1",
         "e2,acme,2025-05-10T10:00:00Z,call,bob,1")  # fmt: skip
    load(workspace, "second.csv", JUNE_1 - DAY, "e1,acme,2025-05-11T10:00:00Z,call,bob,1")
    assert told(workspace, JUNE_1)["acme"] == (2.0, 2.0, 1.0, 20.0)


def test_live_signals_see_what_came_a_moment_ago(workspace: Workspace) -> None:
    """No nightly job has run: the lake is asked, up to the microsecond."""
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, "e1,acme,2025-05-20T10:00:00Z,call,ada,12")
    live = Live(lake_of(workspace), SIGNALS, NO_RULES)
    noon = JUNE_1 + 12 * HOUR
    assert live.signals("acme", as_of=noon)["events_28d"].item() == 1
    load(workspace, "second.csv", noon, "e2,acme,2025-06-01T11:59:59Z,call,ada,1",
         "e3,acme,2025-06-01T12:00:00Z,call,ada,1")  # fmt: skip
    assert live.signals("acme", as_of=noon)["events_28d"].item() == 2
    assert live.signals("acme", as_of=noon + HOUR)["events_28d"].item() == 3


def test_an_account_that_nobody_knows_has_no_live_signals(workspace: Workspace) -> None:
    """It says so, and what to check."""
    load(workspace, "first.csv", JUNE_1 - 5 * DAY, "e1,acme,2025-05-20T10:00:00Z,call,ada,12")
    with pytest.raises(AccountNotKnown, match="no account 'nobody'"):
        Live(lake_of(workspace), WANTED, NO_RULES).signals("nobody", as_of=JUNE_1)
