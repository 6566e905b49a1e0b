"""Commitment: the terms of the contracts, and how the commitment is burned."""

from __future__ import annotations

import polars as pl

from consumption.features.entitlement import by_value
from consumption.features.exact import MICRO, from_micro, over
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_HALF_YEAR = weeks(26)
_FLOW = ~pl.col("level")
# Of a level what is held now is known, however young the contract.
_EXPECTED = pl.when("level").then("used").otherwise("projected")
_OVER = (_EXPECTED - pl.col("bought")).clip(lower_bound=0)
_UNUSED = (pl.col("bought") - pl.col("projected")).clip(lower_bound=0)


def _money(units: pl.Expr, price: str, *, of: pl.Expr = _FLOW) -> pl.Expr:
    """Money of units (millionths) that are used up, at a price (millionths) a unit; or of other contracts."""
    worth = (units * from_micro(pl.col(price))).filter(of)
    return pl.when(worth.is_not_null().any()).then(from_micro(worth.round().cast(pl.Int64, strict=False).sum()))


def _first_to_run_out(name: str) -> pl.Expr:
    """A column of the contract whose units run out first; of several on the same day, in the order of their ids."""
    first = pl.col(name).sort_by("exhaustion_days", "contract_id", "starts_on", nulls_last=True).first()
    return pl.when(pl.col("exhaustion_days").is_not_null().any()).then(first)


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
    """Share of the units burned over share of the contract's period elapsed, weighted by ARR.

    All of the period weighs alike; `projected_utilisation` goes by the last four weeks, and so says what changed.
    """
    return by_value(pl.col("used") / pl.col("bought") / pl.col("elapsed"), _FLOW)


@signal(unit="share", family="commitment", source="entitlements", label="Use expected by the end of the period",
        direction=1, driver="over_use")  # fmt: skip
def projected_utilisation() -> pl.Expr:
    """Use at the end of the contract's period at the rate of the last 28 days, over units bought, weighted by ARR.

    The 28 days count whatever period or term before a renewal they lie in. Unknown where fewer than seven days since
    the first contract, or the first use, of that product and unit tell the rate.
    """
    return by_value(pl.col("projected") / pl.col("bought"), _FLOW)


@signal(unit="days", family="commitment", source="entitlements", label="Days until the units run out", direction=0,
        driver="over_use")  # fmt: skip
def days_to_exhaustion() -> pl.Expr:
    """Days until a first contract's units are used up at the rate of the last 28 days; unknown without use."""
    return pl.col("exhaustion_days").min()


@signal(unit="days", family="commitment", source="entitlements", label="Days until units run out, at the earliest",
        direction=0, driver="over_use")  # fmt: skip
def days_to_exhaustion_low() -> pl.Expr:
    """Days until the same contract's units are used up if use runs high: earlier in one of ten cases.

    From how the last four weeks varied, and how well they tell the rate (see `exhaustion`). Moves with the days to
    exhaustion; it is the other end of the interval that one shows.
    """
    return _first_to_run_out("exhaustion_low")


@signal(unit="days", family="commitment", source="entitlements", label="Days until units run out, at the latest",
        direction=0, driver="over_use")  # fmt: skip
def days_to_exhaustion_high() -> pl.Expr:
    """Days until the same contract's units are used up if use runs low: later in one of ten cases; unknown if never.

    The far end of the same interval.
    """
    return _first_to_run_out("exhaustion_high")


@signal(unit="money", family="commitment", source="entitlements", label="Overage to come", silence=None,
        driver="over_use")  # fmt: skip
def overage_value() -> pl.Expr:
    """Projected units beyond those bought, at the overage price.

    Else at the unit price; where the contract names neither, at ARR over a year's units. Of a level (seats, machines,
    licences reported) what is in use now beyond what was bought, at its price for a year: the unit's price, twelve
    times that of a month where the contract's period is one, or ARR over the quantity.
    """
    return _money(_OVER, "over_price", of=pl.col("level").is_not_null())


@signal(unit="money", family="commitment", source="entitlements", label="Breakage to come", direction=-1,
        driver="under_use")  # fmt: skip
def breakage_value() -> pl.Expr:
    """Units that will lapse unused at the end of the period (where they roll over: of the term), at the unit price.

    Of units that are used up only, and of this period only: what is idle in a year, seats too, is `idle_value`.
    """
    return _money(_UNUSED, "price")


@signal(unit="money", family="commitment", source="entitlements", label="Breakage so far", direction=-1,
        driver="under_use")  # fmt: skip
def lapsed_value() -> pl.Expr:
    """Units that lapsed unused in earlier periods of the running terms, at the unit price; 0 where they roll over.

    Of periods that telemetry tells of, for three quarters at least: what was used before it began nobody knows.
    """
    return _money(pl.col("lapsed"), "price")


@signal(unit="money", family="commitment", source="entitlements", label="Price of a unit used", direction=-1,
        driver="under_use")  # fmt: skip
def price_per_used_unit() -> pl.Expr:
    """Unit price over pacing: what each unit used has cost so far; of the contract worth most, of those with use.

    Only units that are used up; what a person in use costs is `price_per_user_28d`.
    """
    cost = pl.col("price") * (pl.col("bought") * pl.col("elapsed") / pl.col("used"))
    there = _FLOW & (pl.col("used") > 0) & (pl.col("elapsed") > 0) & pl.col("price").is_not_null()
    order = [column.filter(there) for column in (-pl.col("yearly"), pl.col("contract_id"), pl.col("starts_on"))]
    return over(cost.filter(there).sort_by(order, nulls_last=True).first().round(), MICRO)


@signal(unit="days", family="commitment", source="entitlements", label="Days until the first contract ends",
        driver="renewal_near")  # fmt: skip
def days_to_renewal() -> pl.Expr:
    """Days to the first end of a term.

    Beside `days_to_decision`, which is earlier by the notice where a contract renews itself, and past once that is
    over: a rep plans by the one and is too late by the other.
    """
    return pl.col("ends_in_days").min()


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
