"""The project in the loop: heads, the layer, what earned its place, fifty plans, a hold-out; from files alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.models.increments.belief import Belief, Moves, increments
from consumption.models.increments.expected_moves import crossfitted
from consumption.models.increments.learning import Posterior, Quarter, earned
from policy_catalogue import Actions
from policy_plans import Book, members
from policy_risk import Risk, crossed
from policy_seen import Seen, quarters

Ints = NDArray[np.int64]
HOPE = 1.0  # standard deviations that an action is looked at above its mean


@dataclass
class Learner:
    """What the project knows after some quarters; `folder` is all it reads."""

    folder: Path
    actions: Actions
    seed: int
    plans: int
    rules: HoldoutRules = field(default_factory=HoldoutRules)
    policy: PolicyRules = field(default_factory=PolicyRules)
    moves: dict[int, Moves] = field(default_factory=dict)
    risk: Risk | None = None
    posterior: Posterior | None = None
    belief: Belief | None = None
    members: pl.DataFrame | None = None
    learned: dict[int, Quarter] = field(default_factory=dict)

    def look(self, number: int) -> tuple[Book, Moves, Belief]:
        """Reads what has become known up to a quarter, learns from it, and says what is believed."""
        seen = quarters(self.folder, number)
        now = seen[number]
        past = [seen[q] for q in sorted(seen) if q < number]
        self.risk = Risk.fit(past, seed=self.seed)
        self.moves[number] = self.risk.moves(now)
        if self.posterior is None:
            self._first(seen)
        self._learn({q: s for q, s in seen.items() if s.due and q not in self.learned})
        assert self.posterior is not None
        self.belief = earned(self.posterior, list(self.learned.values()))
        return Book(now, self.actions.hours), self.moves[number], self.belief

    def decide(self, number: int, book: Book) -> tuple[pl.DataFrame, Ints]:
        """What is done in this quarter, with its propensities; and the plan without exploration and hold-out."""
        assert self.belief is not None
        moves, z, arr, belief = self.moves[number], book.seen.drivers, book.seen.arr, self.belief
        self.members, arms = members(book.seen, self.members, self.rules)
        held, chance = (arms["arm"] == "holdout").to_numpy(), arms["chance"].to_numpy()
        value = increments(belief, moves, z, arr)
        up = moves.shares(belief.shifts(z) + HOPE * belief.spread(z)).sum(axis=2)
        drawn, place, action = book.drawn(
            value, up, lambda rng: increments(belief.draw(rng), moves, z, arr), held,
            plans=self.plans, explore=self.policy.explored(len(arr)), seed=self.seed * 1_000 + number,
        )  # fmt: skip
        share = np.zeros_like(value)
        share[place, action] = (drawn.first_share + drawn.second_share) * chance[place]
        done, base = np.full(len(arr), -1), np.full(len(arr), -1)
        for rows, into in ((drawn.first, done), (drawn.second, done), (drawn.base, base)):
            into[place[rows]] = action[rows]
        done[held] = -1  # withheld, from either pass
        names = pl.Series([*self.actions.names, None], dtype=pl.String)
        frame = book.seen.snapshot.select("account_id").with_columns(action=names.gather(done % (value.shape[1] + 1)))
        return frame.with_columns(pl.Series(a, share[:, i]) for i, a in enumerate(self.actions.names)), base

    def _first(self, seen: dict[int, Seen]) -> None:
        """The catalogue, and of the history what was to be expected: of due quarters from other accounts."""
        due = [q for q in seen if seen[q].due]
        for q, moves in zip(due, crossed([seen[q] for q in due], seed=self.seed), strict=True):
            self.moves[q] = moves
        assert self.risk is not None
        self.moves |= {q: self.risk.moves(quarter) for q, quarter in seen.items() if q not in self.moves}
        self.posterior = Posterior.from_priors(self.actions.priors, self.moves[max(seen)].slopes)

    def _learn(self, due: dict[int, Seen]) -> None:
        assert self.posterior is not None
        for q, seen in due.items():
            self.learned[q] = self._quarter(q, seen)
            self.posterior = self.posterior.update(self.learned[q], name=f"quarter {q}")

    def _quarter(self, number: int, seen: Seen) -> Quarter:
        names = list(self.actions.names)
        codes = {a: i for i, a in enumerate(names)}
        by_policy = number >= 0
        given = seen.decisions["action" if by_policy else "own_action"]
        taken = given.replace_strict(codes, default=-1, return_dtype=pl.Int64).to_numpy()
        account = seen.snapshot["account_id"].str.slice(1).cast(pl.Int64).to_numpy()
        return Quarter(
            drivers=seen.drivers,
            moves=crossfitted(self.moves[number], seen.drivers, seen.happened, account, taken),
            taken=taken,
            propensities=seen.decisions.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy(),
            happened=seen.happened,
            weight=np.ones(len(seen.y)),
            account=account,
            worth=seen.arr,
        )
