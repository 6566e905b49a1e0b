"""What to do next for every account: effects, the plan within the week's hours, the hold-out, and why not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.actions import eligibility, facts, holdout, record, standing, week
from consumption.actions.alternatives import alternatives
from consumption.actions.inputs import Inputs
from consumption.actions.planner import plan
from consumption.actions.policy import Draw, Drawn, Options, draw_plans, propensities
from consumption.actions.summary import summary
from consumption.models.belief import Belief, Floats, Moves, belief_of, driver_values, increments, prior_effects
from consumption.tables import EFFECTS, RANKED, TIMESTAMP


@dataclass(frozen=True)
class Recommended:
    """What was decided, and all that explains it.

    `recommendations`: RECOMMENDED frame and more columns; `decisions`: what is logged before anyone sees it;
    `alternatives`: the best few actions of each account and why each lost; `effects`: EFFECTS frame; `members`: the
    hold-out to be stored; `prices`: what one more hour is worth; `hours`: the hours there were; `summary`: counts.
    """

    recommendations: pl.DataFrame
    decisions: pl.DataFrame
    alternatives: pl.DataFrame
    effects: pl.DataFrame
    members: pl.DataFrame
    prices: pl.DataFrame
    hours: pl.DataFrame
    summary: dict[str, float]


def recommend(inputs: Inputs) -> Recommended:
    """Choose for every account in force, within the hours of the week; the same inputs give the same answer.

    Every account of the population has a row: with an action, or with `none` and why. Accounts that gave notice get
    what is mandatory first; held-out ones get nothing that is not.
    """
    inputs = _in_order(inputs)
    members = holdout.draw_members(inputs.population, inputs.members, inputs.holdout, as_of=inputs.as_of)
    belief = belief_of(inputs.ranked, inputs.catalogue.priors)
    effects, pairs = _effects(inputs, belief)
    hours = _hours(inputs)
    served = holdout.served_chance(members, inputs.holdout)
    pairs = _with_owner(inputs, pairs).join(served, on="account_id", how="left", maintain_order="left")
    must = _mandatory(inputs, pairs, hours)
    after_must = _left(hours, must)
    kept = _kept(inputs, pairs.join(must, on="account_id", how="anti", maintain_order="left"), after_must)
    settled = pl.concat([kept.select("account_id", "action"), must.select("account_id", "action")])
    free = pairs.filter("open").join(settled, on="account_id", how="anti", maintain_order="left")
    drawn = _drawn(inputs, belief, free, _left(after_must, kept.filter("served")), settled)
    chosen = pl.concat([kept.select("account_id", "action", "chosen_in"), _chosen(free, must, drawn)])
    chances = pl.concat([standing.chances(kept), propensities(drawn, free, free["chance"].to_numpy())])
    decided = record.decided(inputs.population, chosen, chances, pairs)
    written = record.Written(
        inputs.as_of, inputs.policy_version, _model_version(inputs.ranked), inputs.seed, inputs.currency, inputs.money
    )
    recommendations = written.recommendations(decided, inputs, pairs)
    decisions = written.decisions(recommendations, decided, pairs, hours)
    return Recommended(
        recommendations=recommendations,
        decisions=decisions,
        alternatives=alternatives(pairs, recommendations),
        effects=EFFECTS.check(effects),
        members=members,
        prices=drawn.prices,
        hours=hours,
        summary=summary(recommendations, pairs, drawn.base, free, hours),
    )


def _in_order(inputs: Inputs) -> Inputs:
    """The same inputs whatever order their rows came in."""
    return replace(
        inputs,
        population=inputs.population.sort("account_id"),
        ranked=RANKED.check(inputs.ranked).sort("account_id"),
        reasons=inputs.reasons.sort("account_id", "motion", "position"),
    )


def _effects(inputs: Inputs, belief: Belief) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The EFFECTS frame, and the same pairs with what decides about them: value, open, why."""
    what = inputs.catalogue.frame
    known = facts.gather(
        inputs.snapshot, inputs.population, inputs.known, as_of=inputs.as_of, attributes=inputs.attributes
    )
    may = eligibility.eligible(inputs.catalogue, known, on=inputs.as_of.date())
    found = prior_effects(inputs.ranked, inputs.drivers, inputs.catalogue.priors, belief)
    pairs = (
        may.join(found, on=["account_id", "action"], how="left", maintain_order="left")
        .with_columns(pl.col("effect", "low", "high").fill_null(0.0))
        .join(what, on="action", how="left", maintain_order="left")
        .with_columns(value=pl.col("effect") - _costs(inputs))
        .sort("account_id", "action")
    )
    effects = pairs.select(
        "account_id",
        pl.lit(inputs.as_of, TIMESTAMP).alias("as_of"),
        "action",
        "effect",
        "low",
        "high",
        "hours",
        "eligible",
    )
    return effects, _open(inputs, pairs)


def _costs(inputs: Inputs) -> pl.Expr:
    """What an action costs us; nothing can be set against a share of accounts."""
    return pl.col("hours") * inputs.policy.hour_cost + pl.col("cost") if inputs.money else pl.lit(0.0)


