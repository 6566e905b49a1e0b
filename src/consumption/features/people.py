"""People: who carries the use, who came, who went."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import signal, weeks

_IS_ACTIVE = pl.col("active_days") > 0
_WAS_ACTIVE = pl.col("active_days_before") > 0
_SPONSORS = ("sponsor", "champion")


@signal(unit="users", family="people", window=weeks(4), source="users", label="New users", silence=0, direction=1,
        driver="low_adoption")  # fmt: skip
def new_users() -> pl.Expr:
    """Active users who had never been seen before the window."""
    return (_IS_ACTIVE & pl.col("is_new")).sum()


@signal(unit="users", family="people", window=weeks(4), source="users", label="Power users", silence=0, direction=1,
        driver="low_adoption")  # fmt: skip
def power_users() -> pl.Expr:
    """Users with 20 or more active days in the window."""
    return (pl.col("active_days") >= 20).sum()


@signal(unit="users", family="people", window=weeks(4), source="users", label="Users lost", silence=0, direction=-1,
        driver="low_adoption")  # fmt: skip
def lost_users() -> pl.Expr:
    """Users active in the window before who were not active in this one."""
    return (_WAS_ACTIVE & ~_IS_ACTIVE).sum()


@signal(unit="users", family="people", window=weeks(4), source="users", label="Users who came back", silence=0,
        direction=1, driver="low_adoption")  # fmt: skip
def returned_users() -> pl.Expr:
    """Active users, seen long ago, who had not been active in the window before."""
    return (_IS_ACTIVE & ~_WAS_ACTIVE & ~pl.col("is_new")).sum()


@signal(unit="share", family="people", window=weeks(4), source="users", label="Use carried by the busiest user",
        direction=-1, driver="silent_champion")  # fmt: skip
def busiest_user_share() -> pl.Expr:
    """Events of the busiest user, of all named users; near 1 means one person carries the account."""
    return pl.col("events").max() / pl.col("events").sum()


@signal(unit="days", family="people", source="everyone", label="Days since the busiest user was seen", direction=-1,
        driver="silent_champion")  # fmt: skip
def busiest_user_silent_days() -> pl.Expr:
    """Whole days since the user with most events ever was last seen; of several, the one seen last."""
    return pl.col("last_days_ago").filter(pl.col("events") == pl.col("events").max()).min() - 1


@signal(unit="days", family="people", source="contacts", label="Days since a champion was seen", direction=-1,
        driver="silent_champion")  # fmt: skip
def champion_silent_days() -> pl.Expr:
    """Whole days since any champion or sponsor still there was seen as a user; unknown where none ever was."""
    return pl.col("last_days_ago").filter(pl.col("role").is_in(_SPONSORS) & ~pl.col("has_left")).min() - 1


@signal(unit="count", family="people", source="contacts", label="Champions gone", silence=0, direction=-1,
        driver="silent_champion")  # fmt: skip
def champions_gone() -> pl.Expr:
    """Champions and sponsors who left in the last 26 weeks."""
    recently = pl.col("has_left") & (pl.col("left_days_ago") <= weeks(26))
    return (pl.col("role").is_in(_SPONSORS) & recently).sum()


@signal(unit="count", family="people", source="contacts", label="Kinds of people engaged", silence=0, direction=1,
        driver="silent_champion")  # fmt: skip
def roles_engaged() -> pl.Expr:
    """Different roles among contacts seen as users in the last 28 days."""
    return pl.col("role").filter(pl.col("last_days_ago") <= weeks(4)).drop_nulls().n_unique()


@signal(unit="count", family="people", window=weeks(12), source="contacts", label="People invited in 12 weeks",
        direction=1, driver="low_adoption")  # fmt: skip
def invitations() -> pl.Expr:
    """Contacts invited in the window; unknown where no contact says when it was invited."""
    invited = pl.col("invited_days_ago")
    return pl.when(invited.is_not_null().any()).then(invited.is_between(1, weeks(12)).sum())


@signal(unit="share", family="people", window=weeks(4), source="users", label="Users stuck before value",
        direction=-1, driver="low_adoption")  # fmt: skip
def stuck_user_share() -> pl.Expr:
    """Active users who never reached a value event, of all active users."""
    return (_IS_ACTIVE & pl.col("first_value_days_ago").is_null()).sum() / _IS_ACTIVE.sum()
