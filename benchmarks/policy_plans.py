"""From what is believed of each account and action to what is done within the hours: the project's own planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.actions import holdout
from consumption.actions.planner import plan
from consumption.actions.policy import Draw, Drawn, Options, draw_plans
from consumption.actions.rules import HoldoutRules
from consumption.models.increments.belief import Floats
from policy_seen import Seen

Ints = NDArray[np.int64]
OWNER_HOURS = 104.0  # a quarter: the settings' 8 hours a week
TRIED = 8  # actions of an account that a plan looks at


@dataclass(frozen=True)
class Book:
    """The accounts of one quarter and what an owner's hours allow."""

    seen: Seen
    hours: Mapping[str, float]

    def chosen(self, value: Floats) -> Ints:
        """The action of each account, -1 for none, in the plan worth most; `value` accounts x actions."""
        place, action = np.nonzero(value > 0)
        if not len(place):
            return np.full(len(value), -1)
        found = plan(self._candidates(place, action, value), self._owners()).chosen
        return self.codes(found)

    def drawn(self, value: Floats, hope: Floats, draw: Draw, held: NDArray[np.bool_], *, plans: int, explore: float,
              seed: int) -> tuple[Drawn, Ints, Ints]:  # fmt: skip
        """The drawn plans over the actions that an account may be worth (`hope`), and where their rows stand."""
        rank = np.argsort(np.argsort(-hope, axis=1), axis=1)
        place, action = np.nonzero((rank < TRIED) & (hope > 0))
        candidates = self._candidates(place, action, value)

        def of_rows(rng: np.random.Generator) -> Floats:
            return draw(rng).reshape(value.shape)[place, action]

        options = Options(candidates, self._owners(), None, of_rows, held[place])
        return draw_plans(options, explore=explore, plans=plans, seed=seed), place, action

    def codes(self, chosen: pl.DataFrame) -> Ints:
        """The action of each account as a number, -1 for none."""
        names = pl.DataFrame({"action": list(self.hours)}).with_row_index("code")
        found = chosen.join(names, on="action").select("account_id", pl.col("code").cast(pl.Int64))
        accounts = self.seen.snapshot.select("account_id")
        return (
            accounts.join(found, on="account_id", how="left", maintain_order="left")["code"].fill_null(-1).to_numpy()
        )

    def _candidates(self, place: Ints, action: Ints, value: Floats) -> pl.DataFrame:
        names = pl.Series("action", list(self.hours))
        who = self.seen.snapshot.select("account_id", "owner")[place]
        return who.select("account_id").with_columns(
            names.gather(action),
            pl.Series("value", value[place, action]),
            pl.Series("hours", np.array(list(self.hours.values()))[action]),
            who["owner"],
            pl.lit(None, pl.String).alias("skill"),
        )

    def _owners(self) -> pl.DataFrame:
        names = self.seen.snapshot["owner"].unique().sort()
        return pl.DataFrame({"owner": names}).with_columns(
            pl.lit(None, pl.String).alias("skill"), pl.lit(OWNER_HOURS).alias("hours")
        )


def members(seen: Seen, known: pl.DataFrame | None, rules: HoldoutRules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The hold-out, with who is seen for the first time; and for each account its arm and its chance to be served."""
    snapshot = seen.snapshot
    population = snapshot.select("account_id", "segment", "arr", top_parent="account_id", weight="arr")
    found = holdout.draw_members(population, known, rules, as_of=snapshot["as_of"][0])
    chance = holdout.served_chance(found, rules)
    return found, snapshot.select("account_id").join(chance, on="account_id", how="left", maintain_order="left")
