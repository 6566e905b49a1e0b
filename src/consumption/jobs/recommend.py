"""Choose the next best action for every account, within the team's hours: a draft plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.facts import Known
from consumption.actions.in_touch import looked_back
from consumption.actions.inputs import Inputs
from consumption.actions.number.counted import with_expected
from consumption.actions.priority_names import unknown_priorities
from consumption.actions.recommend import Recommended
from consumption.actions.recommend import recommend as choose
from consumption.actions.rules import CapacityRules, HoldoutRules, PolicyRules, PriorityRules
from consumption.actions.week_told import HOURS_OF, hours_of
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.drivers import drivers
from consumption.jobs import drafts, effects
from consumption.jobs.erase import marked
from consumption.jobs.intervals import with_intervals
from consumption.jobs.keys import store_of
from consumption.jobs.limits import limits_of
from consumption.jobs.opening import catalogue_of, lake_of, signals_of, usage_rules
from consumption.jobs.published import published_plan, refuse_if_published
from consumption.jobs.snapshots import Making, refuse_before_the_first_event, snapshots_of
from consumption.jobs.team import team_of
from consumption.jobs.to_rank import to_rank
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.ranking import rank
from consumption.models.reasons.explain import reasons
from consumption.models.served import load_served, pointer
from consumption.store.team import TOLD

BASELINE_DAYS = (28, 56, 84)
"""How far back the snapshots lie whose median is an account's own baseline."""

WEIGHED_REASONS = 6
"""Reasons looked at for an account and motion; the plan shows those that speak for the action it chose."""


@dataclass(frozen=True)
class RecommendDone:
    """What one plan chose."""

    accounts: int
    recommended: int
    hours: float
    notes: tuple[str, ...]
    by_itself: int = 0

    @property
    def text(self) -> str:
        """The result in a sentence, and who ranks."""
        done = f"{self.accounts:,} accounts, {self.recommended:,} recommendations, {self.hours:,.0f} hours"
        if self.by_itself:
            done += f"; {self.by_itself:,} of them need nobody's hours, and are sent once published"
        return "\n".join([done, *self.notes])


def recommend(workspace: Workspace, *, as_of: datetime, progress: Progress = silent) -> RecommendDone:
    """Make a draft plan and keep it; nobody sees it before it is published."""
    draft = make_draft(workspace, as_of=as_of, progress=progress)
    chosen = draft.recommendations.filter(pl.col("action") != "none")
    models = draft.about["notes"]
    by_itself = int(draft.about["summary"]["by_itself"])
    return RecommendDone(draft.ranked.height, chosen.height, float(chosen["hours"].sum()), tuple(models), by_itself)


def make_draft(workspace: Workspace, *, as_of: datetime, progress: Progress = silent) -> drafts.Draft:
    """The plan of that moment, kept as a draft.

    Raises `PlanIsPublished` where one was published: that one stays.
    """
    refuse_if_published(workspace, as_of)
    models, learned = models_in_charge(workspace), effects.version_in_use(workspace)
    making, begun = _making(workspace, as_of, progress)
    inputs = _inputs(workspace, making, models, as_of, begun)
    progress("plan", 0, 1)
    done = choose(inputs)
    progress("plan", 1, 1)
    with store_of(workspace) as store:
        store.draw(done.members)  # Drawn when first seen: an exemption that comes later changes nothing.
    draft = drafts.Draft(
        as_of=as_of,
        ranked=inputs.ranked,
        population=inputs.population,
        snapshot=inputs.snapshot,
        briefs=with_intervals(making.briefs(as_of), inputs, models),
        effects=done.effects,
        recommendations=done.recommendations,
        alternatives=done.alternatives,
        decisions=with_expected(done.decisions, inputs.ranked),
        holdout=done.members,
        people=team_of(inputs.known.people, inputs.population),
        ended=done.ended,
        about=_about(inputs, done, models, learned, effects.sources(workspace)),
    )
    with drafts.alone(workspace.drafts):
        refuse_if_published(workspace, as_of)  # It may have been published while this one was made.
        drafts.save(workspace.drafts, draft)
    return draft


def inputs_of(workspace: Workspace, as_of: datetime, *, progress: Progress = silent) -> Inputs:
    """All that the plan of that moment depends on."""
    making, begun = _making(workspace, as_of, progress)
    return _inputs(workspace, making, models_in_charge(workspace), as_of, begun)


def _making(workspace: Workspace, as_of: datetime, progress: Progress) -> tuple[Making, datetime]:
    """The workspace's past as of a moment, and when its events begin."""
    begun = refuse_before_the_first_event(lake_of(workspace), as_of)
    return Making.of(workspace, as_of, progress=progress), begun


