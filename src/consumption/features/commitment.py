"""Commitment: the terms of the contracts, and how the commitment is burned."""

from __future__ import annotations

import polars as pl

from consumption.features.entitlement import by_value
from consumption.features.exact import from_micro
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_HALF_YEAR = weeks(26)
_FLOW = ~pl.col("level")
_OVER = (pl.col("projected") - pl.col("bought")).clip(lower_bound=0)


@signal(unit="money", family="commitment", source="value", label="Worth a year", driver="large")
def arr() -> pl.Expr:
    """Yearly value of all contracts in force."""
    return pl.col("arr")


@signal(unit="change", family="commitment", source="value", label="Worth a year, against a year ago", direction=1)
def arr_trend() -> pl.Expr:
    """Log ratio of the yearly value in force to that of 52 weeks ago; unknown where either is none."""
    both = (pl.col("arr") > 0) & (pl.col("arr_before") > 0)
    return pl.when(both).then((pl.col("arr") / pl.col("arr_before")).log())


@signal(unit="ratio", family="commitment", source="entitlements", label="Pace of use against time passed",
        direction=1, driver="under_use")  # fmt: skip
def pacing() -> pl.Expr:
    """Share of the units burned over share of the contract's period elapsed, weighted by ARR."""
    return by_value(pl.col("used") / pl.col("bought") / pl.col("elapsed"), _FLOW)


@signal(unit="share", family="commitment", source="entitlements", label="Use expected by the end of the period",
        direction=1, driver="over_use")  # fmt: skip
def projected_utilisation() -> pl.Expr:
    """Use at the end of the contract's period at the rate of the last 28 days, over units bought, weighted by ARR."""
    return by_value(pl.col("projected") / pl.col("bought"), _FLOW)


@signal(unit="days", family="commitment", source="entitlements", label="Days until the units run out", direction=0,
        driver="over_use")  # fmt: skip
def days_to_exhaustion() -> pl.Expr:
    """Days until a first contract's units are used up at the rate of the last 28 days; unknown without use."""
    rate = pl.col("recent") / pl.col("recent_days")
    left = (pl.col("bought") - pl.col("used")).clip(lower_bound=0) / rate
    return left.filter(_FLOW & (rate > 0)).min()


@signal(unit="money", family="commitment", source="entitlements", label="Overage to come", silence=None,
        driver="over_use")  # fmt: skip
def overage_value() -> pl.Expr:
    """Projected units beyond those bought, at the overage price (else the unit price); 0 where no price is known."""
    price = from_micro(pl.coalesce("overage_price", "unit_price", pl.lit(0)))
    return from_micro((_OVER * price).filter(_FLOW).round().cast(pl.Int64, strict=False).sum())


@signal(unit="days", family="commitment", source="entitlements", label="Days until they can leave",
        driver="renewal_near")  # fmt: skip
def days_to_decision() -> pl.Expr:
    """Days to the first decision point ahead: a contract's end, or the last day for notice where it renews itself."""
    return pl.col("decision_in_days").filter(pl.col("decision_in_days") >= 0).min()


@signal(unit="flag", family="commitment", source="entitlements", label="Comes to an end within half a year",
        driver="renewal_near")  # fmt: skip
def ends_in_half_year() -> pl.Expr:
    """Whether a contract's term ends within 26 weeks."""
    return (pl.col("ends_in_days") <= _HALF_YEAR).any().cast(pl.Int64)


@signal(unit="share", family="commitment", source="entitlements", label="Share of value that renews itself",
        direction=1)  # fmt: skip
def auto_renewing_share() -> pl.Expr:
    """ARR of contracts that renew themselves, of all ARR in force."""
    renews = pl.col("auto_renews").fill_null(value=False)
    return pl.col("yearly").filter(renews).sum() / pl.col("yearly").sum()


@signal(unit="money", family="commitment", of=(arr, active_users), window=weeks(4), label="Price per active user",
        direction=-1, driver="under_use")  # fmt: skip
def price_per_user(value: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Yearly value for each user active in 28 days."""
    return pl.when(users > 0).then(value / users)
