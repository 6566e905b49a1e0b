"""What to do next about single accounts, now: the nightly plan's own values, against the prices of its hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from consumption.actions import week
from consumption.actions.choices import pairs_of, past_of
from consumption.actions.inputs import Inputs
from consumption.actions.quiet import quieted
from consumption.models.increments.belief import Belief, Floats

ADVICE = (
    "account_id", "action", "title", "motion", "effect", "value", "hours", "owner", "open", "worth", "more", "chosen",
)  # fmt: skip
_TOLD = list(ADVICE[:-1])


@dataclass(frozen=True)
class Prices:
    """What an hour, or one more of an action, is worth elsewhere: by owner; by owner and skill; by action."""

    owner: Mapping[str, float]
    skill: Mapping[tuple[str, str], float]
    action: Mapping[str, float]

    @classmethod
    def of(cls, prices: pl.DataFrame) -> Self:
        """From those of the latest plan: owner, skill, action, price."""
        rows = list(prices.select("owner", "skill", "action", "price").iter_rows())
        return cls(
            {o: p for o, s, a, p in rows if s is None and a is None},
            {(o, s): p for o, s, a, p in rows if s is not None and a is None},
            {a: p for _, _, a, p in rows if a is not None},
        )

    def asked(self, rows: pl.DataFrame) -> Floats:
        """What each row's hours would bring elsewhere, and its action; rows: action, hours, owner, skill."""
        lines = zip(*(rows[name].to_list() for name in ("action", "hours", "owner", "skill")), strict=True)
        return np.array(
            [
                h * (self.owner.get(o, 0.0) + self.skill.get((o, s), 0.0)) + self.action.get(a, 0.0)
                for a, h, o, s in lines
            ],
            dtype=np.float64,
        )


def advise(inputs: Inputs, belief: Belief, prices: Prices, in_money: Prices | None = None) -> pl.DataFrame:
    """Every action of the accounts of `inputs`, best first: the columns of ADVICE, in milliseconds.

    `worth`: the value (weighed) beyond what its hours bring elsewhere at `prices`. `chosen`: the open action worth
    most, if it is worth anything: what the plan would choose. `more`: the value beyond what its hours bring in money,
    at the prices `in_money` (`prices`, where no weights count). Nothing is logged and nobody is held out here, so
    this is no decision. `belief`: as of the whole book.
    """
    inputs = quieted(inputs)
    rows = pairs_of(inputs, belief, past_of(inputs), week.owners(inputs.population))
    asked = prices.asked(rows)
    worth = rows["weighed"].to_numpy() - asked
    more = rows["value"].to_numpy() - (in_money.asked(rows) if in_money else asked)
    ordered = rows.hstack([pl.Series("worth", worth), pl.Series("more", more)])[_TOLD].sort(
        "account_id", "open", "worth", "action", descending=[False, True, True, False]
    )
    first = ordered["account_id"].is_first_distinct() & ordered["open"] & (ordered["worth"] > 0)
    return ordered.hstack([first.alias("chosen")])
