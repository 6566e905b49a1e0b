"""Rows of telemetry that use up what contracts entitle to, read through their units' meters.

Contracts come as a frame with row (their number), account_id, product, unit, since and until. An event that names a
product counts for the account's contracts of that product, one that names none for all contracts of the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from consumption.features.exact import micro
from consumption.features.known import Known
from consumption.features.rules import Meter

# A level of users or machines is who was active in the last four weeks; a rate of use is taken over the same time.
RECENT_DAYS = 28
# What fewer days tell is no rate of use: weekdays would not cancel.
LEAST_DAYS = 7
# A gauge that has been silent for so much longer than the others of its contract is there no more.
STALE_DAYS = 84

# Whoever read a meter only reports it, and is no part of what it measures.
_SERIES = ("account_id", "asset_id", "product", "event")
_COUNTED = {"distinct_users": "user_id", "distinct_assets": "asset_id"}


def flows(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """A row a contract and day in `[since, until)` on which it was used: the contract's columns, day, quantity.

    Of contracts in units that are summed up; quantity is in millionths.
    """
    parts = [
        _claimed(_by_day(known, meter, mine), mine) for meter, mine in _by_meter(known, contracts) if not meter.level
    ]
    nothing = contracts.lazy().clear().with_columns(day=pl.lit(None, pl.Date), quantity=pl.lit(None, pl.Int64))
    inside = pl.col("day").is_between(pl.col("since"), pl.col("until"), closed="left")
    names = nothing.collect_schema().names()
    return pl.concat([nothing, *(part.filter(inside).select(names) for part in parts)]).collect()


def levels(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """A row a contract with any: row, and in millionths used, the level on its day `until`.

    Of contracts in units that are a level: users or machines of the four weeks before, or the last readings.
    """
    parts = [
        (_gauges if meter.how == "last" else _distinct)(known, meter, mine)
        for meter, mine in _by_meter(known, contracts)
        if meter.level
    ]
    nothing = contracts.lazy().clear().select("row", pl.lit(None, pl.Int64).alias("used"))
    return pl.concat([nothing, *parts]).collect()


def machines(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """A row a contract with any: row, machines (how many used up its unit in the four weeks before `until`)."""
    parts = [_distinct(known, Meter(m.events, "distinct_assets"), c) for m, c in _by_meter(known, contracts)]
    nothing = contracts.lazy().clear().select("row", pl.lit(None, pl.Int64).alias("used"))
    return pl.concat([nothing, *parts]).select("row", pl.col("used").alias("machines")).collect()


def first_told(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """A row a contract with any: row, told, the first day in `[since, until)` that telemetry of its unit tells of.

    Of gauges and counters that told in these days the readings before count too: what one shows began with them.
    """
    parts = [_told(known, meter, mine) for meter, mine in _by_meter(known, contracts)]
    nothing = contracts.lazy().clear().select("row", "since", day=pl.lit(None, pl.Date))
    lately = (pl.col("day") >= pl.col("since")).any()
    first = pl.when(lately).then(pl.col("day").min()).alias("told")
    return pl.concat([nothing, *parts]).group_by("row").agg(first).drop_nulls("told").collect()


def _told(known: Known, meter: Meter, contracts: pl.DataFrame) -> pl.LazyFrame:
    """A row a contract and day with telemetry, of readings from the first one on: row, since, day."""
    before = pl.col("day") < pl.col("until")
    terms = contracts.select("row", "account_id", "product", "since", "until")
    if meter.how in {"counter", "last"}:
        mine = _read(known, meter, contracts.lazy().select("account_id").unique())
        return _claimed(_days_of(mine), terms).filter(before).select("row", "since", "day")
    days = _days_back(known, contracts["since"].min())
    rows = of_events(known.days(days), meter) if meter.events or meter.level else known.daily(days)
    who = _COUNTED.get(meter.how)
    counted = rows.filter(pl.col(who).is_not_null()) if who else rows
    found = _claimed(_days_of(counted), terms)
    return found.filter(before & (pl.col("day") >= pl.col("since"))).select("row", "since", "day")


def _days_of(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select("account_id", "product", "day").unique()


def recent_rate() -> pl.Expr:
    """Use a day, of the last four weeks; null where fewer than seven days tell it."""
    return pl.when(pl.col("recent_days") >= LEAST_DAYS).then(pl.col("recent") / pl.col("recent_days"))


def rises(known: Known, meter: Meter, since: pl.LazyFrame) -> pl.LazyFrame:
    """A row a reading of a counter, quantity being how far it rose since the one before; the first rose by nothing.

    Where it fell it was reset, and shows what came since. At one moment only the highest reading counts. `since` has
    account_id and since: which accounts are asked for, and from which day on.
    """
    read = _read(known, meter, since)
    asked = pl.col("day") >= pl.col("since")
    # Of the readings before, which come in order of time, only the last of each counter matters.
    stood = read.filter(~asked).unique(_SERIES, keep="last")
    rows = pl.concat([stood, read.filter(asked)])
    ordered = rows.sort(*(pl.col(name).to_physical() for name in _SERIES), "timestamp", "quantity")
    highest = ordered.filter(~_as_next(*_SERIES, "timestamp", by=-1))
    before = pl.when(_as_next(*_SERIES, by=1)).then(pl.col("quantity").shift(1))
    now = pl.col("quantity")
    rise = pl.when(before.is_null()).then(0).when(now >= before).then(now - before).otherwise(now)
    return highest.with_columns(rise.alias("quantity")).filter(asked)


def _read(known: Known, meter: Meter, accounts: pl.LazyFrame) -> pl.LazyFrame:
    """Readings of these accounts in order of time, with the columns of both.

    One that names no product is of the product that its machine (or without one its account) named last for that
    event, or else first.
    """
    rows = of_events(known.readings, meter).join(accounts, on="account_id")
    # In an order of their own, so that no other decides which of two products at one moment is the last.
    ordered = rows.sort("timestamp", "quantity", pl.col("product").cast(pl.String))
    named = pl.col("product").forward_fill().backward_fill()
    return ordered.with_columns(named.over("account_id", "asset_id", "event"))


def share_of_use() -> pl.Expr:
    """Share of the use that several contracts of one product and unit could claim: by what each bought; else null."""
    whole = pl.col("bought").sum().over("account_id", "product", "unit")
    several = (pl.len().over("account_id", "product", "unit") > 1) & (whole > 0)
    return pl.when(several).then(pl.col("bought") / whole)


def of_this_contract(name: str) -> pl.Expr:
    """A sum of use, or this contract's share of it."""
    mine = (pl.col(name) * pl.col("share")).round().cast(pl.Int64, strict=False)
    return pl.when(pl.col("share").is_null()).then(name).otherwise(mine).alias(name)


