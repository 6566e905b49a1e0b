"""Disagreement: accounts of which use and money say opposite things, which neither a score nor a date shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import polars as pl

_ACCOUNT = "account_id"

DISAGREEMENTS = pl.Schema({
    _ACCOUNT: pl.String(),
    "kind": pl.String(),
    "usage_signal": pl.String(),
    "usage_value": pl.Float64(),
    "commercial_signal": pl.String(),
    "commercial_value": pl.Float64(),
    "arr": pl.Float64(),
})  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of two things said: a signal, or `notice_given` of the population, is at least, or at most, so much."""

    signal: str
    holds: Literal[">=", "<="]
    limit: float

    def expr(self) -> pl.Expr:
        """Whether it is said; not where it is unknown."""
        value = pl.col(self.signal).cast(pl.Float64)
        return (value >= self.limit if self.holds == ">=" else value <= self.limit).fill_null(value=False)


@dataclass(frozen=True)
class Kind:
    """A disagreement: its name, what it means, and what use and money say."""

    name: str
    meaning: str
    usage: Side
    commercial: Side


_QUARTER_LESS, _FIFTH_MORE, _TENTH_LESS, _TENTH_MORE = (math.log(x) for x in (0.75, 1.2, 0.9, 1.1))
_LITTLE, _FULL = 0.4, 0.95

KINDS = (
    Kind(
        "bought_more_uses_less", "Worth a tenth more than a year ago, while use fell by a quarter in 12 weeks.",
        Side("events_trend_84d", "<=", _QUARTER_LESS), Side("arr_trend", ">=", _TENTH_MORE),
    ),
    Kind(
        "pays_less_uses_more", "Worth a tenth less than a year ago, while use rose by a fifth in 12 weeks.",
        Side("events_trend_84d", ">=", _FIFTH_MORE), Side("arr_trend", "<=", _TENTH_LESS),
    ),
    Kind(
        "silent_before_the_date", "Nothing used for four weeks, with half a year or more until they can leave.",
        Side("days_since_last_event", ">=", 28), Side("days_to_decision", ">=", 182),
    ),
    Kind(
        "grows_and_leaves", "More users by a tenth in 12 weeks, and notice was given.",
        Side("user_growth_84d", ">=", _TENTH_MORE), Side("notice_given", ">=", 1),
    ),
    Kind(
        "full_and_unhappy", "Nearly all seats in use, and they would not recommend us (6 or less).",
        Side("seat_utilisation_28d", ">=", _FULL), Side("nps_last", "<=", 6),
    ),
    Kind(
        "empty_and_happy", "Two seats in five in use, or fewer, and they would recommend us (9 or more).",
        Side("seat_utilisation_28d", "<=", _LITTLE), Side("nps_last", ">=", 9),
    ),
    Kind(
        "empty_and_renewing", "Two seats in five in use, or fewer, and all of it renews itself.",
        Side("seat_utilisation_28d", "<=", _LITTLE), Side("auto_renewing_share", ">=", 1),
    ),
    Kind(
        "ahead_without_a_champion", "Use is a tenth ahead of the time passed, and a champion has gone.",
        Side("pacing", ">=", 1.1), Side("champions_gone", ">=", 1),
    ),
    Kind(
        "full_and_not_paying", "Nearly all seats in use, and a bill is unpaid for 45 days or more.",
        Side("seat_utilisation_28d", ">=", _FULL), Side("unpaid_days", ">=", 45),
    ),
    Kind(
        "rises_and_disputes", "Use rose by a fifth in 12 weeks, and a bill is in dispute.",
        Side("events_trend_84d", ">=", _FIFTH_MORE), Side("disputed_amount", ">=", 0.01),
    ),
)  # fmt: skip


def disagreements(snapshot: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """A row an account in force and kind (`KINDS`) that holds for it: DISAGREEMENTS, sorted by ARR, most first.

    Accounts of equal ARR, or without any, by id; kinds of an account in the order of `KINDS`. A kind of which a
    signal is unknown, or not in the snapshot, does not hold.
    """
    told = population.select(_ACCOUNT, "arr", pl.col("notice_given").cast(pl.Float64))
    rows = told.join(snapshot.drop("arr", "notice_given", strict=False), on=_ACCOUNT, how="inner")
    found = [_of_kind(rows, place) for place, kind in enumerate(KINDS) if _both(kind) <= set(rows.columns)]
    listed = pl.concat([pl.DataFrame(schema={**DISAGREEMENTS, "place": pl.Int64}), *found])
    order = ["arr", _ACCOUNT, "place"]
    return listed.sort(order, descending=[True, False, False], nulls_last=True).select(DISAGREEMENTS.names())


def _both(kind: Kind) -> set[str]:
    return {kind.usage.signal, kind.commercial.signal}


def _of_kind(rows: pl.DataFrame, place: int) -> pl.DataFrame:
    kind = KINDS[place]
    sides = [
        column
        for name, side in (("usage", kind.usage), ("commercial", kind.commercial))
        for column in (pl.lit(side.signal).alias(f"{name}_signal"), pl.col(side.signal).alias(f"{name}_value"))
    ]
    return rows.filter(kind.usage.expr() & kind.commercial.expr()).select(
        _ACCOUNT, pl.lit(kind.name).alias("kind"), *sides, "arr", pl.lit(place, dtype=pl.Int64).alias("place")
    )
