"""What may be done about every account: what it would bring, whether it is open, whose hours it takes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from consumption.actions import eligibility, facts, standing, week
from consumption.actions.inputs import Inputs
from consumption.actions.priorities import weighed
from consumption.models.belief import Belief, prior_effects
from consumption.tables import EFFECTS, TIMESTAMP


@dataclass(frozen=True)
class Choices:
    """What a plan is made from.

    `effects`: EFFECTS frame. `pairs`: a row an account and action, by both: effect, low, high, value (what it brings
    less what it costs), factor and weighed (the value after priorities, goals and travel), eligible, why, contacted,
    resting, open, unseen, owner, and the catalogue's columns. `hours`: owner, skill, hours of the week.
    """

    effects: pl.DataFrame
    pairs: pl.DataFrame
    hours: pl.DataFrame


def choices(inputs: Inputs, belief: Belief) -> Choices:
    """Everything that could be done, of accounts in the order of `inputs.population`."""
    past = standing.taken_up(inputs.known.decisions, inputs.known.responses, inputs.catalogue.by_itself)
    owned = week.owners(inputs.population)
    pairs = pairs_of(inputs, belief, past).join(
        owned, on=["account_id", "service_line"], how="left", maintain_order="left"
    )
    hours = week.week_hours(
        owned, inputs.known.people, inputs.catalogue, inputs.capacity, as_of=inputs.as_of, taken_up=past
    )
    return Choices(_effects(inputs, pairs), pairs, hours)


def pairs_of(inputs: Inputs, belief: Belief, past: pl.DataFrame) -> pl.DataFrame:
    """`Choices.pairs` but for the owner; `past`: see `standing.taken_up`."""
    known = facts.gather(
        inputs.snapshot,
        inputs.population,
        inputs.known,
        as_of=inputs.as_of,
        attributes=inputs.attributes,
        named_only={name for action in inputs.catalogue for name in action.condition.columns},
    )
    return _pairs(inputs, belief, known).pipe(_open, inputs, past).pipe(weighed, inputs)


def costs(inputs: Inputs) -> pl.Expr:
    """What an action costs us; nothing can be set against a share of accounts."""
    return pl.col("hours") * inputs.policy.hour_cost + pl.col("cost") if inputs.money else pl.lit(0.0)


def _pairs(inputs: Inputs, belief: Belief, known: pl.DataFrame) -> pl.DataFrame:
    may = eligibility.eligible(inputs.catalogue, known, on=inputs.as_of.date())
    found = prior_effects(inputs.ranked, inputs.drivers, inputs.catalogue.priors, belief)
    return (
        may.join(found, on=["account_id", "action"], how="left", maintain_order="left")
        .with_columns(pl.col("effect", "low", "high").fill_null(0.0))
        .join(inputs.catalogue.frame, on="action", how="left", maintain_order="left")
        .with_columns(value=pl.col("effect") - costs(inputs))
        .sort("account_id", "action")
    )


def _effects(inputs: Inputs, pairs: pl.DataFrame) -> pl.DataFrame:
    stamped = pairs.with_columns(as_of=pl.lit(inputs.as_of, TIMESTAMP))
    return EFFECTS.check(stamped.select(*EFFECTS.schema))


def _open(pairs: pl.DataFrame, inputs: Inputs, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `contacted`, `resting` (cools down) and `open`: eligible, and neither of them.

    `unseen`: not open because of what was withheld, which reads as no hours.
    """
    seen = _resting(inputs, pairs, past.filter(~pl.col("withheld")))
    every = _resting(inputs, pairs, past) if past["withheld"].any() else seen
    rests = every.select(rests=pl.col("resting") | (pl.col("contacted") & ~pl.col("mandatory"))).to_series()
    told = pl.col("resting") | (pl.col("contacted") & ~pl.col("mandatory"))
    return seen.with_columns(open=pl.col("eligible") & ~rests, unseen=pl.col("eligible") & rests & ~told)


def _resting(inputs: Inputs, pairs: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `contacted` and `resting`, after what was taken up."""
    if past.is_empty():
        return pairs.with_columns(contacted=pl.lit(value=False), resting=pl.lit(value=False))
    recent = eligibility.contacted_recently(inputs.catalogue, past, inputs.as_of, inputs.policy.contact_gap_days)
    resting = eligibility.cooling_down(inputs.catalogue, past, inputs.as_of)
    found = pairs
    for name, rows in (("contacted", recent), ("resting", resting)):
        flagged = rows.with_columns(pl.lit(value=True).alias(name))
        found = found.join(flagged, on=["account_id", "action"], how="left", maintain_order="left")
    return found.with_columns(pl.col("contacted", "resting").fill_null(value=False))
