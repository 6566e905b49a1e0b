"""Quarters of weekly plans over accounts of which a tenth is held out for good: what an action does is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from consumption.features.signal import DRIVERS
from consumption.jobs.decided import Decided, decided
from consumption.models.increments.belief import Floats, Moves, Prior
from consumption.models.increments.evidence import Quarter
from consumption.models.increments.expected_moves import crossfitted
from consumption.models.increments.posterior import Posterior

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

START = datetime(2026, 1, 5, tzinfo=UTC)
WEEKS, REST, HELD_OUT = 13, 9, 0.1
EFFECT = float(np.log(1 / 0.6))  # the action cuts the odds of churn by 40 %
CLAIMED = Prior("churn", "constant", -0.4, 50.0)  # as is claimed: what is learned from biased rows would leave it


@dataclass(frozen=True)
class Told:
    """A quarter: its log, what was expected of each account, who left, and who was given the action."""

    log: pl.DataFrame
    expected: Floats
    left: Flags
    given: Flags


def quarters(seed: int, accounts: int = 2_500, number: int = 4) -> Iterator[Told]:
    """Plans choose those whom they think weak more often, and leave alone who was chosen in the nine weeks before."""
    rng = np.random.default_rng(seed)
    held, strength = rng.random(accounts) < HELD_OUT, rng.uniform(-2.5, -1.0, accounts)
    chance = np.round(0.02 + 0.08 / (1 + np.exp(-2 * (strength + 1.8))), 2)
    here, last = np.ones(accounts, dtype=bool), np.full(accounts, -REST)
    for quarter in range(number):
        given, rows = np.zeros(accounts, dtype=bool), []
        for week in range(quarter * WEEKS, (quarter + 1) * WEEKS):
            open_ = here & (week - last >= REST)
            chosen = open_ & (rng.random(accounts) < chance)
            last[chosen] = week
            given |= chosen & ~held
            rows.append(_plan(week, np.flatnonzero(open_), chosen, held, chance))
        left = rng.random(accounts) < 1 / (1 + np.exp(EFFECT * given - strength))
        yield Told(pl.concat(rows), 1 / (1 + np.exp(-strength)), left, given)
        here &= ~left


def _plan(week: int, who: np.ndarray[tuple[int], np.dtype[np.intp]], chosen: Flags, held: Flags,
          chance: Floats) -> pl.DataFrame:  # fmt: skip
    """What one plan logs of those it may choose."""
    said = {c: json.dumps({"none": 1 - c * (1 - HELD_OUT), "call": c * (1 - HELD_OUT)}) for c in np.unique(chance)}
    selected = pl.when("chosen").then(pl.lit("call")).otherwise(pl.lit("none"))
    rows = pl.DataFrame({"who": who, "chosen": chosen[who], "held": held[who], "chance": chance[who]})
    return rows.select(
        decision_id=pl.format("d{}-{}", pl.lit(week), "who"),
        account_id=pl.format("a-{}", "who"),
        timestamp=pl.lit(START + timedelta(weeks=week)),
        action=pl.when("held").then(pl.lit("none")).otherwise(selected),
        would_be=pl.when(pl.col("held") & pl.col("chosen")).then(pl.lit("call")),
        decided_by=pl.lit("policy"),
        propensities=pl.col("chance").replace_strict(said),
        attributes=pl.when("held").then(pl.lit(_about("holdout"))).otherwise(pl.lit(_about("treated"))),
    )


def _about(arm: str) -> str:
    return json.dumps({"arm": arm, "served_chance": 1 - HELD_OUT})


def learned(seed: int) -> tuple[float, float, float, float]:
    """What is believed of the effect after all quarters, in log odds, and its standard deviation.

    Then of the rows in which nothing was done: how many more left than were expected, and the variance of that.
    """
    more, variance = 0.0, 0.0
    belief = Posterior.from_priors({"call": (CLAIMED,)}, np.full(3, 0.1))
    for told in quarters(seed):
        log = decided(told.log, 0.0)
        belief = belief.update(_rows(told, log))
        alone = accounts_of(log)[log.rows["taken"].to_numpy() < 0]
        more += float((told.left[alone] - told.expected[alone]).sum())
        variance += float((told.expected[alone] * (1 - told.expected[alone])).sum())
    at = 0, 0, DRIVERS.index("constant")
    return float(belief.belief.mean[at]), float(np.sqrt(belief.belief.covariance[at][at[2]])), more, variance


def accounts_of(log: Decided) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which account each row is of."""
    return log.rows["account_id"].str.strip_prefix("a-").cast(pl.Int64).to_numpy()


def _rows(told: Told, log: Decided) -> Quarter:
    who = accounts_of(log)
    taken = log.rows["taken"].to_numpy()
    drivers = np.zeros((len(who), len(DRIVERS)))
    drivers[:, DRIVERS.index("constant")] = 1.0
    happened = np.full((len(who), 3), np.nan)
    happened[:, 0] = told.left[who]
    few = np.full(len(who), 0.1)
    said = Moves(np.column_stack((told.expected[who], few, few)), few, few)
    moves = crossfitted(said, drivers, happened, who, taken)
    return Quarter(drivers, moves, taken, log.chances[log.rows["place"].to_numpy()], happened, np.ones(len(who)), who)
