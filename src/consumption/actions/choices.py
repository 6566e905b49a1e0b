"""What may be done about every account: what it would bring, whether it is open, whose hours it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.actions import eligibility, facts, standing, week
from consumption.actions.grid import Grid, places
from consumption.actions.in_touch import Touched
from consumption.actions.inputs import Inputs
from consumption.actions.priorities import weighed
from consumption.actions.resting import Rests
from consumption.actions.terms import SERVICE_LINES
from consumption.actions.why import NOT_THEIRS, WHY_NOT
from consumption.models.increments.belief import Belief, bounds
from consumption.tables import EFFECTS, TIMESTAMP


@dataclass(frozen=True)
class Choices:
    """What a plan is made from.

    `effects`: EFFECTS frame. `pairs`: a row an account and action, by both: effect, low, high, spent (what it costs
    us), value (effect less that), factor and weighed (the value after priorities, goals and travel), eligible, why,
    contacted, in_touch (who spoke with them when, if that closes it), resting, open, unseen, owner, and the
    catalogue's columns. `room`: hours and counts of the week, less what was begun in it.
    """

    effects: pl.DataFrame
    pairs: pl.DataFrame
    room: week.Room

    @property
    def hours(self) -> pl.DataFrame:
        """owner, skill, hours of the week."""
        return self.room.hours


def choices(inputs: Inputs, belief: Belief) -> Choices:
    """Everything that could be done, of accounts in the order of `inputs.population`."""
    past, owned = past_of(inputs), week.owners(inputs.population)
    pairs = pairs_of(inputs, belief, past, owned)
    hours = week.week_hours(
        owned, inputs.known.people, inputs.catalogue, inputs.capacity, as_of=inputs.as_of, taken_up=past
    )
    counts = week.week_counts(inputs.limits, past, inputs.catalogue.by_itself, as_of=inputs.as_of)
    return Choices(_effects(inputs, pairs), pairs, week.Room(hours, counts))


def past_of(inputs: Inputs) -> pl.DataFrame:
    """What was taken up before: see `standing.taken_up`."""
    catalogue = inputs.catalogue
    return standing.taken_up(
        inputs.known.decisions, inputs.known.responses, catalogue.by_itself, tuple(catalogue.by_id)
    )


def pairs_of(inputs: Inputs, belief: Belief, past: pl.DataFrame, owned: pl.DataFrame) -> pl.DataFrame:
    """`Choices.pairs`; `past`: see `standing.taken_up`; `owned`: see `week.owners`."""
    known = facts.gather(
        inputs.snapshot,
        inputs.population,
        inputs.known,
        as_of=inputs.as_of,
        attributes=inputs.attributes,
        named_only=inputs.catalogue.asks_for,
    )
    grid = Grid(known["account_id"], inputs.catalogue.ordered)
    pairs = _pairs(inputs, belief, known, owned, grid)
    return pairs.pipe(_theirs, past).pipe(_open, inputs, past, grid).pipe(weighed, inputs)


def _pairs(inputs: Inputs, belief: Belief, known: pl.DataFrame, owned: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    may = eligibility.eligible(inputs.catalogue, known, on=inputs.as_of.date())
    there = set(may.columns)
    of_actions = [column for column in grid.pairs.get_columns() if column.name not in there]
    pairs = may.hstack([*_believed(inputs, belief, grid), *of_actions, _owner(owned, inputs, grid)])
    return pairs.with_columns(spent=_spent(inputs, grid)).with_columns(value=pl.col("effect") - pl.col("spent"))


def _spent(inputs: Inputs, grid: Grid) -> pl.Series:
    """What each pair costs us: our hours, our cost, and what is conceded; nothing is set against a share of accounts.

    The value V of the method: ARR tau - hours x rate - discount. A discount is counted as if it were always taken.
    """
    if not inputs.money:
        return pl.Series("spent", np.zeros(len(grid.accounts) * grid.actions.height))
    hours, cost, conceded = (grid.actions[name].to_numpy() for name in ("our_hours", "our_cost", "discount"))
    spent = np.tile(hours * inputs.policy.hour_cost + cost, (len(grid.accounts), 1))
    if conceded.any():
        account = places(grid.accounts, inputs.population["account_id"])
        spent += inputs.population["weight"].to_numpy()[account, None] * conceded
    return pl.Series("spent", spent.ravel())


def _believed(inputs: Inputs, belief: Belief, grid: Grid) -> list[pl.Series]:
    """The effect of each pair, and its bounds; 0 where nothing is believed."""
    account = places(grid.accounts, inputs.ranked["account_id"])[:, None]
    action = places(grid.actions["action"], belief.actions)
    found = zip(("effect", "low", "high"), bounds(inputs.ranked, inputs.drivers, belief), strict=True)
    # Where either is not there, its place is -1: the row or column of zeros that is put at the end.
    return [pl.Series(name, np.pad(values, ((0, 1), (0, 1)))[account, action].ravel()) for name, values in found]


def _owner(owned: pl.DataFrame, inputs: Inputs, grid: Grid) -> pl.Series:
    """Whose hours each pair takes; `owned`: see `week.owners`."""
    account = places(grid.accounts, inputs.population["account_id"])
    line = places(grid.actions["service_line"], SERVICE_LINES)
    return owned["owner"][(line * inputs.population.height + account[:, None]).ravel()]


def _effects(inputs: Inputs, pairs: pl.DataFrame) -> pl.DataFrame:
    stamped = pairs.with_columns(as_of=pl.lit(inputs.as_of, TIMESTAMP))
    return EFFECTS.check(stamped.select(*EFFECTS.schema))


def _theirs(pairs: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs without what would go to somebody who said that the account is not theirs."""
    if past["not_theirs"].null_count() == past.height:
        return pairs
    refused = eligibility.refused_by(past)
    marked = pairs.join(
        refused.with_columns(theirs=pl.lit(value=False)),
        on=["account_id", "owner"],
        how="left",
        maintain_order="left",
    )
    said = pl.when(~pl.col("theirs")).then(pl.lit(WHY_NOT[NOT_THEIRS]))
    return marked.with_columns(
        eligible=pl.col("eligible") & pl.col("theirs").fill_null(value=True), why=pl.coalesce("why", said)
    ).drop("theirs")


def _open(pairs: pl.DataFrame, inputs: Inputs, past: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """Pairs with `contacted`, `in_touch`, `resting` (cools down) and `open`: eligible, and neither of them.

    `unseen`: not open because of what was withheld, which reads as no hours.
    """
    gap = inputs.policy.contact_gap_days
    every = Rests.of(grid, past, inputs.as_of, gap)
    seen = Rests.of(grid, past.filter(~pl.col("withheld")), inputs.as_of, gap) if past["withheld"].any() else every
    spoken = Touched.of(grid, inputs.known.interactions, past, inputs.as_of, inputs.policy)
    fits, duty = pairs["eligible"].to_numpy(), pairs["mandatory"].to_numpy()
    shown, shut = (
        rests.resting.ravel() | ((rests.contacted | spoken.closed).ravel() & ~duty) for rests in (seen, every)
    )
    columns = {
        "contacted": (seen.contacted | spoken.closed).ravel(),
        "in_touch": spoken.said,
        "resting": seen.resting.ravel(),
        "open": fits & ~shut,
        "unseen": fits & shut & ~shown,
    }
    return pairs.hstack([pl.Series(name, values) for name, values in columns.items()])
