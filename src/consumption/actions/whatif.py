"""Today's week solved again: what other hours, limits or priorities would bring, and whom they would reach.

Without exploration and among served accounts only: what held-out ones would get is nobody's to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from consumption.actions.changes import Changes
from consumption.actions.choices import choices
from consumption.actions.floors import FloorOutOfReach, bonuses
from consumption.actions.holdout import HOLDOUT, draw_members
from consumption.actions.inputs import Inputs
from consumption.actions.planner import plan
from consumption.actions.priorities import weighed, with_bonus
from consumption.actions.quiet import quieted
from consumption.actions.rules import PriorityRules
from consumption.actions.week import counts_left, hours_left

MORE = "more hours: "
WEEKS_IN_A_QUARTER = 13
_CARDS = ("account_id", "action", "title", "motion", "delivery", "owner", "skill", "hours", "value")


@dataclass(frozen=True)
class Week:
    """One week as it would be best spent.

    `cards`: account_id, action, title, motion, delivery, owner, skill, hours, value (as believed, whatever the
    weights). `prices`: see `Plan`. `skills`: skill, price: what a first hour of it by somebody new would add.
    `there`: the hours there are.
    """

    cards: pl.DataFrame
    prices: pl.DataFrame
    skills: pl.DataFrame
    there: float

    @property
    def money(self) -> float:
        """What it brings."""
        return float(self.cards["value"].sum())

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
    """What every solving of a week starts from: the inputs, the pairs of served accounts, the hours there are."""

    inputs: Inputs
    pairs: pl.DataFrame
    hours: pl.DataFrame

    @classmethod
    def of(cls, inputs: Inputs) -> Book:
        """Reckon once what all weeks share."""
        inputs = quieted(inputs)
        given = choices(inputs, inputs.believed)
        members = draw_members(inputs.population, inputs.members, inputs.holdout, as_of=inputs.as_of)
        served = members.filter(pl.col("arm") != HOLDOUT)
        pairs = given.pairs.filter("open").join(served, on="account_id", how="semi", maintain_order="left")
        return cls(inputs, pairs, given.hours)

    def week(self, changes: Changes | None = None) -> Week:
        """The best week under some changes; none: as settings have it.

        Raises NotEnoughHours where what must be done, or is always covered, does not fit, and FloorOutOfReach.
        """
        changes = changes or Changes(priorities=self.inputs.priorities)
        rules = changes.priorities
        pairs = weighed(self.pairs.drop("factor", "weighed"), replace(self.inputs, priorities=rules))
        hours = _hours(self.hours, changes)
        for skill, number in changes.skills.items():
            if number < 0:
                hours = _fewer(hours, self.week().cards, skill, -number)
            else:
                pairs, hours = _pool(pairs, hours, skill, number)
        return _solved(_floored(pairs, hours, {**(self.inputs.limits or {}), **changes.limits}, rules), hours, rules)

    def compare(self, changes: Changes) -> Compared:
        """Today's best week beside the one under some changes."""
        return Compared(self.week(), self.week(changes))

    def rule_costs(self) -> dict[str, float]:
        """What each rule of [priorities] costs this week: what the best week without it would bring more."""
        rules = self.inputs.priorities
        now = self.week().money
        without = {name: Changes(priorities=one) for name, one in _each_left_out(rules).items()}
        return {name: self.week(changes).money - now for name, changes in without.items()}


@dataclass(frozen=True)
class _Asked:
    pairs: pl.DataFrame
    limits: Mapping[str, int]


def _solved(asked: _Asked, hours: pl.DataFrame, rules: PriorityRules) -> Week:
    """What must be done as far as it fits, then the best of the rest; what is always covered has to fit."""
    lines = asked.pairs.with_columns(money="value")
    must = lines.filter("mandatory").with_columns(pl.col("value").clip(0.0) + 1.0).drop("mandatory")
    first = plan(must, hours, asked.limits or None).chosen
    others = lines.join(first, on="account_id", how="anti", maintain_order="left").with_columns(
        value="weighed", mandatory=pl.col("account_id").is_in(list(rules.always))
    )
    made = plan(others, hours_left(hours, first), counts_left(asked.limits, first))
    cards = pl.concat([first.select(*_CARDS[:-1], "money"), made.chosen.select(*_CARDS[:-1], "money")])
    whole = hours.filter(pl.col("skill").is_null())
    return Week(
        cards.rename({"money": "value"}).sort("account_id"),
        made.prices,
        _skill_prices(others, made.prices),
        float(whole["hours"].sum()),
    )


def _floored(pairs: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int], rules: PriorityRules) -> _Asked:
    """The pairs with what floors add to an hour; FloorOutOfReach where that is not enough."""
    nothing = pairs.clear().select("motion", "hours")
    bonus, reached = bonuses(pairs, hours, limits or None, rules.least_hours, nothing)
    for motion, share in reached.items():
        if share < rules.least_hours[motion] - 1e-9:
            raise FloorOutOfReach(motion, rules.least_hours[motion], share)
    return _Asked(with_bonus(pairs, bonus), limits)


def _hours(hours: pl.DataFrame, changes: Changes) -> pl.DataFrame:
    """Other hours of some owners."""
    rows = hours
    for owner, (number, more) in changes.owners.items():
        mine = (pl.col("owner") == owner) & pl.col("skill").is_null()
        now = (pl.col("hours") + number).clip(0) if more else pl.lit(number)
        rows = rows.with_columns(hours=pl.when(mine).then(now).otherwise("hours"))
    return rows


def _pool(pairs: pl.DataFrame, hours: pl.DataFrame, skill: str, number: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hours of a skill by somebody new, who may do them for any account."""
    owner = f"{MORE}{skill}"
    doubled = pairs.filter(pl.col("skill") == skill).with_columns(owner=pl.lit(owner))
    row = pl.DataFrame([(owner, None, number)], schema=hours.schema, orient="row")
    return pl.concat([pairs, doubled]), pl.concat([hours, row])


def _fewer(hours: pl.DataFrame, cards: pl.DataFrame, skill: str, number: float) -> pl.DataFrame:
    """Hours of a skill taken from all who use them today, in proportion."""
    used = cards.filter(pl.col("skill") == skill).group_by("owner").agg(pl.col("hours").sum())
    share = max(1.0 - number / float(used["hours"].sum()), 0.0) if used.height else 1.0
    capped = used.select("owner", pl.lit(skill).alias("skill"), pl.col("hours") * share)
    return pl.concat([hours, capped.select(hours.columns)])


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


def _each_left_out(rules: PriorityRules) -> dict[str, PriorityRules]:
    """The rules without each one of them, by its name."""
    found: dict[str, PriorityRules] = {}
    for kind in ("segment", "product", "motion", "least_hours"):
        named: Mapping[str, float] = getattr(rules, kind)
        for name, value in named.items():
            others = {other: number for other, number in named.items() if other != name}
            found[f"{kind}.{name} = {value:g}"] = rules.weighing(kind, others)
    if rules.always:
        found[f"always = {', '.join(rules.always)}"] = replace(rules, always=())
    return found
