"""Onboarding: how far the account came in its beginning."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import signal

# Where half of the users are through, a product of fractions may come out a hair above a half.
_HALF = 0.5 + 1e-9


@signal(unit="days", family="onboarding", source="account", label="Days since it became a customer")
def tenure_days() -> pl.Expr:
    """Whole days since the account began."""
    return pl.col("tenure_days")


@signal(unit="days", family="onboarding", source="beginnings", label="Days from start to first use", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_to_first_event() -> pl.Expr:
    """Days from the account's beginning to its first event; all days so far where there is none.

    Unknown where the account began before telemetry did: how it began nobody saw.
    """
    return pl.col("waited")


@signal(unit="days", family="onboarding", source="waits", label="Time to first value", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_to_value() -> pl.Expr:
    """Median over users of the days from first seen to first value event, by Kaplan and Meier (1958).

    Who still waits counts as waiting for the days so far, and not after; where more than half are expected to wait
    longer than anyone has so far, it is the longest wait so far. Of an account that began before telemetry did, only
    users who came four weeks after that or later: the others may have been there before.
    """
    wait, waiting, reached = pl.col("wait"), pl.col("waiting"), pl.col("reached_value")
    share = ((waiting - reached) / waiting).cum_prod()
    return pl.coalesce(wait.filter(share <= _HALF).min(), wait.max())


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


@signal(unit="share", family="onboarding", source="contacts", label="Invited people who reached value", direction=1,
        driver="low_adoption")  # fmt: skip
def invited_value_share() -> pl.Expr:
    """Invited contacts with a value event ever, of all invited."""
    invited = pl.col("invited_days_ago") > 0
    return (invited & pl.col("has_reached_value")).sum() / invited.sum()


@signal(unit="share", family="onboarding", source="bought_features", label="Milestones reached", direction=1,
        driver="shallow_breadth")  # fmt: skip
def milestones_reached() -> pl.Expr:
    """Milestones ever used, of all: core features and value events of the products owned, or all value events."""
    return (pl.col("is_milestone") & pl.col("first_days_ago").is_not_null()).sum() / pl.col("is_milestone").sum()


@signal(unit="days", family="onboarding", source="bought_features", label="Days in onboarding", direction=-1,
        driver="low_adoption")  # fmt: skip
def days_in_onboarding() -> pl.Expr:
    """Days from the account's beginning until half of its milestones were reached; the days so far where not yet.

    Unknown where the account began before telemetry did.
    """
    return pl.col("waited").filter("is_milestone").quantile(0.5, interpolation="lower")


@signal(unit="count", family="onboarding", source="lifetime", label="Features ever used", direction=1,
        driver="shallow_breadth")  # fmt: skip
def features_ever() -> pl.Expr:
    """Different features ever used."""
    return pl.col("features").fill_null(0)
