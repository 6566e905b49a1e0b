"""Rows without the people in them: what goes, what their times become, and up to when that was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.lake.delta_table import DeltaPlace
from consumption.lake.history import VERSION_ORDER
from consumption.lake.spool import Spool
from consumption.tables import ATTRIBUTES, BUCKET, LAKE, LINE, RECEIVED_AT, TIMESTAMP, Table

# What tells a person from others, and what anybody may have written down about one.
PERSONAL = {"events": ("user_id", ATTRIBUTES), "interactions": ("user_id", "text", ATTRIBUTES)}

_STATE = pl.Schema({"before": TIMESTAMP, "done": pl.Boolean()})
_DAY, _KNOWN, _KEPT, _AGED = "_day", "_known", "_kept", "_aged"
_ONE = ("account_id", "timestamp")


@dataclass(frozen=True)
class Limit:
    """Rows that happened before `before` tell nobody's name, or will not once it is `done`; None: all may."""

    before: datetime | None = None
    done: bool = True

    def aged(self, table: str) -> pl.Expr:
        """Whether a row of this table happened before the limit."""
        if self.before is None or table not in PERSONAL:
            return pl.lit(value=False)
        return pl.col(LAKE[table].happened or "timestamp") < pl.lit(self.before, dtype=TIMESTAMP)

    def unnamed(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows, those before the limit without their person."""
        if self.before is None or table not in PERSONAL:
            return rows
        aged = self.aged(table)
        return rows.with_columns(pl.when(~aged).then(pl.col(name)).alias(name) for name in PERSONAL[table])

    def as_kept(self, table: Table, new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
        """New versions to be compared with old ones, of whose time only the day is left, without mere repeats.

        What is sent again with the time that it once had is no correction.
        """
        if self.before is None or table.name != "events":
            return new
        aged, key = self.aged(table.name), list(table.key)
        fields = [*(n for n in (*table.schema, ATTRIBUTES) if n not in {"timestamp", RECEIVED_AT}), _DAY, _KNOWN]
        days = [pl.col("timestamp").dt.date().alias(_DAY), pl.col(RECEIVED_AT).dt.date().alias(_KNOWN)]
        kept = old.filter(aged, pl.col(LINE) >= 0).sort(VERSION_ORDER).with_columns(days)
        dated = new.with_columns(days)
        repeats = dated.filter(aged).join(kept, on=fields, how="semi", nulls_equal=True)
        rest = dated.join(repeats, on=[*key, LINE], how="anti")
        latest = kept.unique([*key, _DAY], keep="last", maintain_order=True)
        told = rest.join(latest.select(*key, _DAY, pl.col("timestamp").alias(_KEPT)), on=[*key, _DAY], how="left")
        time = pl.when(aged).then(pl.coalesce(_KEPT, "timestamp")).otherwise("timestamp")
        return told.with_columns(time.alias("timestamp")).select(new.columns)

    def by_day(self, table: Table, rows: pl.LazyFrame, spare: Spool) -> pl.LazyFrame:
        """New rows, those of events before the limit with their day and their order in it as their time."""
        if self.before is None or table.name != "events":
            return rows
        aged = self.aged(table.name)
        # Where the lake knows a row already, its time is of this kind.
        exact = aged & (pl.col("timestamp") - pl.col("timestamp").dt.truncate("1d") >= pl.duration(seconds=1))
        for bucket in rows.filter(exact).select(BUCKET).unique().collect()[BUCKET].sort():
            spare.add(days_only(rows.filter(exact, pl.col(BUCKET) == bucket), pl.lit(value=True)).collect())
        return pl.concat([rows.filter(~exact), spare.frame()]) if spare.rows else rows


def days_only(events: pl.LazyFrame, aged: pl.Expr) -> pl.LazyFrame:
    """Events, those that are `aged` at their day's midnight, and one microsecond later for each that came before.

    So their order stays, which meters read, and no more of their time. The day that a row was received on is told
    in the same way if it is the day it happened: it stays known at the same midnights. An account at a time.
    """
    marked = events.with_columns(aged.alias(_AGED))
    day, received = pl.col("timestamp").dt.truncate("1d"), pl.col(RECEIVED_AT).dt.truncate("1d")
    at_once = pl.col(_AGED) & (received == day)
    moments = pl.concat([
        marked.filter(_AGED).select(*_ONE),
        marked.filter(at_once).select("account_id", pl.col(RECEIVED_AT).alias("timestamp")),
    ]).unique()  # fmt: skip
    place = pl.col("timestamp").rank("dense").over("account_id", day) - 1
    placed = moments.with_columns((day + pl.duration(microseconds=place)).alias(_KEPT))
    for name in ("timestamp", RECEIVED_AT):
        known = placed.rename({"timestamp": _DAY, _KEPT: f"{_KEPT}{name}"})
        marked = marked.join(known, left_on=["account_id", name], right_on=["account_id", _DAY], how="left")
    times = {"timestamp": pl.col(_AGED), RECEIVED_AT: at_once}
    kept = {name: pl.coalesce(f"{_KEPT}{name}", name) for name in times}
    told = [pl.when(when).then(kept[name]).otherwise(name).alias(name) for name, when in times.items()]
    return marked.with_columns(told).select(events.collect_schema().names())


def read_limit(place: DeltaPlace) -> Limit:
    """The limit that was reached, or is being reached."""
    kept = place.scan(_STATE).collect()
    return Limit(kept["before"][0], kept["done"][0]) if kept.height else Limit()


def write_limit(place: DeltaPlace, limit: Limit) -> None:
    """Note it in place of any other."""
    row = {"before": [limit.before], "done": [limit.done]}
    place.rewrite(pl.DataFrame(row, schema=_STATE).lazy())
