"""What is in the plan: what the hours there are should add, and what one more would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from consumption.actions.catalogue import NONE
from consumption.actions.hour_prices import OneHour
from consumption.actions.week_told import HOURS_OF, WeekHours, together


@dataclass(frozen=True)
class Sent:
    """Of what needs nobody's hours: how many were sent, and are to be sent; the rest never will be."""

    sent: int
    to_send: int


@dataclass(frozen=True)
class Planned:
    """The second line of the number.

    `adds`: expected increments of what is recommended, `net`: less what it costs (its hours at the price of an hour,
    and the cost of the action); in money a year, or in accounts
    kept where there are no contracts. `hour`, `best_hour`: what one more hour would add, on average over owners and
    where it is worth most. `promised`: `adds` as a share of what the chosen accounts are worth. `by_itself`: how many
    of what is recommended need nobody's hours; `sent`: what became of these, where that is known.
    """

    as_of: datetime
    published: bool
    recommended: int
    hours: WeekHours
    adds: float
    net: float
    hour: float
    best_hour: float
    promised: float | None
    money: bool
    by_itself: int = 0
    sent: Sent | None = None


def planned(
    about: Mapping[str, Any],
    recommendations: pl.DataFrame,
    ranked: pl.DataFrame,
    *,
    as_of: datetime,
    published: bool,
    sent: Sent | None = None,
) -> Planned:
    """From a plan: what it says of itself, its recommendations (RECOMMENDED and more) and RANKED frame."""
    done = recommendations.filter(pl.col("action") != NONE)
    adds = float(done["effect"].sum())
    worth = float(done.join(ranked.select("account_id", "weight"), on="account_id")["weight"].sum())
    hour = OneHour.of(about.get("prices", []))
    told = about["summary"]
    return Planned(
        as_of=as_of,
        published=published,
        recommended=done.height,
        hours=_hours(told),
        adds=adds,
        net=float(told["value"]),
        hour=hour.mean,
        best_hour=hour.best,
        promised=adds / worth if worth > 0 else None,
        money=bool(about["money"]),
        by_itself=int(told.get("by_itself", 0)),
        sent=sent,
    )


def _hours(told: Mapping[str, Any]) -> WeekHours:
    """Of all owners; a plan of before does not say what was taken up already."""
    there, planned = float(told["hours_there"]), float(told["hours"])
    return together(told.get(HOURS_OF)) or WeekHours(there, there, planned)
