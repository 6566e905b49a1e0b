"""Depth: how much is done when the product is used."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import from_micro, over
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_WEEKS_LIVED = pl.max_horizontal(over(pl.col("tenure_days"), 7), 1.0)


@signal(unit="events", family="depth", window=weeks(4), source="daily", label="Events in 4 weeks",
        silence=0, direction=1, driver="low_adoption")  # fmt: skip
def events() -> pl.Expr:
    """Events of any kind."""
    return pl.col("events").sum()


_events_7d = events.over(weeks(1), label="Events last week")
_events_84d = events.over(weeks(12), label="Events in 12 weeks")


@signal(
    unit="share", family="depth", window=weeks(4), of=(_events_7d, events), direction=1,
    label="Part of 4 weeks' use in the last one", driver="low_adoption",
)  # fmt: skip
def last_week_share(week: pl.Expr, month: pl.Expr) -> pl.Expr:
    """Events of the last 7 days, of those of the window; a quarter where use is even."""
    return week / month


@signal(
    unit="share", family="depth", window=weeks(12), of=(events, _events_84d), direction=1, driver="low_adoption",
    label="Part of 12 weeks' use in the last 4",
)  # fmt: skip
def last_month_share(month: pl.Expr, quarter: pl.Expr) -> pl.Expr:
    """Events of the last 28 days, of those of the window; a third where use is even."""
    return month / quarter


@signal(unit="events", family="depth", source="lifetime", label="Events a week since the beginning", direction=1)
def events_per_week() -> pl.Expr:
    """Events a week over the account's whole life, the first week counted whole."""
    return pl.col("events") / _WEEKS_LIVED


@signal(unit="events", family="depth", of=(events, active_users), window=weeks(4), label="Events per active user",
        direction=1, driver="low_adoption")  # fmt: skip
def events_per_user(all_events: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Events for each active user."""
    return pl.when(users > 0).then(all_events / users)


@signal(unit="quantity", family="depth", window=weeks(4), source="daily", label="Quantity used in 4 weeks",
        silence=0, direction=1, driver="low_adoption")  # fmt: skip
def quantity() -> pl.Expr:
    """Sum of the quantities of all events."""
    return from_micro(pl.col("quantity").sum())


@signal(unit="quantity", family="depth", of=(quantity, active_users), window=weeks(4),
        label="Quantity per active user", direction=1, driver="low_adoption")  # fmt: skip
def quantity_per_user(amount: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Sum of the quantities of all events for each active user."""
    return pl.when(users > 0).then(amount / users)


_quantity_84d = quantity.over(weeks(12), label="Quantity used in 12 weeks")


@signal(unit="quantity", family="depth", of=(_quantity_84d, _events_84d), window=weeks(12),
        label="Quantity per event")  # fmt: skip
def quantity_per_event(amount: pl.Expr, all_events: pl.Expr) -> pl.Expr:
    """Mean quantity of an event."""
    return pl.when(all_events > 0).then(amount / all_events)


@signal(unit="quantity", family="depth", source="lifetime", label="Quantity a week since the beginning", direction=1)
def quantity_per_week() -> pl.Expr:
    """Quantity a week over the account's whole life, the first week counted whole."""
    return from_micro(pl.col("quantity")) / _WEEKS_LIVED


@signal(unit="events", family="depth", window=weeks(4), source="daily", label="Value events in 4 weeks",
        silence=0, direction=1, driver="low_adoption")  # fmt: skip
def value_events() -> pl.Expr:
    """Events that settings declare as value; a sign-in never is."""
    return pl.col("value_events").sum()


_value_events_84d = value_events.over(weeks(12), label="Value events in 12 weeks")


@signal(unit="events", family="depth", source="lifetime", label="Value events since the beginning", direction=1)
def value_events_ever() -> pl.Expr:
    """Value events over the account's whole life."""
    return pl.col("value_events")


@signal(unit="events", family="depth", of=(value_events, active_users), window=weeks(4),
        label="Value events per active user", direction=1, driver="low_adoption")  # fmt: skip
def value_events_per_user(value: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Value events for each active user."""
    return pl.when(users > 0).then(value / users)


@signal(
    unit="quantity", family="depth", window=weeks(12), source="daily", label="Quantity per value event", direction=1
)
def quantity_per_value_event() -> pl.Expr:
    """Mean quantity of a value event: the mean score, where the quantity of a value event is a score."""
    return from_micro(pl.col("value_quantity").sum()) / pl.col("value_events").sum()


@signal(unit="quantity", family="depth", source="lifetime", label="Quantity per value event since the beginning",
        direction=1)  # fmt: skip
def quantity_per_value_event_ever() -> pl.Expr:
    """Mean quantity of a value event over the account's whole life."""
    return from_micro(pl.col("value_quantity")) / pl.col("value_events")


@signal(unit="days", family="depth", source="lifetime", label="Days since the last value event", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_since_value_event() -> pl.Expr:
    """Whole days since the last value event; since the account began where there is none."""
    return pl.coalesce(pl.col("last_value_days_ago") - 1, "tenure_days")


@signal(unit="share", family="depth", window=weeks(4), source="users", label="Users who reach value", direction=1,
        driver="low_adoption")  # fmt: skip
def value_user_share() -> pl.Expr:
    """Active users with at least one value event in the window, of all active users."""
    return (pl.col("value_events") > 0).sum() / (pl.col("active_days") > 0).sum()


@signal(unit="users", family="depth", window=weeks(4), source="value_users", label="Users with value every week",
        silence=0)  # fmt: skip
def _top_tier_users() -> pl.Expr:
    """Users with a value event in each of the 4 weeks."""
    return (pl.col("value_weeks") == 4).sum()


@signal(unit="share", family="depth", of=(_top_tier_users, active_users), window=weeks(4),
        label="Users who reach value every week", direction=1, driver="low_adoption")  # fmt: skip
def top_tier_user_share(top: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Users of the top tier, who have a value event in each of the 4 weeks, of all active users."""
    return pl.when(users > 0).then(top / users)


@signal(unit="minutes", family="depth", window=weeks(4), source="sessions", label="Length of a session", direction=1,
        driver="low_adoption")  # fmt: skip
def session_length() -> pl.Expr:
    """Mean length of a session; known where settings name events whose quantity is a session's minutes."""
    return from_micro(pl.col("session_minutes").sum()) / pl.col("sessions").sum()
