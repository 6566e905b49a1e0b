"""What to do next for every account: effects, the plan within the week's hours, the hold-out, and why not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.actions import holdout, record, standing
from consumption.actions.alternatives import alternatives
from consumption.actions.choices import choices
from consumption.actions.decision_log import decision_log, without_a_chance
from consumption.actions.hour_prices import hour_prices
from consumption.actions.inputs import Inputs
from consumption.actions.policy import Draw, Drawn, Options, draw_plans, propensities
from consumption.actions.priorities import lifted
from consumption.actions.quiet import quieted
from consumption.actions.settled import Settled, settle
from consumption.actions.summary import summary
from consumption.models.increments.belief import Belief, Floats, Moves, driver_values, increments
from consumption.tables import RANKED


@dataclass(frozen=True)
class Recommended:
    """What was decided, and all that explains it.

    `recommendations`: RECOMMENDED frame and more columns; `decisions`: what is logged before anyone sees it;
    `alternatives`: the best few actions of each account and why each lost; `effects`: EFFECTS frame; `members`: the
    hold-out to be stored; `ended`: cards that stand no longer, and why; `prices`: owner, skill, action, price
    (what one more hour brings, in money) and weighed (as weights count it); `hours`: the hours there were;
    `summary`: counts.
    """

    recommendations: pl.DataFrame
    decisions: pl.DataFrame
    alternatives: pl.DataFrame
    effects: pl.DataFrame
    members: pl.DataFrame
    ended: pl.DataFrame
    prices: pl.DataFrame
    hours: pl.DataFrame
    summary: dict[str, float]


def recommend(inputs: Inputs) -> Recommended:
    """Choose for every account in force, within the hours of the week; the same inputs give the same answer.

    Every account of the population has a row: with an action, or with `none` and why. Accounts that gave notice get
    what is mandatory first; held-out ones get nothing that is not.
    """
    inputs = quieted(_in_order(inputs))
    members = holdout.draw_members(inputs.population, inputs.members, inputs.holdout, as_of=inputs.as_of)
    belief = inputs.believed
    given = choices(inputs, belief)
    served = holdout.served_chance(members, inputs.holdout)
    pairs = given.pairs.join(served, on="account_id", how="left", maintain_order="left")
    waiting = standing.waiting(
        inputs.known.decisions, inputs.known.responses, inputs.as_of, inputs.catalogue.by_itself
    )
    week = settle(inputs, pairs, given.room, waiting)
    drawn = _drawn(inputs, belief, week)
    chosen = pl.concat([week.kept.select("account_id", "action", "chosen_in"), _chosen(week, drawn)])
    chances = pl.concat([standing.chances(week.kept), propensities(drawn, week.free, week.free["chance"].to_numpy())])
    decided = record.decided(inputs.population, chosen, chances, pairs)
    written = record.Written(
        inputs.as_of, inputs.policy_version, _model_version(inputs.ranked), inputs.seed, inputs.currency, inputs.money
    )
    recommendations = written.recommendations(decided, inputs, pairs, waiting)
    decisions = decision_log(recommendations, decided, pairs, hours=given.hours, waiting=waiting, seed=inputs.seed)
    return Recommended(
        recommendations=recommendations,
        decisions=decisions,
        alternatives=alternatives(pairs, recommendations),
        effects=given.effects,
        members=members,
        ended=week.ended,
        prices=hour_prices(week),
        hours=given.hours,
        summary=summary(recommendations, pairs, drawn.base, week.free, given.hours)
        | {f"share_of_hours_{motion}": share for motion, share in week.reached.items()}
        | without_a_chance(decisions, pairs),
    )


def _in_order(inputs: Inputs) -> Inputs:
    """The same inputs whatever order their rows came in."""
    return replace(
        inputs,
        population=inputs.population.sort("account_id"),
        ranked=RANKED.check(inputs.ranked).sort("account_id"),
        reasons=inputs.reasons.sort("account_id", "motion", "position"),
    )


def _drawn(inputs: Inputs, belief: Belief, week: Settled) -> Drawn:
    """The fifty plans over what may be chosen freely."""
    free = week.free
    options = Options(
        candidates=free.select("account_id", "action", "hours", "owner", "skill", value="weighed"),
        hours=week.room.hours,
        limits=week.room.counts,
        draw=_thompson(inputs, belief, free),
        held=(free["arm"] == holdout.HOLDOUT).to_numpy(),
    )
    rules = inputs.policy
    day = inputs.as_of.toordinal()
    return draw_plans(
        options,
        explore=rules.explored(inputs.population.height),
        plans=rules.plans,
        seed=inputs.seed * 1_000_003 + day,
    )


def _thompson(inputs: Inputs, belief: Belief, free: pl.DataFrame) -> Draw:
    """Values under one draw of the belief, an element a row of `free`."""
    ranked = inputs.ranked
    places = ranked.select("account_id").with_row_index("place")
    names = pl.DataFrame({"action": belief.actions}, schema={"action": pl.String}).with_row_index("column")
    where = free.select("account_id", "action").join(places, on="account_id", how="left", maintain_order="left")
    where = where.join(names, on="action", how="left", maintain_order="left")
    ranked_too = where["place"].is_not_null().to_numpy()
    place, column = (where[c].fill_null(0).to_numpy() for c in ("place", "column"))
    spent = free["spent"].to_numpy()
    moves = Moves.of(ranked) if ranked.height else None
    z, weight = driver_values(ranked, inputs.drivers), ranked["weight"].to_numpy()

    def draw(rng: np.random.Generator) -> Floats:
        if moves is None:
            return np.zeros(free.height)
        effect = increments(belief.draw(rng), moves, z, weight)[place, column]
        return lifted(np.where(ranked_too, effect, 0.0) - spent, free)

    return draw


def _chosen(week: Settled, drawn: Drawn) -> pl.DataFrame:
    """What the plan that is carried out chooses: account_id, action, pass (mandatory, first, second)."""
    parts = [week.must.select("account_id", "action", chosen_in=pl.lit("mandatory"))]
    for name, rows in (("first", drawn.first), ("second", drawn.second)):
        parts.append(week.free[np.sort(rows).tolist()].select("account_id", "action", chosen_in=pl.lit(name)))
    return pl.concat(parts)


def _model_version(ranked: pl.DataFrame) -> str:
    return ", ".join(ranked["ranked_by"].unique().sort().to_list()) or "none"
