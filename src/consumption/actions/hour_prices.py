"""What one more hour, or one more of an action, would bring in money, whatever the weights that choose."""

from __future__ import annotations

import polars as pl

from consumption.actions.encode import encode, without_idle_caps
from consumption.actions.prices import prices
from consumption.actions.settled import Settled

AS_GOOD_AS = 1e-4
"""Weights that move no value by more than this share leave prices as they are (a journey counts a millionth)."""


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
