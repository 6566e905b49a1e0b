"""Drivers: nine numbers from 0 to 1 that say why an account may move, each a logistic of signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from consumption.features.signal import DRIVERS

__all__ = ["DRIVERS", "DRIVER_LABELS", "DRIVER_SIGNALS", "Driver", "drivers"]

DRIVER_LABELS: Mapping[str, str] = {
    "constant": "In general",
    "low_adoption": "Little use",
    "silent_champion": "The people who carry it are silent",
    "friction": "Things get in the way",
    "renewal_near": "The renewal is near",
    "shallow_breadth": "Little of it is used",
    "under_use": "Paid for and not used",
    "over_use": "Outgrowing what was bought",
    "large": "A large account",
}


@dataclass(frozen=True)
class _Term:
    """A part of a driver: `1 / (1 + exp((middle - x) / step))`, x a signal; a negative step falls with x."""

    signal: str
    middle: float
    step: float
    log: bool = False

    def expr(self) -> pl.Expr:
        x = pl.col(self.signal)
        x = (x.clip(lower_bound=0.0) + 1).log() if self.log else x
        return 1 / (1 + ((self.middle - x) * (1 / self.step)).exp())


@dataclass(frozen=True)
class Driver:
    """A driver: the mean of its known terms; `neutral` where none is known."""

    name: str
    terms: tuple[_Term, ...]
    neutral: float

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals it is made of."""
        return tuple(term.signal for term in self.terms)


# Middle: where a driver is at half; step: how far from there to about three quarters.
_DRIVERS = (
    Driver("constant", (), 1.0),
    Driver("low_adoption", (
        _Term("seat_utilisation_28d", 0.5, -0.12),
        _Term("events_trend_28d", -0.4, -0.25),
        _Term("days_since_last_event", 10.0, 4.0),
        _Term("recent_active_share_14d", 0.35, -0.12),
    ), 0.3),
    Driver("silent_champion", (
        _Term("busiest_user_silent_days", 14.0, 5.0),
        _Term("champion_silent_days", 21.0, 7.0),
        _Term("busiest_user_share_28d", 0.6, 0.1),
    ), 0.2),
    Driver("friction", (
        _Term("errors_per_100_events_84d", 5.0, 1.5),
        _Term("severe_tickets_84d", 2.0, 0.7),
        _Term("open_severe_ticket_days", 10.0, 4.0),
        _Term("unpaid_days", 45.0, 12.0),
        _Term("nps_last", 5.5, -1.2),
    ), 0.2),
    Driver("renewal_near", (_Term("days_to_decision", 100.0, -25.0),), 0.3),
    Driver("shallow_breadth", (
        _Term("feature_breadth_84d", 0.35, -0.08),
        _Term("top_feature_share_28d", 0.6, 0.1),
        _Term("features_used_28d_percentile", 0.3, -0.1),
    ), 0.3),
    Driver("under_use", (
        _Term("seat_utilisation_28d", 0.55, -0.1),
        _Term("pacing", 0.65, -0.12),
        _Term("projected_utilisation", 0.65, -0.12),
    ), 0.3),
    Driver("over_use", (
        _Term("seat_utilisation_28d", 0.95, 0.06),
        _Term("projected_utilisation", 1.05, 0.08),
        _Term("user_growth_84d", 0.2, 0.08),
    ), 0.2),
    Driver("large", (_Term("arr", 11.0, 0.8, log=True),), 0.3),
)  # fmt: skip

DRIVER_SIGNALS: Mapping[str, tuple[str, ...]] = {driver.name: driver.signals for driver in _DRIVERS}


def drivers(snapshot: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """One row an account of the population: account_id, and one column a driver, from 0 to 1.

    A signal that is unknown, or not in the snapshot, leaves its driver to the others; a driver with none is neutral.
    """
    accounts = population.select("account_id").join(snapshot, on="account_id", how="left", maintain_order="left")
    return accounts.select("account_id", *_columns(accounts.columns))


def _columns(known: Sequence[str]) -> list[pl.Expr]:
    return [_column(driver, [term for term in driver.terms if term.signal in known]) for driver in _DRIVERS]


def _column(driver: Driver, terms: Sequence[_Term]) -> pl.Expr:
    if not terms:
        return pl.lit(driver.neutral).alias(driver.name)
    return pl.mean_horizontal(term.expr() for term in terms).fill_null(driver.neutral).alias(driver.name)