def _open(inputs: Inputs, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `contacted`, `resting` (cools down) and `open`: eligible, and neither of them."""
    taken_up = standing.taken_up(inputs.known.decisions, inputs.known.responses)
    recent = eligibility.contacted_recently(inputs.catalogue, taken_up, inputs.as_of, inputs.policy.contact_gap_days)
    resting = eligibility.cooling_down(inputs.catalogue, taken_up, inputs.as_of).with_columns(
        resting=pl.lit(value=True)
    )
    return (
        pairs.join(resting, on=["account_id", "action"], how="left", maintain_order="left")
        .with_columns(
            pl.col("resting").fill_null(value=False), contacted=pl.col("account_id").is_in(recent.implode())
        )
        .with_columns(open=pl.col("eligible") & ~pl.col("resting") & (~pl.col("contacted") | pl.col("mandatory")))
    )


def _hours(inputs: Inputs) -> pl.DataFrame:
    known = inputs.known
    owned = week.owners(inputs.population)
    return week.week_hours(
        owned,
        known.people,
        inputs.catalogue,
        inputs.capacity,
        as_of=inputs.as_of,
        taken_up=standing.taken_up(known.decisions, known.responses),
    )


def _with_owner(inputs: Inputs, pairs: pl.DataFrame) -> pl.DataFrame:
    owned = week.owners(inputs.population)
    return pairs.join(owned, on=["account_id", "service_line"], how="left", maintain_order="left")


def _kept(inputs: Inputs, pairs: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """This week's cards that wait for an answer and still fit: rows of `pairs`, chosen_in, propensities, served.

    A list stands until its week ends, held-out accounts' share of it too. What is mandatory comes first: where it
    leaves too few hours, the cards worth least go.
    """
    waiting = standing.waiting(inputs.known.decisions, inputs.known.responses, inputs.as_of)
    still = pairs.filter(pl.col("eligible") & ~pl.col("mandatory"))
    withheld = (pl.col("arm") == holdout.HOLDOUT) & (pl.col("chosen_in") == "first")
    kept = still.join(waiting, on=["account_id", "action"], how="inner", maintain_order="left").with_columns(
        served=~withheld.fill_null(value=False)
    )
    asked = kept.filter("served").select(
        "account_id", "action", "hours", "owner", "skill", pl.col("value").clip(1e-9)
    )
    fits = plan(asked, hours).chosen.select("account_id", "action")
    return kept.join(fits, on=["account_id", "action"], how="semi", maintain_order="left").vstack(
        kept.filter(~pl.col("served"))
    )


def _mandatory(inputs: Inputs, pairs: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """What must be done and fits the week, largest accounts first: rows of `pairs`."""
    weight = inputs.population.select("account_id", "weight")
    must = pairs.filter(pl.col("open") & pl.col("mandatory")).join(weight, on="account_id", maintain_order="left")
    asked = must.select("account_id", "action", "hours", "owner", "skill", value=pl.col("weight").clip(1e-9))
    kept = plan(asked, hours, inputs.limits).chosen.select("account_id", "action")
    return pairs.join(kept, on=["account_id", "action"], how="semi", maintain_order="left")


def _left(hours: pl.DataFrame, must: pl.DataFrame) -> pl.DataFrame:
    """The hours that what must be done leaves."""
    gone = must.group_by("owner").agg(pl.col("hours").sum().alias("gone"))
    left = pl.when(pl.col("skill").is_null()).then(pl.col("hours") - pl.col("gone").fill_null(0)).otherwise("hours")
    return hours.join(gone, on="owner", how="left", maintain_order="left").select(
        "owner", "skill", hours=left.clip(0)
    )


def _drawn(inputs: Inputs, belief: Belief, free: pl.DataFrame, left: pl.DataFrame, settled: pl.DataFrame) -> Drawn:
    """The fifty plans over what may be chosen freely."""
    done = dict(settled["action"].value_counts().iter_rows())
    limits = {a: max(n - done.get(a, 0), 0) for a, n in inputs.limits.items()} if inputs.limits else None
    options = Options(
        candidates=free.select("account_id", "action", "value", "hours", "owner", "skill"),
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
    costs = free.with_columns(costs=_costs(inputs))["costs"].to_numpy()
    moves = Moves.of(ranked) if ranked.height else None
    z, weight = driver_values(ranked, inputs.drivers), ranked["weight"].to_numpy()

    def draw(rng: np.random.Generator) -> Floats:
        if moves is None:
            return np.zeros(free.height)
        effect = increments(belief.draw(rng), moves, z, weight)[place, column]
        values: Floats = np.where(ranked_too, effect, 0.0) - costs
        return values

    return draw


def _chosen(free: pl.DataFrame, must: pl.DataFrame, drawn: Drawn) -> pl.DataFrame:
    """What the plan that is carried out chooses: account_id, action, pass (mandatory, first, second)."""
    parts = [must.select("account_id", "action", chosen_in=pl.lit("mandatory"))]
    for name, rows in (("first", drawn.first), ("second", drawn.second)):
        parts.append(free[np.sort(rows).tolist()].select("account_id", "action", chosen_in=pl.lit(name)))
    return pl.concat(parts)


def _model_version(ranked: pl.DataFrame) -> str:
    return ", ".join(ranked["ranked_by"].unique().sort().to_list()) or "none"
