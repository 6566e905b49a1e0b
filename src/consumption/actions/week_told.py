"""The hours of a week in one sentence, and what costs are: said in the same words wherever a plan is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from consumption.actions.inputs import Inputs
from consumption.actions.standing import TAKEN_UP
from consumption.actions.terms import NONE
from consumption.actions.week import owners, week_hours

HOURS_OF = "hours_of"
"""In a plan's summary: the hours of each owner."""

AFTER_COSTS = "after costs (hours at [policy] hour_cost and what actions cost, as far as we pay for it)"


@dataclass(frozen=True)
class WeekHours:
    """Hours: those of the `week` (less days away), those still `there` when it was planned, those `planned`.

    What lies between week and there was taken up before: it was started earlier in the week.
    """

    week: float
    there: float
    planned: float

    @property
    def text(self) -> str:
        """52 of 53 hours (60 this week, 7 of them taken up already); nothing worth it was found for 1 hour."""
        begun, left = self.week - self.there, self.there - self.planned
        said = f"{_number(self.planned)} of {_said(self.there)}"
        if begun >= _LEAST:
            said += f" ({_number(self.week)} this week, {_number(begun)} of them taken up already)"
        return f"{said}; nothing worth it was found for {_said(left)}" if left >= _LEAST else said


_LEAST = 0.05


def hours_of(inputs: Inputs, there: pl.DataFrame, cards: pl.DataFrame) -> list[dict[str, Any]]:
    """The hours of each owner of accounts: owner, week, there, planned.

    `there`: owner, skill, hours of the week, less what was begun in it; `cards`: owner, action, hours of the plan.
    """
    nothing = pl.DataFrame(schema=TAKEN_UP)
    owned = owners(inputs.population)
    whole = week_hours(
        owned, inputs.known.people, inputs.catalogue, inputs.capacity, as_of=inputs.as_of, taken_up=nothing
    )
    done = cards.filter(pl.col("action") != NONE).group_by("owner").agg(planned=pl.col("hours").sum())
    rows = _whole(whole, "week").join(_whole(there, "there"), on="owner").join(done, on="owner", how="left")
    return rows.with_columns(pl.col("planned").fill_null(0.0)).sort("owner").to_dicts()


def _whole(hours: pl.DataFrame, name: str) -> pl.DataFrame:
    return hours.filter(pl.col("skill").is_null()).select("owner", pl.col("hours").alias(name))


def together(told: object, of: Collection[str] | None = None) -> WeekHours | None:
    """The hours of several owners (None: of all) from a plan's summary; None where it says nothing of any of them."""
    rows: Sequence[Mapping[str, Any]] = told if isinstance(told, Sequence) else ()
    mine = [row for row in rows if of is None or row["owner"] in of]
    if not mine:
        return None
    return WeekHours(*(sum(float(row[name]) for row in mine) for name in asdict(WeekHours(0, 0, 0))))


def _said(hours: float) -> str:
    number = _number(hours)
    return f"{number} hour{'' if number == '1' else 's'}"


def _number(hours: float) -> str:
    return f"{hours:,.1f}".removesuffix(".0")
