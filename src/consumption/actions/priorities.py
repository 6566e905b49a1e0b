"""What the service lead wants beyond money: weights, goals, floors and accounts that are always covered.

Weights change what is chosen, never what is said of it: the value on a card stays the one believed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from consumption.actions import about
from consumption.actions.holdout import HOLDOUT
from consumption.actions.inputs import Inputs
from consumption.actions.planner import plan
from consumption.actions.week import Room
from consumption.models.increments.belief import Floats

FITS_GOALS = 0.25
"""By how much an action counts more that serves all the goals an account has."""

JOURNEY = 1e-6
"""By how much an action on site counts less, so that of two equals the remote one is chosen."""


def weighed(pairs: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Pairs with `factor` and `weighed`: the value times its weights; what brings nothing is no better for them."""
    rules = inputs.priorities
    rows, wanted = pairs, pl.lit(1.0)
    if rules.segment or rules.product:
        rows = rows.join(_places(inputs), on="account_id", how="left", maintain_order="left")
        wanted = _weight("segment", rules.segment) * _weight("product", rules.product)
    if not inputs.known.goals.is_empty():
        rows = rows.join(_goals(inputs), on=["account_id", "action"], how="left", maintain_order="left")
        wanted = wanted * (1 + FITS_GOALS * pl.col("fits_goals").fill_null(0.0))
    nearer = pl.when(pl.col("delivery") == "on_site").then(1 - JOURNEY).otherwise(1.0)
    factor = wanted * _weight("motion", rules.motion) * nearer
    return pairs.hstack(rows.select(factor=factor, weighed=_times(factor)))


def _places(inputs: Inputs) -> pl.DataFrame:
    """account_id, segment, product: what weights may name of an account."""
    products = about.contract(inputs).select("account_id", "product")
    return inputs.population.select("account_id", "segment").join(
        products, on="account_id", how="left", maintain_order="left"
    )


def lifted(values: Floats, pairs: pl.DataFrame) -> Floats:
    """Other values of the same pairs after `factor` and `bonus` (what a floor adds to an hour)."""
    factor, bonus, hours = (pairs[name].to_numpy() for name in ("factor", "bonus", "hours"))
    return np.asarray(np.where(values > 0, values * factor + bonus * hours, values), dtype=np.float64)


def with_bonus(pairs: pl.DataFrame, bonus: Mapping[str, float]) -> pl.DataFrame:
    """Pairs with `bonus`, and `weighed` that holds it; `bonus`: by motion, an hour."""
    added = pl.col("motion").replace_strict(dict(bonus), default=0.0, return_dtype=pl.Float64)
    lifts = pl.when(pl.col("value") > 0).then(pl.col("bonus") * pl.col("hours")).otherwise(0.0)
    return pairs.with_columns(bonus=added).with_columns(weighed=_times(pl.col("factor")) + lifts)


def covered(inputs: Inputs, pairs: pl.DataFrame, room: Room) -> pl.DataFrame:
    """The best open action of each account that is always covered, as far as it fits: rows of pairs, `served`."""
    mine = pairs.filter(pl.col("open") & pl.col("account_id").is_in(list(inputs.priorities.always)))
    most = mine["weighed"].abs().max()
    lift = 1.0 + 2.0 * float(most if isinstance(most, float) else 0.0)
    asked = mine.select("account_id", "action", "hours", "owner", "skill", value=pl.col("weighed") + lift)
    chosen = plan(asked, room.hours, room.counts).chosen
    rows = mine.join(chosen, on=["account_id", "action", "owner"], how="semi", maintain_order="left")
    return rows.with_columns(served=pl.col("arm") != HOLDOUT)


def _times(factor: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("value") > 0).then(pl.col("value") * factor).otherwise("value")


def _weight(column: str, weights: Mapping[str, float]) -> pl.Expr:
    if not weights:
        return pl.lit(1.0)
    return pl.col(column).replace_strict(dict(weights), default=1.0, return_dtype=pl.Float64)


def _goals(inputs: Inputs) -> pl.DataFrame:
    """account_id, action, fits_goals: which share of an account's goals, by their weights, an action serves."""
    wanted = inputs.known.goals.select("account_id", "goal", weight=pl.col("weight").fill_null(1.0).clip(0.0))
    serves = [(action.id, goal) for action in inputs.catalogue for goal in action.goals]
    of_actions = pl.DataFrame(serves, schema={"action": pl.String, "goal": pl.String}, orient="row")
    total = wanted.group_by("account_id").agg(total=pl.col("weight").sum())
    served = wanted.join(of_actions, on="goal").group_by("account_id", "action").agg(pl.col("weight").sum())
    return (
        served.join(total, on="account_id")
        .filter(pl.col("total") > 0)
        .select("account_id", "action", fits_goals=pl.col("weight") / pl.col("total"))
    )
