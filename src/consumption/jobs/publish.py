"""Log the decisions of a plan, then show it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.not_yet import refuse_a_day_to_come
from consumption.jobs.opening import catalogue_of, signals_of
from consumption.jobs.proof import provable
from consumption.jobs.published import PlanIsPublished
from consumption.jobs.recommend import current_draft, make_draft
from consumption.store.publication import Publication
from consumption.store.records import ActionText, SignalText


@dataclass(frozen=True)
class PublishDone:
    """What was shown; nothing, and `published` false, where that day, or a later one, was published before."""

    as_of: datetime
    accounts: int
    shown: int
    published: bool
    can_prove: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The result in a sentence, who ranks each motion and why, and what can be proven."""
        day = f"{self.as_of:%Y-%m-%d}"
        if not self.published:
            if not self.accounts:
                return f"{day} was published before: nothing changed"
            return f"{day} or a later day was published before: nothing changed, the plan stays a draft"
        shown = f"published as of {day}: {self.shown:,} recommendations for {self.accounts:,} accounts"
        return "\n".join(filter(None, [shown, *self.notes, self.can_prove]))


def publish(workspace: Workspace, *, as_of: datetime, now: datetime, progress: Progress = silent) -> PublishDone:
    """Publish the draft of that day, made now where there is none; the same day again changes nothing.

    Nobody can keep another draft meanwhile: what is published is what lies among the files. Raises `NotYet` for a
    day to come.
    """
    refuse_a_day_to_come(as_of, now)
    made = None
    while (done := _shown(workspace, as_of, now, made, progress)) is None:
        with suppress(PlanIsPublished):  # by somebody else, while this one was made
            made = make_draft(workspace, as_of=as_of, progress=progress)
    return done


def _shown(
    workspace: Workspace, as_of: datetime, now: datetime, made: drafts.Draft | None, progress: Progress
) -> PublishDone | None:
    """What came of publishing the draft of that day, or else the one that was `made`; None where there is neither."""
    with drafts.alone(workspace.drafts):
        with store_of(workspace) as store:
            if store.is_published(as_of):
                return PublishDone(as_of, 0, 0, published=False)
        draft = _draft(workspace, as_of)
        if draft is None and made is not None and _as_drawn(workspace, made):
            drafts.save(workspace.drafts, made)
            draft = made
        if draft is None:
            return None
        progress("publish", 0, 1)
        with store_of(workspace) as store:
            published = store.publish(_publication(workspace, draft, now))
    progress("publish", 1, 1)
    return _done(workspace, draft, published=published)


def _done(workspace: Workspace, draft: drafts.Draft, *, published: bool) -> PublishDone:
    """What is said of a draft that was published, or left as it is."""
    shown = draft.recommendations["action"].ne("none").sum()
    proof = provable(workspace, draft)
    told, notes = proof.text if proof else "", tuple(draft.about.get("notes", ()))
    return PublishDone(draft.as_of, draft.recommendations.height, int(shown), published, told, notes)


def _draft(workspace: Workspace, as_of: datetime) -> drafts.Draft | None:
    """The draft of that day, unless it was drawn with another control group than the one that is stored by now."""
    draft = current_draft(workspace, as_of)
    return draft if draft is not None and _as_drawn(workspace, draft) else None


def _as_drawn(workspace: Workspace, draft: drafts.Draft) -> bool:
    """Whether the draft's arms are those that are stored by now."""
    with store_of(workspace) as store:
        stored = store.holdout_members().select("account_id", arm_stored="arm")
    moved = draft.holdout.join(stored, on="account_id").filter(pl.col("arm") != pl.col("arm_stored"))
    return moved.is_empty()


def _publication(workspace: Workspace, draft: drafts.Draft, now: datetime) -> Publication:
    frames = {name: getattr(draft, name) for name in drafts.FRAMES if name != "effects"}
    about = draft.about
    actions = [ActionText(a.id, a.title, a.service_line, a.steps, a.customer_steps) for a in catalogue_of(workspace)]
    return Publication(
        as_of=draft.as_of,
        published_at=now,
        **frames,
        fits=draft.effects.filter("eligible").select("account_id", "action"),
        actions=actions,
        signals=[SignalText(s.name, s.unit, s.label) for s in signals_of(workspace)],
        model_versions=about["model_versions"],
        policy_version=about["policy_version"],
        seed=about["seed"],
        currency=about["currency"],
        money=about["money"],
        summary=about["summary"],
    )
