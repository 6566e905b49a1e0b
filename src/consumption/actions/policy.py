"""From values to decisions: fifty whole plans are drawn, one is carried out, and its probabilities are exact.

A plan is made over all accounts, held-out ones too (first pass). What a held-out account would have got is withheld,
and the hours that this frees go to others (second pass): to accounts of both arms again, so that whether an account
was reached, and in which pass, never depends on its own arm. What is withheld there frees hours once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.actions.allocation import Flags, Floats, Ints, Problem
from consumption.actions.encode import Encoded, encode
from consumption.actions.planner import solve

Draw = Callable[[np.random.Generator], Floats]


@dataclass(frozen=True)
class Options:
    """What may be chosen: the candidates (account_id, action, value, hours, owner, skill), the hours and the limits.

    `draw`: one Thompson draw of the values, an element a candidate. `held`: whether its account is held out.
    """

    candidates: pl.DataFrame
    hours: pl.DataFrame
    limits: dict[str, int] | None
    draw: Draw
    held: Flags


@dataclass(frozen=True)
class Drawn:
    """All plans and the one carried out, as rows of the candidates.

    `first`: chosen over all accounts; `second`: chosen with the hours that held-out ones leave, again over all
    accounts. `first_share`, `second_share`: of the plans, those that choose a candidate so. `prices`: of the plan
    without exploration, as in `Plan.prices`; `base`: what that plan chooses.
    """

    first: Ints
    second: Ints
    first_share: Floats
    second_share: Floats
    prices: pl.DataFrame
    base: Ints


def draw_plans(options: Options, *, explore: float, plans: int, seed: int) -> Drawn:
    """Draw so many whole plans and pick one of them, each as likely; the same seed gives the same plans.

    In each plan a share `explore` of every owner's hours is filled by one Thompson draw of all values, the rest by
    their means. The share is kept on average: hours are set aside in portions of the owner's longest action. What
    takes no hours is not explored.
    """
    candidates = options.candidates
    encoded = encode(candidates.with_columns(value=pl.lit(1.0)), options.hours, options.limits)
    game = _Game(encoded.problem, candidates["value"].to_numpy().astype(np.float64), options, _portions(encoded))
    base, priced = solve(game.worth(game.mean), exact=True)
    chosen = int(np.random.default_rng([seed, plans]).integers(plans))
    shares = np.zeros((2, candidates.height))
    kept: tuple[Ints, Ints] = (np.empty(0, np.int64), np.empty(0, np.int64))
    for number in range(plans):
        first = game.first_pass(base, np.random.default_rng([seed, number]), explore)
        second = game.second_pass(first)
        rows = game.problem.rows(first), game.problem.rows(second)
        shares[0][rows[0]] += 1
        shares[1][rows[1]] += 1
        if number == chosen:
            kept = rows
    prices = encoded.caps.select("owner", "skill", "action").with_columns(
        price=pl.Series(priced[:-1], dtype=pl.Float64)
    )
    return Drawn(*kept, shares[0] / plans, shares[1] / plans, prices, game.problem.rows(base))


def _portions(encoded: Encoded) -> Floats:
    """For each cap of hours to explore within, the longest candidate under it; 0 for all other caps.

    Where an owner has a cap for the whole week, that one is shared out, and those of its skills stay as they are.
    """
    problem, caps = encoded.problem, encoded.caps
    whole = caps.filter(pl.col("skill").is_null() & pl.col("action").is_null())["owner"]
    shared = caps.select(
        pl.col("owner").is_not_null() & (pl.col("skill").is_null() | ~pl.col("owner").is_in(whole.implode()))
    )
    longest = np.zeros(len(problem.capacity))
    real = np.isfinite(problem.value)
    for use, amount in zip(problem.uses[:2], problem.amount[:2], strict=True):
        np.maximum.at(longest, use[real], amount[real])
    longest[:-1][~shared.to_series().to_numpy()] = 0.0
    longest[-1] = 0.0
    return longest


@dataclass(frozen=True)
class _Game:
    """One set of options, encoded once and solved many times."""

    problem: Problem
    mean: Floats
    options: Options
    portions: Floats

    def worth(self, values: Floats) -> Problem:
        return self.problem.valued(values)

    def first_pass(self, base: Ints, rng: np.random.Generator, explore: float) -> Ints:
        """One whole plan: explored hours first, then the means in what is left; untouched owners keep `base`."""
        aside = self._set_aside(rng, explore)
        drawn = np.where(self.options.candidates["hours"].to_numpy() > 0, self.options.draw(rng), 0.0)
        touched = self._touched(aside)
        if not touched.any():
            return base
        explored = self._choose(drawn, touched, np.where(self.portions > 0, aside, self.problem.capacity))
        left = np.maximum(self.problem.capacity - self.problem.used(explored), 0.0)
        rest = self._choose(self.mean, touched & (explored < 0), left)
        return np.where(touched, np.where(explored >= 0, explored, rest), base)

    def second_pass(self, first: Ints) -> Ints:
        """What the hours of held-out accounts bring elsewhere, on top of a plan: only what is added.

        Held-out accounts are chosen here too, and withheld, until no withheld choice leaves any hours.
        """
        held, chosen = self._held(), first.copy()
        withheld = held & (first >= 0)
        while withheld.any():
            left = np.maximum(self.problem.capacity - self.problem.used(np.where(held, -1, chosen)), 0.0)
            freed = np.isin(self.problem.component, self.problem.component[withheld])
            more = self._choose(self.mean, freed & (chosen < 0), left)
            chosen = np.where(more >= 0, more, chosen)
            withheld = held & (more >= 0)
        return np.where(first >= 0, -1, chosen)

    def _held(self) -> Flags:
        """Which accounts of the problem are held out."""
        row = self.problem.row.max(axis=1, initial=-1)
        return np.asarray(self.options.held[row])

    def _set_aside(self, rng: np.random.Generator, explore: float) -> Floats:
        """Hours to explore with, a cap: whole portions, `explore` of the cap on average."""
        portion, capacity = self.portions, self.problem.capacity
        ask = np.where(portion > 0, explore * np.where(np.isfinite(capacity), capacity, 0.0), 0.0)
        count = np.divide(ask, portion, out=np.zeros_like(ask), where=portion > 0)
        whole = np.floor(count) + (rng.random(len(count)) < count - np.floor(count))
        return np.minimum(whole * portion, np.where(np.isfinite(capacity), capacity, 0.0))

    def _touched(self, aside: Floats) -> Flags:
        """Accounts whose component has hours to explore with."""
        mine = np.zeros(self.problem.accounts, dtype=bool)
        for use in self.problem.uses[:2]:
            mine |= (aside[use] > 0).any(axis=1)
        return np.isin(self.problem.component, self.problem.component[mine])

    def _choose(self, values: Floats, among: Flags, capacity: Floats) -> Ints:
        """The best choice for some accounts within some caps; -1 for all others."""
        picks = np.full(self.problem.accounts, -1, dtype=np.int64)
        where = np.flatnonzero(among)
        if len(where):
            part = self.problem.only(where).valued(values).within(capacity)
            picks[where], _ = solve(part, exact=False)
        return picks


def propensities(drawn: Drawn, candidates: pl.DataFrame, chance: Floats) -> pl.DataFrame:
    """How likely each account gets each action: account_id, action, propensity; only what some plan chooses.

    `chance`: of not being held out, an element a candidate. Exact given who else is held out, for an account of
    either arm: the share of the plans in which either pass chooses it, times that chance.
    """
    share = (drawn.first_share + drawn.second_share) * chance
    return candidates.select("account_id", "action").with_columns(propensity=share).filter(pl.col("propensity") > 0)