def of_events(rows: pl.LazyFrame, meter: Meter) -> pl.LazyFrame:
    """Of rows with an event, those that a meter reads."""
    if not meter.events:
        return rows
    names = pl.Series(meter.events, dtype=pl.String).cast(rows.collect_schema()["event"])
    return rows.filter(pl.col("event").is_in(names.implode()))


def _by_meter(known: Known, contracts: pl.DataFrame) -> Iterator[tuple[Meter, pl.DataFrame]]:
    units: dict[Meter, list[str | None]] = {}
    for unit in contracts["unit"].unique().sort().to_list():
        units.setdefault(known.rules.meter(unit), []).append(unit)
    for meter, names in units.items():
        listed = pl.Series(names, dtype=pl.String).implode()
        yield meter, contracts.filter(pl.col("unit").is_in(listed, nulls_equal=True))


def _claimed(rows: pl.LazyFrame, contracts: pl.DataFrame) -> pl.LazyFrame:
    """Each row for every contract that it counts for, with the columns of both."""
    terms = contracts.lazy()
    product = pl.col("product")
    named = rows.filter(product.is_not_null()).join(terms, on=["account_id", "product"])
    other = rows.filter(product.is_null()).drop("product").join(terms, on="account_id")
    return pl.concat([named.select(other.collect_schema().names()), other])


def _by_day(known: Known, meter: Meter, contracts: pl.DataFrame) -> pl.LazyFrame:
    """account_id, product, day, quantity, of the accounts that have one of these contracts."""
    begun = contracts.lazy().group_by("account_id").agg(pl.col("since").min())
    if meter.how == "counter":
        mine = rises(known, meter, begun)
    else:
        days = _days_back(known, contracts["since"].min())
        rows = of_events(known.days(days), meter) if meter.events else known.daily(days)
        mine = rows.join(begun, on="account_id").filter(pl.col("day") >= pl.col("since"))
    return mine.group_by("account_id", "product", "day").agg(pl.col("quantity").sum())


def _distinct(known: Known, meter: Meter, contracts: pl.DataFrame) -> pl.LazyFrame:
    """How many different users or machines there were in the four weeks before `until`."""
    who = _COUNTED[meter.how]
    ends = contracts["until"]
    first, last = ends.min(), ends.max()
    window = timedelta(days=RECENT_DAYS)
    rows = of_events(known.days(_days_back(known, first) + RECENT_DAYS), meter).filter(pl.col(who).is_not_null())
    one_window = first == last
    days = [] if one_window else ["day"]
    seen = rows.select("account_id", "product", who, *days).unique()
    claimed = _claimed(seen, contracts.select("row", "account_id", "product", "until"))
    if not one_window:
        recent = pl.col("day").is_between(pl.col("until") - window, pl.col("until"), closed="left")
        claimed = claimed.filter(recent)
    return claimed.group_by("row").agg(micro(pl.col(who).n_unique()).alias("used"))


def _gauges(known: Known, meter: Meter, contracts: pl.DataFrame) -> pl.LazyFrame:
    """The latest readings before `until`, added up."""
    read = _read(known, meter, contracts.lazy().select("account_id").unique())
    of_product = pl.col("product").alias("of_product")
    claimed = _claimed(read.with_columns(of_product), contracts.select("row", "account_id", "product", "until"))
    past = claimed.filter(pl.col("day") < pl.col("until"))
    series = ["row", "asset_id", "of_product", "event"]
    # The latest, and of several at one moment the highest.
    latest = past.sort("timestamp", "quantity").unique(series, keep="last")
    fresh = pl.col("timestamp") > pl.col("timestamp").max().over("row") - timedelta(days=STALE_DAYS)
    return latest.filter(fresh).group_by("row").agg(pl.col("quantity").sum().alias("used"))


def _as_next(*names: str, by: int) -> pl.Expr:
    """Whether a row agrees with its neighbour in these columns."""
    same = [pl.col(name).eq_missing(pl.col(name).shift(by)) for name in names]
    inside = pl.int_range(pl.len()).is_between(max(by, 0), pl.len() + min(by, 0), closed="left")
    return inside & pl.all_horizontal(same)


def _days_back(known: Known, first: object) -> int:
    return max((known.day - first).days, 0) if isinstance(first, date) else 0
