"""Today's week solved again: what other hours, limits or priorities would bring, and whom they would reach.

What is settled is settled as in the nightly plan, the cards that stand and every duty among it. The rest is the best
there is, without exploration and among served accounts only: what held-out ones would get is nobody's to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from consumption.actions import other_hours, standing
from consumption.actions.changes import Changes
from consumption.actions.choices import choices, past_of
from consumption.actions.holdout import HOLDOUT, draw_members, served_chance
from consumption.actions.hour_prices import hour_prices
from consumption.actions.inputs import Inputs
from consumption.actions.planner import plan
from consumption.actions.priorities import weighed
from consumption.actions.quiet import quieted
from consumption.actions.settled import settle
from consumption.actions.week import Room, week_counts
from consumption.actions.week_told import WeekHours, hours_of

_CARDS = ("account_id", "action", "title", "motion", "delivery", "owner", "skill", "hours", "effect", "value")


@dataclass(frozen=True)
class Week:
    """One week as it would be best spent.

    `cards`: account_id, action, title, motion, delivery, owner, skill, hours, effect, value (after costs; both as
    believed, whatever the weights). `prices`: see `Plan`, in money whatever the weights. `skills`: skill, price: what
    a first hour of it by somebody new would add. `there`: the hours there are, less those `begun`, which what was
    started earlier in the week took. `uncovered`: accounts that should always be covered and for which nothing fits.
    `floors`: by motion, the least share of the hours asked for and the share there is.
    """

    cards: pl.DataFrame
    prices: pl.DataFrame
    skills: pl.DataFrame
    there: float
    begun: float = 0.0
    uncovered: tuple[str, ...] = ()
    floors: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def money(self) -> float:
        """What it brings after costs."""
        return float(self.cards["value"].sum())

    @property
    def adds(self) -> float:
        """What it brings before costs."""
        return float(self.cards["effect"].sum())

    @property
    def told(self) -> WeekHours:
        """Its hours, as every plan tells them."""
        return WeekHours(self.there + self.begun, self.there, self.hours)

    @property
    def by_people(self) -> int:
        """How many cards somebody carries out; the others run by themselves."""
        return self.cards.filter(pl.col("delivery") != "self_service").height

    @property
    def hours(self) -> float:
        """The hours it takes."""
        return float(self.cards["hours"].sum())


@dataclass(frozen=True)
class Compared:
    """Two weeks: the accounts that only one of them reaches, and those that get something else, as `cards`."""

    before: Week
    after: Week

    @property
    def gained(self) -> pl.DataFrame:
        """Accounts that get something only afterwards."""
        return self.after.cards.join(self.before.cards, on="account_id", how="anti").sort("value", descending=True)

    @property
    def lost(self) -> pl.DataFrame:
        """Accounts that get something only before."""
        return self.before.cards.join(self.after.cards, on="account_id", how="anti").sort("value", descending=True)

    @property
    def changed(self) -> pl.DataFrame:
        """Accounts that get another action: as afterwards, with `instead_of`."""
        both = self.after.cards.join(
            self.before.cards.select("account_id", before="action", instead_of="title"), on="account_id"
        )
        return both.filter(pl.col("before") != pl.col("action")).drop("before").sort("value", descending=True)


@dataclass(frozen=True)
class Book:
    """What every solving of a week starts from.

    `pairs`: see `Choices`, of served accounts, and of others what must be done, for that takes hours; `hours`: those
    of the week; `waiting`: the cards that stand already, as `standing.waiting`; `begun`: the hours that what was
    started earlier in the week took.
    """

    inputs: Inputs
    pairs: pl.DataFrame
    hours: pl.DataFrame
    waiting: pl.DataFrame
    begun: float = 0.0

    @classmethod
    def of(cls, inputs: Inputs, shown: pl.DataFrame | None = None) -> Book:
        """Reckon once what all weeks share; `shown`: the cards of today's published plan, as `standing.waiting`."""
        inputs = quieted(inputs)
        given = choices(inputs, inputs.believed)
        members = draw_members(inputs.population, inputs.members, inputs.holdout, as_of=inputs.as_of)
        drawn = served_chance(members, inputs.holdout)
        served, duty = pl.col("arm") != HOLDOUT, pl.col("eligible") & pl.col("mandatory")
        pairs = given.pairs.join(drawn, on="account_id", how="inner", maintain_order="left").filter(served | duty)
        past = inputs.known
        stand = (
            standing.waiting(past.decisions, past.responses, inputs.as_of, inputs.catalogue.by_itself)
            if shown is None
            else shown
        )
        mine = hours_of(inputs, given.hours, pairs.clear())
        begun = sum(row["week"] - row["there"] for row in mine)
        stand = stand.join(drawn.filter(served), on="account_id", how="semi", maintain_order="left")
        return cls(inputs, pairs, given.hours, stand, begun)

    def week(self, changes: Changes | None = None) -> Week:
        """The best week under some changes (none: as settings have it); cards that stand stay as in the plan."""
        changes = changes or Changes(priorities=self.inputs.priorities)
        inputs = replace(self.inputs, priorities=changes.priorities)
        pairs = weighed(self.pairs.drop("factor", "weighed"), inputs)
        hours = other_hours.of_owners(self.hours, changes)
        for skill, number in changes.skills.items():
            if number < 0:
                hours = other_hours.fewer(hours, self.week().cards, skill, -number)
            else:
                pairs, hours = other_hours.more(pairs, hours, skill, number)
        limits = {**(inputs.limits or {}), **changes.limits}
        counts = week_counts(limits, past_of(inputs), inputs.catalogue.by_itself, as_of=inputs.as_of)
        return replace(_solved(inputs, pairs, Room(hours, counts), self.waiting), begun=self.begun)

    def compare(self, changes: Changes) -> Compared:
        """Today's best week beside the one under some changes."""
        return Compared(self.week(), self.week(changes))

    def beyond(self, changes: Changes) -> tuple[str, ...]:
        """Which changes of hours find nothing, or take more than there is, in words."""
        return other_hours.beyond(changes, self.hours, self.pairs, self.week().cards)


