"""Onboarding: how far the account came in its beginning."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import signal

_FIRST_VALUE_WAIT = pl.col("first_days_ago") - pl.col("first_value_days_ago").fill_null(0)


@signal(unit="days", family="onboarding", source="account", label="Days since it became a customer")
def tenure_days() -> pl.Expr:
    """Whole days since the account began."""
    return pl.col("tenure_days")


@signal(unit="days", family="onboarding", source="lifetime", label="Days from start to first use", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_to_first_event() -> pl.Expr:
    """Days from the account's beginning to its first event; all days so far where there is none."""
    return (pl.col("tenure_days") - pl.col("first_days_ago").fill_null(0)).clip(lower_bound=0)


@signal(unit="days", family="onboarding", source="everyone", label="Time to first value", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_to_value() -> pl.Expr:
    """Median over users of the days from first seen to first value event; who still waits counts the days so far."""
    return _FIRST_VALUE_WAIT.median()


@signal(unit="share", family="onboarding", source="everyone", label="Users who ever reached value", direction=1,
        driver="low_adoption")  # fmt: skip
def activated_user_share() -> pl.Expr:
    """Users with a value event ever, of all users ever seen."""
    return pl.col("first_value_days_ago").is_not_null().mean()


@signal(unit="share", family="onboarding", source="contacts", label="Invited people who started", direction=1,
        driver="low_adoption")  # fmt: skip
def invited_active_share() -> pl.Expr:
    """Invited contacts ever seen as users, of all invited."""
    invited = pl.col("invited_days_ago") > 0
    return (invited & pl.col("last_days_ago").is_not_null()).sum() / invited.sum()


@signal(unit="count", family="onboarding", source="lifetime", label="Features ever used", direction=1,
        driver="shallow_breadth")  # fmt: skip
def features_ever() -> pl.Expr:
    """Different features ever used."""
    return pl.col("features").fill_null(0)
