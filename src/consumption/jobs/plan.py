"""Today's plan in words, and what it would be with other hours, limits or priorities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.actions import about
from consumption.actions.amounts import Unit
from consumption.actions.changes import Changes, Names, read_changes
from consumption.actions.hour_prices import OneHour
from consumption.actions.inputs import Inputs
from consumption.actions.other_hours import MORE
from consumption.actions.priority_names import unknown_priorities
from consumption.actions.rule_costs import RuleCosts, rule_costs
from consumption.actions.week_told import AFTER_COSTS
from consumption.actions.whatif import Book, Compared, Week
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.published import published_plan
from consumption.jobs.recommend import inputs_of

SHOWN = 5
ENOUGH = 0.005
"""A floor is reached to half a per cent of the hours: cards are whole."""


@dataclass(frozen=True)
class PlanDone:
    """Today's best week, what [priorities] cost in it, and the week under the changes asked for.

    `beyond`: which of the changes find nothing, or take more than there is. `unknown`: what [priorities] names and
    the book does not have.
    """

    as_of: datetime
    week: Week
    rule_costs: RuleCosts
    compared: Compared | None
    asked: tuple[str, ...]
    currency: str | None
    beyond: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it in words."""
        lines = [f"The best week as of {self.as_of:%Y-%m-%d}: {self._said(self.week)}", *self._prices()]
        lines += [*self.unknown, *_not_reached(self.week)]
        lines += self.rule_costs.lines(self._unit.brought)
        if self.compared is not None:
            lines += [
                "",
                f"With {', '.join(self.asked)}: {self._said(self.compared.after)}",
                *_not_reached(self.compared.after),
                *self._moved(self.compared),
                *self.beyond,
            ]
        return "\n".join(lines)

    def _said(self, week: Week) -> str:
        alone = week.cards.height - week.by_people
        by_itself = f" and {alone:,} to be sent" if alone else ""
        net = f", {self._unit.brought(week.money)} {AFTER_COSTS}" if self.currency else ""
        found = f"{_count(week.by_people, 'card')}{by_itself} should add {self._unit.brought(week.adds)}{net}"
        return f"{found}\ntheir hours: {week.told.text}"

    def _prices(self) -> Iterator[str]:
        whole = pl.col("skill").is_null() & pl.col("action").is_null() & pl.col("owner").is_not_null()
        dear = self.week.prices.filter(whole & (pl.col("price") > 0)).sort("price", "owner", descending=[True, False])
        yield OneHour.of(self.week.prices.iter_rows(named=True)).text(self._unit)
        for owner, price in dear.select("owner", "price").head(SHOWN).iter_rows():
            yield f"one more hour of {owner} would add {self._unit.of_an_hour(price)}"
        for skill, price in self.week.skills.filter(pl.col("price") > 0).head(SHOWN).iter_rows():
            yield f"one hour of {skill} by somebody new would add {self._unit.of_an_hour(price)}"
        if dear.height:
            yield "(an hour as part of a whole action: most take several; ask --with for enough of them)"

    def _moved(self, compared: Compared) -> Iterator[str]:
        before, after = compared.before, compared.after
        more, cards = after.money - before.money, after.by_people - before.by_people
        yield f"{self._unit.brought(more, sign=True)}, {cards:+,} cards, {after.hours - before.hours:+,.1f} hours"
        for said, rows in (("gained", compared.gained), ("lost", compared.lost), ("changed", compared.changed)):
            if rows.height:
                yield f"{said}: {_count(rows.height, 'account')}"
                yield from (f"  {_line(row)}" for row in rows.head(SHOWN).iter_rows(named=True))
                if rows.height > SHOWN:
                    yield f"  and {rows.height - SHOWN:,} more"

    @property
    def _unit(self) -> Unit:
        return Unit(self.currency)


def plan(
    workspace: Workspace, *, as_of: datetime, changes: Sequence[str] = (), progress: Progress = silent
) -> PlanDone:
    """Solve the week of that day, and once more under `changes` (KEY=VALUE each); nothing is kept or logged.

    Both start from the cards that stand: those of the plan of that day, where it is published.
    """
    inputs = inputs_of(workspace, as_of, progress=progress)
    asked = read_changes(changes, _names(inputs), inputs.priorities) if changes else None
    progress("plan", 0, 1)
    published = published_plan(workspace, as_of)
    book = Book.of(inputs, None if published is None else _shown(published.recommendations))
    done = _done(book, asked, tuple(changes))
    progress("plan", 1, 1)
    return done


def _shown(recommendations: pl.DataFrame) -> pl.DataFrame:
    """The cards of a plan, as `standing.waiting`; what must be done and what runs by itself is decided anew."""
    return recommendations.filter(pl.col("rank").is_not_null() & ~pl.col("mandatory")).select(
        "account_id", "action", decision_id="recommendation_id", chosen_in=pl.lit("first"), propensities=pl.lit("{}")
    )


def _done(book: Book, asked: Changes | None, texts: tuple[str, ...]) -> PlanDone:
    inputs = book.inputs
    week = book.week()
    compared = Compared(week, book.week(asked)) if asked else None
    currency = inputs.currency if inputs.money else None
    beyond = book.beyond(asked) if asked else ()
    unknown = unknown_priorities(inputs)
    return PlanDone(inputs.as_of, week, rule_costs(book, week), compared, texts, currency, beyond, unknown)


def _names(inputs: Inputs) -> Names:
    """What changes may name in this workspace."""
    population = inputs.population
    frame = inputs.catalogue.frame
    people = {owner for owner in [*population["owner"], *inputs.known.people["email"]] if owner}
    return Names(
        owners=people | {"team"},
        skills={skill for skill in frame["skill"] if skill},
        actions=set(frame["action"]),
        segments={segment for segment in population["segment"] if segment},
        products={product for product in about.contract(inputs)["product"] if product},
        accounts=set(population["account_id"]),
    )


def _not_reached(week: Week) -> Iterator[str]:
    """What settings want and the week does not give."""
    for motion, (wanted, share) in week.floors.items():
        if share < wanted - ENOUGH:
            yield (
                f"[priorities] wants {wanted:.0%} of the hours for {motion}, {share:.0%} go to it: no more of its "
                "open actions are worth their hours and fit their owners' week"
            )
    if week.uncovered:
        some = ", ".join(week.uncovered[:SHOWN])
        yield f"[priorities] always: {_count(len(week.uncovered), 'account')} not covered, nothing fits: {some}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _line(row: dict[str, object]) -> str:
    instead = f" instead of: {row['instead_of']}" if "instead_of" in row else ""
    who = "somebody new" if str(row["owner"]).startswith(MORE) else row["owner"]
    return f"{row['account_id']}: {row['title']} ({row['hours']:g} hours of {who}){instead}"