def _solved(inputs: Inputs, pairs: pl.DataFrame, room: Room, waiting: pl.DataFrame) -> Week:
    """What is settled, as in the nightly plan, then the best of the rest."""
    settled = settle(inputs, pairs, room, waiting)
    left, free = settled.room, settled.free.filter(pl.col("arm") != HOLDOUT).with_columns(money="value")
    made = plan(free.with_columns(value="weighed").drop("mandatory"), left.hours, left.counts)
    cards = pl.concat(
        [
            settled.must.select(*_CARDS),
            pairs.join(settled.kept, on=["account_id", "action", "owner"], how="semi").select(*_CARDS),
            made.chosen.with_columns(value="money").select(*_CARDS),
        ]
    ).sort("account_id")
    prices = hour_prices(settled)
    return Week(
        cards,
        prices,
        _skill_prices(settled.lines.filter(pl.col("weighed") > 0), prices),
        float(room.hours.filter(pl.col("skill").is_null())["hours"].sum()),
        uncovered=tuple(sorted(set(inputs.priorities.always) & set(pairs["account_id"]) - set(cards["account_id"]))),
        floors={motion: (inputs.priorities.least_hours[motion], share) for motion, share in settled.reached.items()},
    )


def _skill_prices(lines: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """skill, price: the most that an hour of somebody new would add, beyond what its account brings already."""
    whole = prices.filter(pl.col("skill").is_null() & pl.col("action").is_null()).select("owner", whole="price")
    part = prices.filter(pl.col("skill").is_not_null()).select("owner", "skill", part="price")
    count = prices.filter(pl.col("action").is_not_null()).select("action", count="price")
    net = (
        lines.join(whole, on="owner", how="left")
        .join(part, on=["owner", "skill"], how="left")
        .join(count, on="action", how="left")
        .with_columns(pl.col("whole", "part", "count").fill_null(0.0))
        .with_columns(net=pl.col("value") - pl.col("hours") * (pl.col("whole") + pl.col("part")) - pl.col("count"))
    )
    kept = net.group_by("account_id").agg(kept=pl.col("net").max().clip(0))
    gain = (pl.col("value") - pl.col("count") - pl.col("kept")) / pl.col("hours")
    return (
        net.filter((pl.col("hours") > 0) & (pl.col("skill") != ""))
        .join(kept, on="account_id")
        .group_by("skill")
        .agg(price=gain.max().clip(0))
        .sort("price", "skill", descending=[True, False])
    )
