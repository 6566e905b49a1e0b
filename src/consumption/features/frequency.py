"""Frequency: how often the account uses what it bought."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import over
from consumption.features.signal import signal, weeks


@signal(
    unit="users",
    family="frequency",
    window=weeks(4),
    source="visits",
    label="Active users in 4 weeks",
    silence=0,
    direction=1,
    driver="low_adoption",
)
def active_users() -> pl.Expr:
    """Different users with at least one event."""
    return pl.col("user_id").n_unique()


active_users_7d = active_users.over(weeks(1), label="Weekly active users")


@signal(
    unit="days",
    family="frequency",
    window=weeks(4),
    source="daily",
    label="Days in use in 4 weeks",
    silence=0,
    direction=1,
    driver="low_adoption",
)
def active_days() -> pl.Expr:
    """Days on which anyone in the account used the product."""
    return pl.col("day").n_unique()


active_days_7d = active_days.over(weeks(1), label="Days in use last week")
active_days_84d = active_days.over(weeks(12), label="Days in use in 12 weeks")
_active_days_14d = active_days.over(weeks(2), label="Days in use in 2 weeks")


@signal(
    unit="users",
    family="frequency",
    window=weeks(4),
    source="users",
    label="Users on a usual day",
    silence=0,
    direction=1,
    driver="low_adoption",
)
def daily_active_users() -> pl.Expr:
    """Mean of the days' active users; a day without anyone counts as 0, and so does one before the account began."""
    return over(pl.col("active_days").sum(), weeks(4))


@signal(
    unit="share",
    family="frequency",
    window=weeks(4),
    source="users",
    label="How often a user comes back",
    direction=1,
    driver="low_adoption",
)
def stickiness() -> pl.Expr:
    """Mean daily active users over the window's active users; 28 times it is the mean of users' active days (L28)."""
    return pl.col("active_days").sum() / ((pl.col("active_days") > 0).sum() * weeks(4))


@signal(
    unit="days",
    family="frequency",
    window=weeks(4),
    source="users",
    label="Days a typical user comes in 4 weeks",
    direction=1,
    driver="low_adoption",
)
def days_per_user() -> pl.Expr:
    """Median over active users of their active days in the window (L28)."""
    return pl.col("active_days").filter(pl.col("active_days") > 0).median()


@signal(
    unit="share",
    family="frequency",
    window=weeks(4),
    source="users",
    label="Users who come nearly every working day",
    direction=1,
    driver="low_adoption",
)
def power_user_share() -> pl.Expr:
    """Active users with 20 or more active days in the window, of all active users."""
    return (pl.col("active_days") >= 20).sum() / (pl.col("active_days") > 0).sum()


@signal(
    unit="days",
    family="frequency",
    window=weeks(12),
    source="days",
    label="Usual time between days in use",
    direction=-1,
    driver="low_adoption",
)
def days_between_use() -> pl.Expr:
    """Median number of days from one active day to the next; unknown with fewer than two."""
    return (pl.col("gap") + 1).filter("is_return").median()


@signal(
    unit="days",
    family="frequency",
    source="lifetime",
    label="Days since last use",
    direction=-1,
    driver="low_adoption",
)
def days_since_last_event() -> pl.Expr:
    """Whole days since the last event (0: used the day before); since the account began where there is none."""
    return pl.coalesce(pl.col("last_days_ago") - 1, "tenure_days")
