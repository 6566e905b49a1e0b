"""User-day tiles: events summed by who, what and day, once, for any number of moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from consumption.features.exact import micro
from consumption.features.rules import UsageRules
from consumption.lake.history import History

_KEY = ("account_id", "user_id", "asset_id", "product", "event", "day", "seen")
_DAILY = ("account_id", "product", "day", "seen")

# What every frame of events sums up.
SUMS = ("events", "quantity", "value_events", "value_quantity", "error_events")


@dataclass(frozen=True)
class Tiles:
    """Sums of events a user-day, the same a product-day, and readings of gauges and counters as they are.

    `rows`: account_id (an Enum of `ids`), user_id, asset_id, product, event, day, seen, events, quantity (in
    millionths), is_value, is_error. `daily`: account_id, product, day, seen and the sums (`SUMS`). Both are sorted by
    day. A day begins at the time of day of the moments it is made for, so that their windows cut it nowhere. A row
    counts at a moment if `seen` (the later of the day it happened and the day it was received) is before the day of
    that moment. `readings` has a row an event of a `last` or `counter` meter, with its timestamp.
    """

    ids: pl.Enum
    rows: pl.DataFrame
    daily: pl.DataFrame
    readings: pl.DataFrame

    @staticmethod
    def of(history: History, as_of: datetime, rules: UsageRules) -> Tiles:
        """Tiles of all events received before `as_of`, for that and earlier moments of the same time of day."""
        accounts, events = pl.collect_all(
            [history.accounts.select("account_id").unique(), _columns(history, as_of)],
        )
        ids = pl.Enum(accounts["account_id"].sort())
        coded = _coded(events, ids)
        rows = _summed(coded, rules)
        daily = with_value(rows.lazy()).group_by(_DAILY).agg(pl.col(SUMS).sum()).sort("day")
        return Tiles(ids, rows, daily.collect(engine="streaming"), _readings(coded, rules))


def between(rows: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """Of rows sorted by day, those of days in `[start, end)`."""
    first, last = (int(rows["day"].search_sorted(day)) for day in (start, end))
    return rows.slice(first, max(last - first, 0))


def with_value(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Tile rows with value_events, value_quantity and error_events: 0 for events that are neither."""
    return rows.with_columns(
        pl.when("is_value").then("events").otherwise(0).alias("value_events"),
        pl.when("is_value").then("quantity").otherwise(0).alias("value_quantity"),
        pl.when("is_error").then("events").otherwise(0).alias("error_events"),
    )


def named(events: pl.Series, names: Iterable[str]) -> pl.Series:
    """Whether each event is one of those named."""
    return events.is_in(pl.Series(sorted(names), dtype=pl.String).cast(events.dtype).implode())


def phase(as_of: datetime) -> timedelta:
    """The time of day at which a moment's days begin."""
    moment = as_of.astimezone(UTC)
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def day_of(as_of: datetime) -> date:
    """The first day that a moment does not see."""
    return as_of.astimezone(UTC).date()


def _columns(history: History, as_of: datetime) -> pl.LazyFrame:
    start = phase(as_of)
    return history.events.filter(pl.col("received_at") < as_of).select(
        "account_id",
        "user_id",
        "asset_id",
        "product",
        "event",
        "timestamp",
        (pl.col("timestamp") - start).dt.date().alias("day"),
        (pl.max_horizontal("timestamp", "received_at") - start).dt.date().alias("seen"),
        micro(pl.col("quantity").fill_nan(None).fill_null(1.0)).fill_null(0).alias("quantity"),
    )


def _coded(events: pl.DataFrame, ids: pl.Enum) -> pl.DataFrame:
    """Texts as codes that live only as long as these tiles."""
    words = {name: pl.Categorical(pl.Categories.random()) for name in ("user_id", "asset_id", "product", "event")}
    known = events.lazy().with_columns(pl.col("account_id").cast(ids, strict=False)).drop_nulls("account_id")
    return known.cast(pl.Schema(words)).collect()


def _summed(coded: pl.DataFrame, rules: UsageRules) -> pl.DataFrame:
    sums = [pl.len().cast(pl.Int64).alias("events"), pl.col("quantity").sum()]
    tiles = coded.lazy().group_by(_KEY).agg(sums).sort("day").collect(engine="streaming")
    return tiles.with_columns(
        named(tiles["event"], rules.value_events).alias("is_value"),
        named(tiles["event"], rules.error_events).alias("is_error"),
    )


def _readings(coded: pl.DataFrame, rules: UsageRules) -> pl.DataFrame:
    """Events that mean more in their order than in their sum."""
    metered = [m for m in rules.meters.values() if m.how in {"last", "counter"}]
    everything = any(not m.events for m in metered)
    names = frozenset(name for m in metered for name in m.events)
    wanted = coded if everything else coded.filter(named(coded["event"], names))
    return wanted.sort("timestamp", "quantity")
