"""What other engines get wrong with the same rows, seen with their own code (docs/performance.md), and ours does not.

Feast 0.67 (its point-in-time join over Parquet) with a time to live of 30 days, tsfresh 0.21.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, MICROSECOND, SIGNAL, accounts, events, history, value_of, values_of

LATER = JUNE_1 + 19 * DAY


def received(at: datetime, *rows: tuple[object, ...]) -> pl.DataFrame:
    """Events that came in at one moment."""
    return events(*rows).with_columns(pl.lit(at).alias("received_at"))


def test_an_account_that_fell_silent_long_ago_keeps_its_row() -> None:
    """Feast drops the whole row, label and all, of an account whose last value is older than the time to live.

    Those are the accounts that leave: the model would never see them.
    """
    used = events(("gone", JUNE_1 - 151 * DAY, "open", "ada"), ("busy", JUNE_1 - DAY, "open", "bob"))
    everyone = accounts("gone", "busy")
    assert values_of("days_since_last_event", accounts=everyone, events=used) == [0, 150]
    assert values_of("events_28d", accounts=everyone, events=used) == [1, 0]


def test_an_account_that_never_did_anything_has_a_row_too() -> None:
    """Out of tsfresh comes no row for an id without observations in the window."""
    used = events(("busy", JUNE_1 - DAY, "open", "bob"))
    snapshot = compute_signals(
        history(accounts=accounts("busy", "mute"), events=used), as_of=JUNE_1, signals=[SIGNAL["active_users_28d"]]
    )
    assert dict(snapshot.select("account_id", "active_users_28d").iter_rows()) == {"busy": 1, "mute": 0}


def test_what_was_received_later_is_not_known_now() -> None:
    """Feast joins by when a value happened: one loaded three weeks after the label's moment is in the row."""
    known = received(JUNE_1 - 2 * DAY, ("acme", JUNE_1 - 2 * DAY, "open", "ada"))
    late = received(LATER, ("acme", JUNE_1 - 2 * DAY, "open", "bob"))
    both = pl.concat([known, late])
    assert value_of("active_users_28d", events=both) == 1
    assert value_of("active_users_28d", events=both, as_of=LATER + MICROSECOND) == 2


def test_a_correction_that_came_later_is_not_known_now() -> None:
    """Of two versions Feast takes the one created last, even if that was after the label's moment."""
    first, second = (
        accounts("acme", plan=plan).with_columns(pl.lit(at).alias("received_at"))
        for plan, at in (("free", JUNE_1 - 30 * DAY), ("paid", LATER))
    )
    versions = pl.concat([first, second])
    rules = UsageRules(attributes=("plan",))
    for as_of, plan in ((JUNE_1, "free"), (LATER, "free"), (LATER + MICROSECOND, "paid")):
        snapshot = compute_signals(history(accounts=versions), as_of=as_of, signals=[], rules=rules)
        assert snapshot["attr_plan"].to_list() == [plan]


def test_an_event_at_the_very_moment_is_the_future() -> None:
    """Feast takes values up to and including the label's moment: the day that is to be foretold tells itself."""
    used = events(("acme", JUNE_1, "cancel", "ada"), ("acme", JUNE_1 - MICROSECOND, "open", "ada"))
    assert value_of("events_28d", events=used) == 1


def test_users_are_counted_and_not_estimated() -> None:
    """Spark's and DuckDB's approximate counts of different values are off by some percent; every user counts once."""
    people = [f"user-{n:05}" for n in range(5_000)]
    used = pl.DataFrame(
        {
            "account_id": "acme",
            "timestamp": JUNE_1 - DAY,
            "event": "open",
            "user_id": people + people[::-1],
        }
    )
    assert value_of("active_users_28d", events=used) == 5_000
