"""What to do next for every account: effects, the plan within the week's hours, the hold-out, and why not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.actions import holdout, record, standing
from consumption.actions.alternatives import alternatives
from consumption.actions.choices import choices, costs
from consumption.actions.floors import bonuses
from consumption.actions.inputs import Inputs
from consumption.actions.keeping import keep
from consumption.actions.planner import plan
from consumption.actions.policy import Draw, Drawn, Options, draw_plans, propensities
from consumption.actions.priorities import covered, lifted, with_bonus
from consumption.actions.quiet import quieted
from consumption.actions.summary import summary
from consumption.actions.week import counts_left, hours_left
from consumption.models.belief import Belief, Floats, Moves, driver_values, increments
from consumption.tables import RANKED


@dataclass(frozen=True)
class Recommended:
    """What was decided, and all that explains it.

    `recommendations`: RECOMMENDED frame and more columns; `decisions`: what is logged before anyone sees it;
    `alternatives`: the best few actions of each account and why each lost; `effects`: EFFECTS frame; `members`: the
    hold-out to be stored; `ended`: cards that stand no longer, and why; `prices`: what one more hour is worth;
    `hours`: the hours there were; `summary`: counts.
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
    hours, served = given.hours, holdout.served_chance(members, inputs.holdout)
    pairs = given.pairs.join(served, on="account_id", how="left", maintain_order="left")
    waiting = standing.waiting(
        inputs.known.decisions, inputs.known.responses, inputs.as_of, inputs.catalogue.by_itself
    )
    must = _mandatory(inputs, pairs, hours, waiting)
    after_must = hours_left(hours, must)
    lists = keep(waiting, pairs.with_columns(value="weighed"), must, after_must, counts_left(inputs.limits, must))
    kept = _always_too(inputs, pairs, lists.cards, must, after_must)
    settled = pl.concat(
        [
            kept.select("account_id", "action", "motion", "hours"),
            must.select("account_id", "action", "motion", "hours"),
        ]
    )
    left = hours_left(after_must, kept.filter("served"))
    free = pairs.filter("open").join(settled, on="account_id", how="anti", maintain_order="left")
    free = free.join(waiting, on=["account_id", "action"], how="anti", maintain_order="left")
    bonus, reached = bonuses(free, left, counts_left(inputs.limits, settled), inputs.priorities.least_hours, settled)
    free = with_bonus(free, bonus)
    drawn = _drawn(inputs, belief, free, left, settled)
    chosen = pl.concat([kept.select("account_id", "action", "chosen_in"), _chosen(free, must, drawn)])
    chances = pl.concat([standing.chances(kept), propensities(drawn, free, free["chance"].to_numpy())])
    decided = record.decided(inputs.population, chosen, chances, pairs)
    written = record.Written(
        inputs.as_of, inputs.policy_version, _model_version(inputs.ranked), inputs.seed, inputs.currency, inputs.money
    )
    recommendations = written.recommendations(decided, inputs, pairs, waiting)
    decisions = written.decisions(recommendations, decided, pairs, hours)
    return Recommended(
        recommendations=recommendations,
        decisions=decisions,
        alternatives=alternatives(pairs, recommendations),
        effects=given.effects,
        members=members,
        ended=lists.ended,
        prices=drawn.prices,
        hours=hours,
        summary=summary(recommendations, pairs, drawn.base, free, hours)
        | {f"share_of_hours_{motion}": share for motion, share in reached.items()},
    )


def _in_order(inputs: Inputs) -> Inputs:
    """The same inputs whatever order their rows came in."""
    return replace(
        inputs,
        population=inputs.population.sort("account_id"),
        ranked=RANKED.check(inputs.ranked).sort("account_id"),
        reasons=inputs.reasons.sort("account_id", "motion", "position"),
    )


def _always_too(
    inputs: Inputs, pairs: pl.DataFrame, kept: pl.DataFrame, must: pl.DataFrame, hours: pl.DataFrame
) -> pl.DataFrame:
    """The cards that stay, and one for each account that is always covered and has none: rows like `kept`."""
    settled = pl.concat([kept.select("account_id"), must.select("account_id")])
    others = pairs.join(settled, on="account_id", how="anti", maintain_order="left")
    more = covered(inputs, others, hours_left(hours, kept.filter("served"))).with_columns(
        chosen_in=pl.lit("first"), propensities=pl.format('{{"{}": {}}}', "action", "chance")
    )
    return pl.concat([kept, more.with_columns(decision_id=pl.lit(None, pl.String)).select(kept.columns)])


def _mandatory(inputs: Inputs, pairs: pl.DataFrame, hours: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """What must be done and fits the week, largest accounts first: rows of `pairs`; what waits is not at rest."""
    weight = inputs.population.select("account_id", "weight")
    stands = waiting.select("account_id", "action", stands=pl.lit(value=True))
    must = (
        pairs.filter(pl.col("eligible") & pl.col("mandatory"))
        .join(stands, on=["account_id", "action"], how="left", maintain_order="left")
        .filter(pl.col("open") | pl.col("stands").fill_null(value=False))
        .join(weight, on="account_id", maintain_order="left")
    )
    asked = must.select("account_id", "action", "hours", "owner", "skill", value=pl.col("weight").clip(1e-9))
    kept = plan(asked, hours, inputs.limits).chosen.select("account_id", "action")
    return pairs.join(kept, on=["account_id", "action"], how="semi", maintain_order="left")


def _drawn(inputs: Inputs, belief: Belief, free: pl.DataFrame, left: pl.DataFrame, settled: pl.DataFrame) -> Drawn:
    """The fifty plans over what may be chosen freely."""
    limits = counts_left(inputs.limits, settled)
    options = Options(
        candidates=free.select("account_id", "action", "hours", "owner", "skill", value="weighed"),
        hours=left,
        limits=limits,
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
    spent = free.select(spent=costs(inputs))["spent"].to_numpy()
    moves = Moves.of(ranked) if ranked.height else None
    z, weight = driver_values(ranked, inputs.drivers), ranked["weight"].to_numpy()

    def draw(rng: np.random.Generator) -> Floats:
        if moves is None:
            return np.zeros(free.height)
        effect = increments(belief.draw(rng), moves, z, weight)[place, column]
        return lifted(np.where(ranked_too, effect, 0.0) - spent, free)

    return draw


def _chosen(free: pl.DataFrame, must: pl.DataFrame, drawn: Drawn) -> pl.DataFrame:
    """What the plan that is carried out chooses: account_id, action, pass (mandatory, first, second)."""
    parts = [must.select("account_id", "action", chosen_in=pl.lit("mandatory"))]
    for name, rows in (("first", drawn.first), ("second", drawn.second)):
        parts.append(free[np.sort(rows).tolist()].select("account_id", "action", chosen_in=pl.lit(name)))
    return pl.concat(parts)


def _model_version(ranked: pl.DataFrame) -> str:
    return ", ".join(ranked["ranked_by"].unique().sort().to_list()) or "none"
