"""Growth: room for more."""

from __future__ import annotations

import polars as pl

from consumption.features.commitment import arr
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks
from consumption.features.trend import log_ratio

_active_users_84d = active_users.over(weeks(12), label="Active users in 12 weeks")


@signal(unit="count", family="growth", source="entitlements", label="Products owned", driver="large")
def products_owned() -> pl.Expr:
    """Different products in force."""
    return pl.col("product").n_unique()


@signal(unit="change", family="growth", of=(_active_users_84d, _active_users_84d.earlier()), window=weeks(12),
        label="Users against the 12 weeks before", direction=1, driver="over_use")  # fmt: skip
def user_growth(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Log ratio of active users to the 12 weeks before."""
    return log_ratio(now, before)


@signal(unit="money", family="growth", source="account", label="Spends on all of this kind, a year", driver="large")
def _yearly_spend() -> pl.Expr:
    """What the account spends a year on everything of this kind."""
    return pl.col("yearly_spend")


@signal(unit="share", family="growth", of=(arr, _yearly_spend), label="Share of its spend with us", direction=1)
def share_of_wallet(value: pl.Expr, spend: pl.Expr) -> pl.Expr:
    """Yearly value of contracts over what the account spends a year on everything of this kind, where known."""
    return pl.when(spend > 0).then(value / spend)


@signal(unit="count", family="growth", source="complements", label="Products that go with theirs, not owned")
def complements_not_owned() -> pl.Expr:
    """Products that go with one the account owns and that it does not own; unknown where `products` names none."""
    return (~pl.col("is_owned")).sum()
