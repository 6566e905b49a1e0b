"""What one more hour, or one more of an action, would bring after costs, in money, whatever the weights that choose.

One definition for every plan: the best week of all that is open to served accounts, whatever is on the lists already
(`Settled.lines`), with an hour more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from consumption.actions.amounts import Unit
from consumption.actions.encode import encode, without_idle_caps
from consumption.actions.prices import prices
from consumption.actions.settled import Settled

AS_GOOD_AS = 1e-4
"""Weights that move no value by more than this share leave prices as they are (a journey counts a millionth)."""


@dataclass(frozen=True)
class OneHour:
    """What one more hour would add after costs: on average over the owners, and where it is worth most."""

    mean: float
    best: float

    @classmethod
    def of(cls, prices: Iterable[Mapping[str, Any]]) -> Self:
        """From rows of `hour_prices`: those of whole weeks; skills and limits of actions have prices of their own."""
        each = [float(row["price"]) for row in prices if row["owner"] and not row["skill"] and not row["action"]]
        return cls(sum(each) / len(each) if each else 0.0, max(each, default=0.0))

    def text(self, unit: Unit) -> str:
        """The same words in the plan and in the number."""
        after = " after costs" if unit.currency else ""
        return (
            f"one more hour would add {unit.of_an_hour(self.mean)}{after} on average over the team, "
            f"{unit.of_an_hour(self.best)} where it is worth most"
        )


def hour_prices(week: Settled) -> pl.DataFrame:
    """owner, skill, action, price (for people to read: money), weighed (as weights and floors count it).

    What weights let be chosen is priced by what it brings: an hour is worth no more because growth counts double.
    """
    lines = week.lines.filter(pl.col("weighed") > 0)
    moved = (pl.col("weighed") - pl.col("value")).abs() > AS_GOOD_AS * pl.col("value").abs()
    weighed = _solved(lines.with_columns(value="weighed"), week)
    money = _solved(lines, week)["price"] if lines.select(moved.any()).item() else weighed["price"]
    return weighed.select("owner", "skill", "action", money.alias("price"), weighed="price")


def _solved(lines: pl.DataFrame, week: Settled) -> pl.DataFrame:
    encoded = encode(lines, week.whole.hours, week.whole.counts)
    found = prices(without_idle_caps(encoded.problem), exact=True)
    return encoded.caps.select("owner", "skill", "action").with_columns(price=pl.Series(found[:-1], dtype=pl.Float64))
