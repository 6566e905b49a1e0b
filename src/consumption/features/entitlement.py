"""Entitlement: what was used of what the contracts entitle to, through meters."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_SEAT = pl.col("unit") == "seat"
_YEARLY = pl.col("yearly")


def by_value(ratio: pl.Expr, rows: pl.Expr) -> pl.Expr:
    """The mean of a ratio over contracts, weighted by ARR: whole millionths are summed, exact in any order."""
    known = rows & ratio.is_finite()
    weighted = (ratio * _YEARLY).filter(known).round().cast(pl.Int64, strict=False)
    return weighted.sum() / _YEARLY.filter(known).sum()


@signal(unit="share", family="entitlement", window=weeks(4), source="entitlements", label="Seats in use",
        direction=1, driver="under_use")  # fmt: skip
def seat_utilisation() -> pl.Expr:
    """Users active on the product in 28 days over seats bought, over all seat contracts in force."""
    bought = pl.col("bought").filter(_SEAT).sum()
    return pl.when(bought > 0).then(pl.col("used").filter(_SEAT).sum() / bought)


@signal(unit="count", family="entitlement", source="entitlements", label="Seats bought", driver="large")
def seats_bought() -> pl.Expr:
    """Seats of all contracts in force; unknown without a seat contract."""
    return pl.when(_SEAT.any()).then(from_micro(pl.col("bought").filter(_SEAT).sum()))


@signal(unit="share", family="entitlement", source="entitlements", label="Used of what was bought", direction=1,
        driver="under_use")  # fmt: skip
def unit_utilisation() -> pl.Expr:
    """Units used so far in the contract's period over units bought for it; over contracts weighted by ARR.

    Of units that are used up, this is the share of the commitment that is burned.
    """
    return by_value(pl.col("used") / pl.col("bought"), ~pl.col("level"))


@signal(unit="share", family="entitlement", source="entitlements", label="In use of what was bought", direction=1,
        driver="under_use")  # fmt: skip
def level_utilisation() -> pl.Expr:
    """Level now over level bought, of what is neither seats nor used up: machines, licences reported, storage."""
    return by_value(pl.col("used") / pl.col("bought"), pl.col("level") & _SEAT.fill_null(value=False).not_())


_IDLE = (1 - pl.col("projected") / pl.col("bought")).clip(lower_bound=0.0)


@signal(unit="money", family="entitlement", source="entitlements", label="Paid for and not used, a year",
        direction=-1, driver="under_use")  # fmt: skip
def idle_value() -> pl.Expr:
    """ARR of what will not be used: 1 less projected use over bought, times ARR, where positive.

    Use as projected to the end of the period, and not as it is so far: a period that has just begun is no shelfware.
    Unknown in the first week of a contract of something new, and where no yearly value is known: a contract at 0 a
    year does not say what it is worth.
    """
    idle = (_IDLE * _YEARLY).filter(_IDLE.is_finite() & (_YEARLY > 0))
    return pl.when(idle.is_not_null().any()).then(from_micro(idle.round().cast(pl.Int64, strict=False).sum()))


@signal(unit="share", family="entitlement", source="entitlements", label="Share of what was bought that stays unused",
        direction=-1, driver="under_use")  # fmt: skip
def consumption_gap() -> pl.Expr:
    """1 less projected use over bought, where positive, over contracts weighted by ARR; seats and units together.

    One figure for accounts of any unit, beside the utilisation of each kind; over-use of one contract hides no gap of
    another. It takes use as projected to the end of the period, and not as it is so far: on a period's first day
    nothing is used, and nothing is shelfware yet. Of a level the two are the same. Unknown in the first week of a
    contract of something new.
    """
    return by_value(_IDLE, pl.lit(value=True))


@signal(unit="users", family="entitlement", source="contacts", label="Seats assigned")
def _seats_assigned() -> pl.Expr:
    """Contacts who hold a seat."""
    return ((pl.col("seat_assigned_days_ago") > 0) & ~pl.col("has_left")).sum()


@signal(unit="share", family="entitlement", of=(_seats_assigned, seats_bought),
        label="Seats assigned of those bought", direction=1, driver="under_use")  # fmt: skip
def seats_assigned_share(assigned: pl.Expr, bought: pl.Expr) -> pl.Expr:
    """Seats assigned to people over seats bought; unknown where contacts do not tell."""
    return pl.when((assigned > 0) & (bought > 0)).then(assigned / bought)


@signal(unit="share", family="entitlement", source="contacts", label="Assigned seats in use", direction=1,
        driver="low_adoption")  # fmt: skip
def assigned_seats_active() -> pl.Expr:
    """People with a seat who were active in 28 days, of all people with a seat."""
    assigned = (pl.col("seat_assigned_days_ago") > 0) & ~pl.col("has_left")
    return (assigned & (pl.col("last_days_ago") <= weeks(4))).sum() / assigned.sum()


@signal(unit="users", family="growth", of=(active_users, seats_bought), window=weeks(4), label="Users beyond seats",
        driver="over_use")  # fmt: skip
def users_beyond_seats(users: pl.Expr, seats: pl.Expr) -> pl.Expr:
    """Active users above the number of seats bought."""
    return (users - seats).clip(lower_bound=0)
