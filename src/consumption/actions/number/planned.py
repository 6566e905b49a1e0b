"""What is in the plan: what the hours there are should add, and what one more would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from consumption.actions.catalogue import NONE


@dataclass(frozen=True)
class Planned:
    """The second line of the number.

    `adds`: expected increments of what is recommended, `net`: less what it costs; in money a year, or in accounts
    kept where there are no contracts. `hour`, `best_hour`: what one more hour would add, on average over owners and
    where it is worth most. `promised`: `adds` as a share of what the chosen accounts are worth. `by_itself`: how many
    of what is recommended need nobody's hours.
    """

    as_of: datetime
    published: bool
    recommended: int
    hours: float
    hours_there: float
    adds: float
    net: float
    hour: float
    best_hour: float
    promised: float | None
    money: bool
    by_itself: int = 0


def planned(
    about: Mapping[str, Any], recommendations: pl.DataFrame, ranked: pl.DataFrame, *, as_of: datetime, published: bool
) -> Planned:
    """From a plan: what it says of itself, its recommendations (RECOMMENDED and more) and RANKED frame."""
    done = recommendations.filter(pl.col("action") != NONE)
    adds = float(done["effect"].sum())
    worth = float(done.join(ranked.select("account_id", "weight"), on="account_id")["weight"].sum())
    prices = _hour_prices(about.get("prices", []))
    told = about["summary"]
    return Planned(
        as_of=as_of,
        published=published,
        recommended=done.height,
        hours=float(told["hours"]),
        hours_there=float(told["hours_there"]),
        adds=adds,
        net=float(told["value"]),
        hour=sum(prices) / len(prices) if prices else 0.0,
        best_hour=max(prices, default=0.0),
        promised=adds / worth if worth > 0 else None,
        money=bool(about["money"]),
        by_itself=int(told.get("by_itself", 0)),
    )


def _hour_prices(rows: list[Mapping[str, Any]]) -> list[float]:
    """What one more hour of each owner's week is worth; skills and limits of actions have prices of their own."""
    return [float(row["price"]) for row in rows if row["owner"] and not row["skill"] and not row["action"]]
