"""What a person sees of an account at a glance, as JSON: its weeks, contracts, people and latest contacts."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.in_force import in_force
from consumption.features.kept_tiles import KeptTiles
from consumption.features.known import Known
from consumption.features.known_at import known_at
from consumption.features.meters import entitlements
from consumption.features.rules import NO_RULES, UsageRules
from consumption.lake.history import History

WEEKS = 26
LATEST = 10
STAYS_OPEN = ("ticket", "invoice")
BUSIEST = 5
_RECENT_DAYS = 28

_ACCOUNT = "account_id"


def briefs(
    history: History, as_of: datetime, rules: UsageRules = NO_RULES, kept: KeptTiles | None = None
) -> pl.DataFrame:
    """One row an account known before `as_of`: account_id, brief, a JSON object; empty fields are left out.

    `weekly`: the 26 weeks that end at `as_of`, oldest first: week (its first day), active_users, events and
    value_events. `entitlements`: contracts in force: contract_id, product, unit, kind, used, bought, projected,
    starts_on, ends_on; `used` is a level as of now, or a sum over the period. `contracts`: all that are known, newest
    first. `interactions`: the last ten, and all that are still open, newest first. `people`: the five users with most
    active days in 28 days, with name and role where `contacts` know them. `kept` tiles stand in for events, as for
    signals.
    """
    known = known_at(history, as_of, rules, kept, days=7 * WEEKS)
    parts = {
        "weekly": _weekly(known),
        "entitlements": _entitlements(known),
        "contracts": _contracts(known),
        "interactions": _interactions(known),
        "people": _people(known),
    }
    accounts = known.accounts.select(_ACCOUNT)
    for name, rows in parts.items():
        accounts = accounts.join(_listed(rows, name), on=_ACCOUNT, how="left", maintain_order="left")
    fields = [pl.format(f'"{name}":[{{}}]', pl.col(name).fill_null("")) for name in parts]
    brief = pl.concat_str(pl.lit("{"), pl.concat_str(fields, separator=","), pl.lit("}"))
    return accounts.select(pl.col(_ACCOUNT).cast(pl.String), brief.alias("brief"))


def _listed(rows: pl.LazyFrame, name: str) -> pl.DataFrame:
    """One row an account: its rows as JSON objects in their order, separated by commas."""
    fields = [column for column in rows.collect_schema().names() if column != _ACCOUNT]
    text = pl.struct(fields).struct.json_encode()
    # Empty fields are left out: first those after another, then one in front.
    short = text.str.replace_all(r',"\w+":null', "").str.replace(r'^\{"\w+":null,?', "{")
    objects = rows.select(_ACCOUNT, short.alias(name))
    return objects.group_by(_ACCOUNT, maintain_order=True).agg(pl.col(name).str.join(",")).collect()


def _weekly(known: Known) -> pl.LazyFrame:
    week = ((known.ago(pl.col("day")) - 1) // 7).alias("_ago")
    rows = known.days(7 * WEEKS).with_columns(week)
    users = rows.group_by(_ACCOUNT, "_ago").agg(pl.col("user_id").drop_nulls().n_unique().alias("active_users"))
    sums = known.daily(7 * WEEKS).group_by(_ACCOUNT, week).agg(pl.col("events", "value_events").sum())
    grid = known.accounts.lazy().select(_ACCOUNT).join(
        pl.LazyFrame({"_ago": range(WEEKS - 1, -1, -1)}, schema={"_ago": pl.Int64}), how="cross"
    )  # fmt: skip
    return (
        grid.join(users, on=[_ACCOUNT, "_ago"], how="left")
        .join(sums, on=[_ACCOUNT, "_ago"], how="left")
        .sort(_ACCOUNT, "_ago", descending=[False, True])
        .select(
            _ACCOUNT,
            (pl.lit(known.day) - pl.duration(days=7 * (pl.col("_ago") + 1))).alias("week"),
            pl.col("active_users", "events", "value_events").fill_null(0),
        )
    )


def _entitlements(known: Known) -> pl.LazyFrame:
    units = [from_micro(pl.col(name)).round(2).alias(name) for name in ("used", "bought", "projected")]
    rows = entitlements(known).lazy().sort("contract_id", "starts_on")
    return rows.select(_ACCOUNT, "contract_id", "product", "unit", "kind", *units, "starts_on", "ends_on")


def _contracts(known: Known) -> pl.LazyFrame:
    columns = (
        "contract_id", "product", "kind", "unit", "quantity", "arr", "currency", "starts_on", "ends_on", "ended_on",
        "auto_renews", "notice_days", "notice_given_on",
    )  # fmt: skip
    rows = known.contracts.lazy().sort("starts_on", "contract_id", descending=[True, False])
    return rows.select(_ACCOUNT, *columns, in_force(known.day).alias("in_force"))


def _interactions(known: Known) -> pl.LazyFrame:
    columns = ("timestamp", "channel", "topic", "severity", "measure", "score", "amount", "closed_at", "text")
    place = pl.int_range(pl.len()).over(_ACCOUNT)
    # An old ticket that is still open, or a bill unpaid for months, matters more than the last newsletter.
    still_open = pl.col("channel").is_in(STAYS_OPEN) & pl.col("closed_at").is_null()
    latest = known.interactions.lazy().reverse().filter((place < LATEST) | still_open)
    times = [pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%SZ") for name in ("timestamp", "closed_at")]
    return latest.select(_ACCOUNT, *columns).with_columns(times)


def _people(known: Known) -> pl.LazyFrame:
    active = known.days(_RECENT_DAYS).filter(pl.col("user_id").is_not_null()).group_by(_ACCOUNT, "user_id").agg(
        pl.col("day").n_unique().alias("active_days_28d"),
        pl.col("day").max().alias("last_seen"),
        pl.col("events").sum(),
    )  # fmt: skip
    text = active.with_columns(pl.col("user_id").cast(pl.String))
    ordered = text.sort("active_days_28d", "events", "user_id", descending=[True, True, False])
    busiest = ordered.group_by(_ACCOUNT, maintain_order=True).head(BUSIEST)
    named = known.contacts.lazy().select(_ACCOUNT, pl.col("user_id").cast(pl.String), "name", "role")
    named = named.drop_nulls("user_id").unique([_ACCOUNT, "user_id"], keep="last", maintain_order=True)
    return busiest.join(named, on=[_ACCOUNT, "user_id"], how="left", maintain_order="left").select(
        _ACCOUNT, "user_id", "name", "role", "active_days_28d", "last_seen"
    )
