"""Frames of users by how far they came: weeks with value, the wait for the first value, the team they are in."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from consumption.features.known import Known
from consumption.features.span_frames import began_untold
from consumption.features.usage_frames import user_days

# Attributes of a contact that say which part of the customer they belong to; a machine's own is its site.
TEAMS = ("team", "department")
PLACES = ("region", "site")
# Whoever was there before telemetry began has been seen by then, or comes so rarely that they are new to it.
_SETTLING_DAYS = 28


def value_users(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user with a value event in the window; value_weeks counts its weeks that had one."""
    week = ((known.ago(pl.col("day")) - 1 - offset) // 7).alias("week")
    rows = user_days(known, window, offset).filter(pl.col("value_events") > 0)
    weeks = rows.select("account_id", "user_id", week).unique()
    return weeks.group_by("account_id", "user_id").agg(pl.len().cast(pl.Int64).alias("value_weeks"))


def waits(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a length of wait (days) from first seen to first value, shortest first, and the longest in any case.

    `waiting` counts users who waited at least so long, `reached_value` those of them who then got there; who has
    reached no value waits until the moment. Users who may have come before telemetry began are left out.
    """
    until = pl.coalesce("first_value_day", pl.lit(known.day))
    wait = (until - pl.col("first_day")).dt.total_days()
    # One number sorts and groups faster than two columns.
    key = pl.col("account_id").to_physical().cast(pl.Int64) * 1_000_000 + wait
    users = _seen_to_come(known).select("account_id", wait.alias("wait"), key.alias("key"), "first_value_day")
    lengths = users.sort("key").group_by("key", maintain_order=True).agg(
        pl.col("account_id", "wait").first(),
        pl.len().cast(pl.Int64).alias("users"),
        pl.col("first_value_day").count().cast(pl.Int64).alias("reached_value"),
    )  # fmt: skip
    last = pl.col("account_id").ne_missing(pl.col("account_id").shift(-1))
    so_far = pl.col("users").cum_sum()
    waiting = pl.when(last).then(so_far).backward_fill() - so_far + pl.col("users")
    rows = lengths.with_columns(waiting.alias("waiting"), last.alias("is_last"))
    return rows.filter((pl.col("reached_value") > 0) | pl.col("is_last")).drop("key", "users", "is_last")


def _seen_to_come(known: Known) -> pl.LazyFrame:
    """All users, but of accounts older than telemetry only those first seen when four weeks of it had passed."""
    users, since = known.lifetime.users.lazy(), known.rules.telemetry_since
    if since is None:
        return users
    older = known.accounts.filter(began_untold(known))["account_id"]
    at_once = pl.col("first_day") < since + timedelta(days=_SETTLING_DAYS)
    return users.filter(~(at_once & pl.col("account_id").is_in(older.implode())))


def groups(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a team or place of an account's people and machines that was ever seen in use."""
    people = _told(known.contacts).join(
        known.lifetime.users.lazy().select("account_id", "user_id", "first_day"), on=["account_id", "user_id"]
    )  # fmt: skip
    machines = known.assets.lazy().join(
        known.lifetime.assets.lazy().select("account_id", "asset_id", "first_day"), on=["account_id", "asset_id"]
    )
    seen = pl.concat([
        _of(people, "team", is_place=False),
        _of(people, "place", is_place=True),
        _of(machines, "site", is_place=True),
    ])  # fmt: skip
    ever = known.lifetime.accounts.lazy().select("account_id", pl.col("first_day").alias("begun"))
    first = seen.group_by("account_id", "is_place", "group").agg(pl.col("first_day").min())
    return first.join(ever, on="account_id", how="left").select(
        "account_id",
        "group",
        "is_place",
        known.ago(pl.col("first_day")).alias("first_days_ago"),
        known.ago(pl.col("begun")).alias("begun_days_ago"),
    )


def _told(contacts: pl.DataFrame) -> pl.LazyFrame:
    """A row a contact with attributes: account_id, user_id, team, place."""
    people = contacts.lazy().select("account_id", "user_id", "attributes").drop_nulls()
    # Many people have the same attributes, and reading JSON takes long.
    texts = people.select("attributes").unique().with_columns(
        _attribute(TEAMS).alias("team"), _attribute(PLACES).alias("place")
    )  # fmt: skip
    return people.join(texts, on="attributes")


def _attribute(names: tuple[str, ...]) -> pl.Expr:
    """The first of these attributes that is given."""
    return pl.coalesce(pl.col("attributes").str.json_path_match(f"$.{name}") for name in names)


def _of(rows: pl.LazyFrame, column: str, *, is_place: bool) -> pl.LazyFrame:
    named = rows.select("account_id", pl.col(column).alias("group"), "first_day", pl.lit(is_place).alias("is_place"))
    return named.drop_nulls("group")
