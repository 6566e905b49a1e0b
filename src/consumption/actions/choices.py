"""What may be done about every account: what it would bring, whether it is open, whose hours it takes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from consumption.actions import eligibility, facts, standing, week
from consumption.actions.inputs import Inputs
from consumption.actions.priorities import weighed
from consumption.models.increments.belief import Belief, prior_effects
from consumption.tables import EFFECTS, TIMESTAMP

NOT_THEIRS = "Whoever has it said that it is not theirs; it waits for another owner"


@dataclass(frozen=True)
class Choices:
    """What a plan is made from.

    `effects`: EFFECTS frame. `pairs`: a row an account and action, by both: effect, low, high, value (what it brings
    less what it costs), factor and weighed (the value after priorities, goals and travel), eligible, why, contacted,
    resting, open, unseen, owner, and the catalogue's columns. `room`: hours and counts of the week, less what was
    begun in it.
    """

    effects: pl.DataFrame
    pairs: pl.DataFrame
    room: week.Room

    @property
    def hours(self) -> pl.DataFrame:
        """owner, skill, hours of the week."""
        return self.room.hours


def choices(inputs: Inputs, belief: Belief) -> Choices:
    """Everything that could be done, of accounts in the order of `inputs.population`."""
    past, owned = past_of(inputs), week.owners(inputs.population)
    pairs = pairs_of(inputs, belief, past, owned)
    hours = week.week_hours(
        owned, inputs.known.people, inputs.catalogue, inputs.capacity, as_of=inputs.as_of, taken_up=past
    )
    counts = week.week_counts(inputs.limits, past, inputs.catalogue.by_itself, as_of=inputs.as_of)
    return Choices(_effects(inputs, pairs), pairs, week.Room(hours, counts))


def past_of(inputs: Inputs) -> pl.DataFrame:
    """What was taken up before: see `standing.taken_up`."""
    catalogue = inputs.catalogue
    return standing.taken_up(
        inputs.known.decisions, inputs.known.responses, catalogue.by_itself, tuple(catalogue.by_id)
    )


def pairs_of(inputs: Inputs, belief: Belief, past: pl.DataFrame, owned: pl.DataFrame) -> pl.DataFrame:
    """`Choices.pairs`; `past`: see `standing.taken_up`; `owned`: see `week.owners`."""
    known = facts.gather(
        inputs.snapshot,
        inputs.population,
        inputs.known,
        as_of=inputs.as_of,
        attributes=inputs.attributes,
        named_only={name for action in inputs.catalogue for name in action.condition.columns},
    )
    pairs = _pairs(inputs, belief, known, owned)
    return pairs.pipe(_theirs, past).pipe(_open, inputs, past).pipe(weighed, inputs)


def costs(inputs: Inputs) -> pl.Expr:
    """What an action costs us; nothing can be set against a share of accounts."""
    return pl.col("hours") * inputs.policy.hour_cost + pl.col("cost") if inputs.money else pl.lit(0.0)


def _pairs(inputs: Inputs, belief: Belief, known: pl.DataFrame, owned: pl.DataFrame) -> pl.DataFrame:
    may = eligibility.eligible(inputs.catalogue, known, on=inputs.as_of.date())
    found = prior_effects(inputs.ranked, inputs.drivers, inputs.catalogue.priors, belief)
    return (
        may.join(found, on=["account_id", "action"], how="left", maintain_order="left")
        .join(inputs.catalogue.frame, on="action", how="left", maintain_order="left")
        .with_columns(pl.col("effect", "low", "high").fill_null(0.0))
        .with_columns(value=pl.col("effect") - costs(inputs))
        .sort("account_id", "action")
        .join(owned, on=["account_id", "service_line"], how="left", maintain_order="left")
    )


def _effects(inputs: Inputs, pairs: pl.DataFrame) -> pl.DataFrame:
    stamped = pairs.with_columns(as_of=pl.lit(inputs.as_of, TIMESTAMP))
    return EFFECTS.check(stamped.select(*EFFECTS.schema))


def _theirs(pairs: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs without what would go to somebody who said that the account is not theirs."""
    if past["not_theirs"].null_count() == past.height:
        return pairs
    refused = eligibility.refused_by(past)
    marked = pairs.join(
        refused.with_columns(theirs=pl.lit(value=False)),
        on=["account_id", "owner"],
        how="left",
        maintain_order="left",
    )
    said = pl.when(~pl.col("theirs")).then(pl.lit(NOT_THEIRS))
    return marked.with_columns(
        eligible=pl.col("eligible") & pl.col("theirs").fill_null(value=True), why=pl.coalesce("why", said)
    ).drop("theirs")


def _open(pairs: pl.DataFrame, inputs: Inputs, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `contacted`, `resting` (cools down) and `open`: eligible, and neither of them.

    `unseen`: not open because of what was withheld, which reads as no hours.
    """
    if past.is_empty():
        none = pl.lit(value=False)
        return pairs.with_columns(contacted=none, resting=none, open="eligible", unseen=none)
    hidden = past["withheld"].any()
    seen = _resting(inputs, pairs, past.filter(~pl.col("withheld")) if hidden else past)
    rests = pl.col("resting") | (pl.col("contacted") & ~pl.col("mandatory"))
    if not hidden:
        return seen.with_columns(open=pl.col("eligible") & ~rests, unseen=pl.lit(value=False))
    keys, fits = pairs.select("account_id", "action", "mandatory"), pl.col("eligible")
    every = _resting(inputs, keys, past).select(rests=rests).to_series()
    return seen.with_columns(open=fits & ~every, unseen=fits & every & ~rests)


def _resting(inputs: Inputs, pairs: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `contacted` and `resting`, after what was taken up."""
    gap = inputs.policy.contact_gap_days
    flags = {
        "contacted": eligibility.contacted_recently(inputs.catalogue, past, inputs.as_of, gap),
        "resting": eligibility.cooling_down(inputs.catalogue, past, inputs.as_of),
    }
    for name, rows in flags.items():
        flagged = rows.with_columns(pl.lit(value=True).alias(name))
        pairs = pairs.join(flagged, on=["account_id", "action"], how="left", maintain_order="left")
    return pairs.with_columns(pl.col("contacted", "resting").fill_null(value=False))
