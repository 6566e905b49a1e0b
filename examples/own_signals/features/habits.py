"""Signals of our own, about habits: put a file like this into the workspace's `features/` folder."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import over
from consumption.features.frequency import active_days
from consumption.features.signal import signal, weeks


# The simplest kind: rows of one frame, summed up for each account. The column is heavy_users_28d.
@signal(unit="users", family="people", source="users", window=weeks(4), silence=0, direction=1, label="Heavy users")
def heavy_users() -> pl.Expr:
    """Users with ten events or more."""
    return (pl.col("events") >= 10).sum()


# Of some rows only: events by their name. `tiles` has a row a user, asset, product, event and day.
@signal(unit="days", family="frequency", window=weeks(4), silence=0, direction=1, label="Days with a report shared")
def sharing_days() -> pl.Expr:
    """Days on which anyone shared a report."""
    return pl.col("day").filter(pl.col("event").cast(pl.String) == "report_shared").n_unique()


# A signal made of signals takes one expression for each; dividing by a number is written `over(value, number)`.
@signal(
    unit="share", family="frequency", of=(sharing_days, active_days), direction=1, label="Share of days shared on"
)
def share_of_sharing_days(sharing: pl.Expr, active: pl.Expr) -> pl.Expr:
    """Days with a report shared, of all days in use; unknown without use."""
    return pl.when(active > 0).then(sharing / active)


# The same over another window, beside the first.
heavy_users_84d = heavy_users.over(weeks(12), label="Heavy users in a quarter")


# Facts of the account: one row each. Attributes are the columns of its file that the contract does not name.
@signal(unit="ratio", family="attributes", source="account", label="Spend for each employee")
def spend_per_employee() -> pl.Expr:
    """Yearly spend of this kind, in thousands for each employee; unknown where either is."""
    employees = pl.col("attributes").str.json_path_match("$.employees").cast(pl.Float64, strict=False)
    return pl.when(employees > 0).then(over(pl.col("yearly_spend"), 1000) / employees)