def current_draft(workspace: Workspace, as_of: datetime) -> drafts.Draft | None:
    """The draft of that moment; None where there is none, or where other models rank or more was learned by now.

    What was published stays as it was shown, whatever was trained since.
    """
    published = published_plan(workspace, as_of)
    if published is not None:
        return published
    draft = drafts.load(workspace.drafts, as_of)
    if draft is None:
        return None
    today = {motion: now.version for motion in MOTIONS if (now := pointer(workspace.models, motion))}
    same = all(draft.about["model_versions"][motion] == version for motion, version in today.items())
    same &= draft.about.get("effects_version", 0) == effects.version_in_use(workspace)
    return draft if same else None


def _inputs(
    workspace: Workspace, making: Making, models: Mapping[Motion, Model], as_of: datetime, begun: datetime
) -> Inputs:
    """All that the plan depends on, from the lake and from settings."""
    told = making.told
    snapshot, baseline = _snapshots(workspace, making, as_of, begun)
    people = to_rank(workspace, told, snapshot, as_of)
    shrink, grow = models["help"], models["expand"]
    signals = signals_of(workspace)
    ranked = rank(snapshot, people, help=shrink, expand=grow, as_of=as_of)
    why = reasons(snapshot, baseline, people, ranked, help=shrink, expand=grow, signals=signals, top=WEIGHED_REASONS)
    catalogue = catalogue_of(workspace)
    inputs = Inputs(
        as_of=as_of,
        snapshot=snapshot,
        population=people,
        ranked=ranked,
        reasons=why,
        drivers=drivers(snapshot, people),
        catalogue=catalogue,
        known=Known.of(told, as_of, spoken_days=spoken_days(workspace, catalogue)),
        members=_members(workspace),
    )
    return with_rules(workspace, inputs)


def spoken_days(workspace: Workspace, catalogue: Catalogue) -> int:
    """So many days back a plan asks who was spoken with."""
    return looked_back(catalogue, workspace.settings.policy.logged_contact_days)


def with_rules(workspace: Workspace, inputs: Inputs) -> Inputs:
    """What is known, with the rules of settings and what was learned about actions."""
    settings = workspace.settings
    return replace(
        inputs,
        holdout=HoldoutRules(
            share=settings.holdout.share,
            salt=settings.holdout.salt,
            exempt=(*settings.holdout.exempt, *settings.priorities.always),
        ),
        policy=PolicyRules(**dict(settings.policy)),
        capacity=CapacityRules(hours_per_week=settings.capacity.hours_per_week),
        priorities=PriorityRules(**dict(settings.priorities)),
        attributes=tuple(name.partition(":")[0] for name in settings.signals.attributes),
        limits=limits_of(workspace, inputs.catalogue),
        seed=settings.seed,
        currency=settings.currency,
        belief=effects.believed(workspace, inputs.catalogue),
    )


def _about(
    inputs: Inputs, done: Recommended, models: Mapping[Motion, Model], effects_version: int, effects_from: str
) -> dict[str, Any]:
    """What a reader of the plan asks beside its rows."""
    return {
        "policy_version": inputs.policy_version,
        "model_versions": {motion: model.about.version or model.kind for motion, model in models.items()},
        "notes": [
            *unknown_priorities(inputs),
            *(f"{motion}: {model.about.note}" for motion, model in models.items()),
            effects_from,
        ],
        "seed": inputs.seed,
        "effects_version": effects_version,
        "currency": inputs.currency if inputs.money else None,
        "money": inputs.money,
        "summary": {
            **done.summary,
            "horizon_days": models["help"].about.horizon_days,
            TOLD: inputs.known.people.height > 0,
            HOURS_OF: hours_of(inputs, done.hours, done.recommendations),
            "by_rule": {motion: model.about.note for motion, model in models.items() if model.kind == "rule"},
        },
        "prices": done.prices.to_dicts(),
    }


def models_in_charge(workspace: Workspace) -> dict[Motion, Model]:
    """What ranks each motion today; raises StaleModel where that was trained on other signals."""
    signals, rules = signals_of(workspace), usage_rules(workspace)
    motions: tuple[Motion, ...] = ("help", "expand")
    return {motion: load_served(workspace.models, motion, signals, rules) for motion in motions}


def _snapshots(
    workspace: Workspace, making: Making, as_of: datetime, begun: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The snapshot of the moment, and each account's own median of the ones before it."""
    earlier_dates = [as_of - timedelta(days=days) for days in BASELINE_DAYS]
    dates = [as_of, *(date for date in earlier_dates if date > begun)]
    made = snapshots_of(making, dates, marked(workspace))
    earlier = pl.concat([made[as_of].clear(), *(made[date] for date in dates[1:])], how="diagonal_relaxed")
    numbers = [name for name, dtype in earlier.schema.items() if dtype == pl.Float64]
    baseline = earlier.sort("account_id", "as_of").group_by("account_id", maintain_order=True)
    return made[as_of], baseline.agg(pl.col(numbers).median(), pl.lit(min(dates)).alias("as_of"))


def _members(workspace: Workspace) -> pl.DataFrame:
    with store_of(workspace) as store:
        return store.holdout_members()
