"""Spread: growth beyond what was bought, and into parts of the customer that did not use it before."""

from __future__ import annotations

import polars as pl

from consumption.features.entitlement import seats_bought
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_QUARTER = weeks(12)
_IS_NEW = pl.col("first_days_ago") <= _QUARTER
# Of an account that is itself new, every part is.
_WAS_THERE = pl.col("begun_days_ago") > _QUARTER


def _beyond(users: pl.Expr, seats: pl.Expr) -> pl.Expr:
    return (users - seats).clip(lower_bound=0)


def _new(wanted: pl.Expr) -> pl.Expr:
    return pl.when((wanted & _WAS_THERE).any()).then((wanted & _IS_NEW).sum())


@signal(unit="users", family="growth", of=(active_users, active_users.earlier(), seats_bought), window=weeks(4),
        label="More users beyond seats than 4 weeks before", driver="over_use")  # fmt: skip
def users_beyond_seats_growth(now: pl.Expr, before: pl.Expr, seats: pl.Expr) -> pl.Expr:
    """Active users above the seats now bought, less the same of the window before."""
    return _beyond(now, seats) - _beyond(before, seats)


@signal(unit="count", family="growth", source="groups", label="New teams in 12 weeks", window=_QUARTER,
        driver="over_use")  # fmt: skip
def new_teams() -> pl.Expr:
    """Teams whose first user came in the window, where others came before; unknown where contacts name no team.

    A team is what contacts give as their attribute team, else department.
    """
    return _new(~pl.col("is_place"))


@signal(unit="count", family="growth", source="groups", label="New regions or sites in 12 weeks", window=_QUARTER,
        driver="over_use")  # fmt: skip
def new_places() -> pl.Expr:
    """Places whose first user or machine was seen in the window, where others were before; unknown without names.

    A place is what contacts give as their attribute region, else site, and machines as their site.
    """
    return _new(pl.col("is_place"))
