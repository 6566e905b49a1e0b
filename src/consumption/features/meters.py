"""What contracts in force have used of what was bought, through meters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from consumption.features.exact import micro
from consumption.features.in_force import decision_on, in_force
from consumption.features.known import Known
from consumption.features.rules import Meter

# Seats are held against who was active in the last four weeks; a rate of use is taken over the same time.
RECENT_DAYS = 28

_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_ROW = ["account_id", "contract_id", "starts_on"]


def entitlements(known: Known) -> pl.DataFrame:
    """One row a contract in force, with what was used of it.

    Beside the contract's own columns: level (a level as of now, not a sum over the period), period_start and
    period_end, elapsed (share of the period), decision_on, and in millionths: bought, used, recent (used in the last
    28 days of the period; recent_days says how many those are), projected (use at the end of the period at the recent
    rate), yearly (ARR).
    """
    contracts = _with_period(known)
    units = contracts["unit"].unique().sort().to_list()
    used = [_used(known, contracts.filter(pl.col("unit").eq_missing(pl.lit(unit))), unit) for unit in units]
    sums = pl.concat(used) if used else contracts.select(*_ROW).clear()
    measured = contracts.join(sums, on=_ROW, how="left") if used else _unused(contracts)
    counted = measured.with_columns(pl.col("used", "recent").fill_null(0), _recent_days(known).alias("recent_days"))
    return counted.with_columns(_of_this_contract("used"), _of_this_contract("recent")).with_columns(
        _projected(known)
    )


def _of_this_contract(name: str) -> pl.Expr:
    """Use that several contracts of one product and unit could claim, shared out by what each bought."""
    whole = pl.col("bought").sum().over("account_id", "product", "unit")
    several = (pl.len().over("account_id", "product", "unit") > 1) & (whole > 0)
    mine = (pl.col(name) * (pl.col("bought") / whole)).round().cast(pl.Int64, strict=False)
    return pl.when(several).then(mine).otherwise(name).alias(name)


def _recent_days(known: Known) -> pl.Expr:
    """Days that `recent` covers: 28, or fewer where the period is younger."""
    return pl.min_horizontal((pl.lit(known.day) - pl.col("period_start")).dt.total_days(), RECENT_DAYS)


def _unused(contracts: pl.DataFrame) -> pl.DataFrame:
    return contracts.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in ("used", "recent"))


def _with_period(known: Known) -> pl.DataFrame:
    """Contracts in force, and the part of the term that their quantity is for: counted from the term's first day."""
    contracts = known.contracts.filter(in_force(known.day))
    length = pl.col("period").replace_strict(_MONTHS, default=None, return_dtype=pl.Int32)
    since = pl.col("starts_on")
    months = 12 * (pl.lit(known.day).dt.year() - since.dt.year()) + pl.lit(known.day).dt.month() - since.dt.month()
    # The months between two dates are one fewer where the day of the month has not come yet.
    full = months - (since.dt.offset_by(pl.format("{}mo", months)) > known.day).cast(pl.Int32)
    passed = (full // length) * length
    level = [unit for unit in contracts["unit"].unique().to_list() if known.rules.meter(unit).level]
    return contracts.with_columns(
        pl.coalesce(since.dt.offset_by(pl.format("{}mo", passed)), since).alias("period_start"),
        pl.min_horizontal(since.dt.offset_by(pl.format("{}mo", passed + length)), "ends_on").alias("period_end"),
        pl.col("unit").is_in(level, nulls_equal=True).alias("level"),
        decision_on().alias("decision_on"),
        micro(pl.col("quantity")).alias("bought"),
        micro(pl.col("arr")).alias("yearly"),
    ).with_columns(((pl.lit(known.day) - pl.col("period_start")) / _length()).alias("elapsed"))


def _length() -> pl.Expr:
    return pl.col("period_end") - pl.col("period_start")


def _projected(known: Known) -> pl.Expr:
    """Use so far and, for each day that is left, a day's share of the recent use; a level stays as it is."""
    left = (pl.col("period_end") - pl.lit(known.day)).dt.total_days()
    over = pl.col("recent_days")
    more = pl.when(over > 0).then(pl.col("recent") * left / over).otherwise(0.0)
    flow = pl.col("used") + more.round().cast(pl.Int64)
    return pl.when("level").then("used").otherwise(flow).alias("projected")


def _used(known: Known, contracts: pl.DataFrame, unit: str | None) -> pl.DataFrame:
    """One row a contract: used and recent, in millionths."""
    meter = known.rules.meter(unit)
    terms = contracts.select(*_ROW, "period_start", pl.col("product").alias("of_product"))
    rows = _READ[meter.how](known, meter, contracts)
    # An event that names no product counts for every contract of the account.
    own = rows.join(terms.lazy(), on="account_id").filter(
        pl.col("product").is_null() | (pl.col("product") == pl.col("of_product"))
    )
    return own.group_by(_ROW).agg(**_COUNTED[meter.how](known)).collect()


def _recent_rows(known: Known, meter: Meter, _: pl.DataFrame) -> pl.LazyFrame:
    return _of_events(known, known.days(RECENT_DAYS), meter)


def _period_rows(known: Known, meter: Meter, contracts: pl.DataFrame) -> pl.LazyFrame:
    first = contracts["period_start"].min()
    days = (known.day - first).days if isinstance(first, date) else 0
    return _of_events(known, known.days(days), meter) if meter.events else known.daily(days)


def _rises(known: Known, meter: Meter, _: pl.DataFrame) -> pl.LazyFrame:
    """How far each counter rose at each reading; where it fell, it was reset and shows what came since."""
    before = pl.col("quantity").shift(1).over(_SERIES, order_by=["timestamp", "quantity"])
    now = pl.col("quantity")
    rise = pl.when(before.is_null()).then(0).when(now >= before).then(now - before).otherwise(now)
    return _readings(known, meter).with_columns(rise.alias("quantity"))


def _latest(known: Known, meter: Meter, _: pl.DataFrame) -> pl.LazyFrame:
    """The latest reading of each gauge."""
    latest = pl.col("quantity").sort_by("timestamp", "quantity").last()
    return _readings(known, meter).group_by(_SERIES).agg(latest)


def _readings(known: Known, meter: Meter) -> pl.LazyFrame:
    return _of_events(known, known.tiles.readings.lazy().filter(pl.col("seen") < known.day), meter)


def _of_events(known: Known, rows: pl.LazyFrame, meter: Meter) -> pl.LazyFrame:
    names = pl.Series(meter.events, dtype=pl.String).cast(known.tiles.rows.schema["event"])
    return rows.filter(pl.col("event").is_in(names.implode())) if meter.events else rows


def _sum(known: Known) -> dict[str, pl.Expr]:
    in_period = pl.col("day") >= pl.col("period_start")
    late = pl.col("day") >= known.start(RECENT_DAYS)
    quantity = pl.col("quantity")
    return {"used": quantity.filter(in_period).sum(), "recent": quantity.filter(in_period & late).sum()}


def _level(_: Known) -> dict[str, pl.Expr]:
    return {"used": pl.col("quantity").sum(), "recent": pl.col("quantity").sum()}


def _distinct(column: str) -> Callable[[Known], dict[str, pl.Expr]]:
    some = micro(pl.col(column).drop_nulls().n_unique())
    return lambda _: {"used": some, "recent": some}


_SERIES = ["account_id", "asset_id", "user_id", "product", "event"]

_READ: dict[str, Callable[[Known, Meter, pl.DataFrame], pl.LazyFrame]] = {
    "sum": _period_rows,
    "counter": _rises,
    "distinct_users": _recent_rows,
    "distinct_assets": _recent_rows,
    "last": _latest,
}

_COUNTED: dict[str, Callable[[Known], dict[str, pl.Expr]]] = {
    "sum": _sum,
    "counter": _sum,
    "distinct_users": _distinct("user_id"),
    "distinct_assets": _distinct("asset_id"),
    "last": _level,
}
