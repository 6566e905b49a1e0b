"""What of a week is settled before anything is chosen freely: duties, cards that stay, accounts always covered."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from consumption.actions.floors import bonuses
from consumption.actions.holdout import HOLDOUT
from consumption.actions.inputs import Inputs
from consumption.actions.keeping import keep
from consumption.actions.planner import plan
from consumption.actions.priorities import covered, with_bonus
from consumption.actions.week import Room

_OF_MOTION = ("account_id", "action", "motion", "hours")


@dataclass(frozen=True)
class Settled:
    """One week before the free choice; the nightly plan and what-if both start from it.

    `must`: rows of pairs that must be done; `kept`: see `Kept.cards`, with those always covered; `ended`: see `Kept`;
    `free`: rows of pairs that may still be chosen, with `bonus`; `room`: what is left for them; `reached`: the share
    of the hours that each floor gets. `lines`, `whole`: what an hour more is priced by, whatever is on the lists: all
    that is open to served accounts, with the served cards that stay, and the room for all of it.
    """

    must: pl.DataFrame
    kept: pl.DataFrame
    ended: pl.DataFrame
    free: pl.DataFrame
    room: Room
    reached: dict[str, float]
    lines: pl.DataFrame
    whole: Room


def settle(inputs: Inputs, pairs: pl.DataFrame, room: Room, waiting: pl.DataFrame) -> Settled:
    """Settle one week; `pairs`: see `Choices`, with arm and chance; `waiting`: the cards that stand."""
    must = _mandatory(inputs, pairs, room, waiting)
    whole = room = room.less(must)
    lists = keep(waiting, pairs.with_columns(value="weighed"), must, room.hours, room.counts)
    room = room.less(lists.cards.filter("served"))
    always = _always(inputs, pairs, pl.concat([must.select("account_id"), lists.cards.select("account_id")]), room)
    room = room.less(always.filter("served"))
    kept = pl.concat([lists.cards, always.select(lists.cards.columns)])
    settled = pl.concat([kept.select(_OF_MOTION), must.select(_OF_MOTION)])
    free = pairs.filter("open").join(settled, on="account_id", how="anti", maintain_order="left")
    free = free.join(waiting, on=["account_id", "action"], how="anti", maintain_order="left")
    bonus, reached = bonuses(free, room.hours, room.counts, inputs.priorities.least_hours, settled)
    free = with_bonus(free, bonus)
    lines = with_bonus(_priced(pairs, kept, must), bonus)
    return Settled(must, kept, lists.ended, free, room, reached, lines, whole)


def _priced(pairs: pl.DataFrame, kept: pl.DataFrame, must: pl.DataFrame) -> pl.DataFrame:
    """What an hour more may go to, in a night's plan and in what-if beside its cards alike.

    Held-out accounts get none of it, and beside a full list there would be room for nothing.
    """
    served = pairs.filter((pl.col("arm") != HOLDOUT).fill_null(value=True))
    stay = served.filter(~pl.col("open")).join(kept, on=["account_id", "action", "owner"], how="semi")
    return pl.concat([served.filter("open"), stay]).join(must, on="account_id", how="anti", maintain_order="left")


def _mandatory(inputs: Inputs, pairs: pl.DataFrame, room: Room, waiting: pl.DataFrame) -> pl.DataFrame:
    """What must be done and fits the week, largest accounts first: rows of `pairs`; what waits is not at rest."""
    weight = inputs.population.select("account_id", "weight")
    stands = waiting.select("account_id", "action", stands=pl.lit(value=True))
    must = (
        pairs.filter(pl.col("eligible") & pl.col("mandatory"))
        .join(stands, on=["account_id", "action"], how="left", maintain_order="left")
        .filter(pl.col("open") | pl.col("stands").fill_null(value=False))
        .join(weight, on="account_id", maintain_order="left")
    )
    asked = must.select("account_id", "action", "hours", "owner", "skill", value=pl.col("weight").clip(1e-9))
    kept = plan(asked, room.hours, room.counts).chosen.select("account_id", "action", "owner")
    return pairs.join(kept, on=["account_id", "action", "owner"], how="semi", maintain_order="left")


def _always(inputs: Inputs, pairs: pl.DataFrame, settled: pl.DataFrame, room: Room) -> pl.DataFrame:
    """One card for each account that is always covered and has none, as far as they fit: rows like `Kept.cards`."""
    others = pairs.join(settled, on="account_id", how="anti", maintain_order="left")
    return covered(inputs, others, room).with_columns(
        decision_id=pl.lit(None, pl.String),
        chosen_in=pl.lit("first"),
        propensities=pl.format('{{"{}": {}}}', "action", "chance"),
        value=pl.col("weighed"),
    )
