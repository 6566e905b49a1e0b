"""Periods of a contract's term: years, quarters and months, counted from its first day."""

from __future__ import annotations

import polars as pl

_MONTHS = {"year": 12, "quarter": 3, "month": 1}


def months_of(period: pl.Expr) -> pl.Expr:
    """Months in a period; null for the whole term."""
    return period.replace_strict(_MONTHS, default=None, return_dtype=pl.Int32)


def full_months(since: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Whole months from one day to another.

    A month that lacks the first day's number begins on its last day: from the 31st of January to the 28th of February
    it is one.
    """
    months = 12 * (day.dt.year() - since.dt.year()) + day.dt.month() - since.dt.month()
    begins = pl.min_horizontal(since.dt.day(), day.dt.days_in_month())
    return (months - (day.dt.day() < begins).cast(pl.Int32)).cast(pl.Int32)


def months_after(since: pl.Expr, months: pl.Expr) -> pl.Expr:
    """The day that many months after another."""
    return since.dt.offset_by(pl.format("{}mo", months))


def periods_passed(since: pl.Expr, day: pl.Expr, months: pl.Expr) -> pl.Expr:
    """How many periods of that many months are over on a day; null for the whole term."""
    return full_months(since, day) // months


def period_bounds(passed: pl.Expr, months: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """First day and end (exclusive) of the period after so many that passed, within a contract's term."""
    since = pl.col("starts_on")
    first = pl.coalesce(months_after(since, passed * months), since)
    end = pl.min_horizontal(months_after(since, (passed + 1) * months), pl.col("ends_on"))
    return first, end
