"""The number: what is due, what is in the plan, and what is proven; only what froze is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

import polars as pl

from consumption.actions.amounts import Unit
from consumption.actions.number.due import Due, Horizon, Renewals, renewals, so_far
from consumption.actions.number.leading import Leading, first_day, leading, looked_at
from consumption.actions.number.planned import Planned, Sent, planned
from consumption.actions.number.power import CanProve
from consumption.actions.number.proven import Proven, prove
from consumption.actions.number.quarters import Quarter
from consumption.actions.number.words import Told, due_lines, planned_lines, proven_lines
from consumption.actions.number.worth import Worth
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.currency import in_base
from consumption.features.tiles import day_of
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.proof import evidence_of, keep, provable
from consumption.lake.history import History
from consumption.lake.merges import moved_to
from consumption.tables import RECEIVED_AT


@dataclass(frozen=True)
class NumberDone:
    """The three lines, which never mix, as figures and in words. Nothing in it is about a single account.

    `leading`: what telemetry shows early, not proof; `can_prove`: what this book can prove and when.
    """

    as_of: datetime
    due: Due
    planned: Planned | None
    proven: Proven
    leading: Leading | None
    can_prove: CanProve | None
    currency: str | None

    @property
    def text(self) -> str:
        """All of it, a line a fact."""
        unit = Unit(self.currency)
        return Told(
            day_of(self.as_of),
            tuple(due_lines(self.due, unit)),
            tuple(planned_lines(self.planned, unit)),
            tuple(proven_lines(self.proven, self.leading, self.can_prove, unit)),
        ).text


def number(
    workspace: Workspace,
    *,
    as_of: datetime,
    now: datetime | None = None,
    target: float | None = None,
    progress: Progress = silent,
) -> NumberDone:
    """The number as of a moment. `target`: yearly value at the quarter's end; the one in settings if not given.

    Where `now` says that the moment has come, what is fixed by then is written down (`proof.keep`); nothing else is.
    """
    lake = lake_of(workspace)
    history, today = lake.history(), day_of(as_of)
    draft, published = _draft(workspace, as_of)
    plan = _planned(workspace, draft, published=published, at=now or as_of)
    evidence = evidence_of(workspace, history, today, matters=plan.promised if plan else None)
    progress("due", 0, 3)
    wanted = target if target is not None else workspace.settings.number.target
    due = _due(workspace, history, draft, worth=evidence.worth_at(today), as_of=as_of, target=wanted)
    progress("proven", 1, 3)
    proven = prove(evidence, today)
    if now is not None and as_of <= now:
        keep(workspace, evidence, today, proven.kept)
    counts = evidence.counted_at(today)
    early = leading(counts, _active(history, looked_at(counts, today), as_of), today)
    progress("what can be proven", 2, 3)
    can = provable(workspace, draft, counts, today=today)
    progress("what can be proven", 3, 3)
    return NumberDone(as_of, due, plan, proven, early, can, workspace.settings.currency if due.money else None)


def _planned(workspace: Workspace, draft: drafts.Draft | None, *, published: bool, at: datetime) -> Planned | None:
    if draft is None:
        return None
    with store_of(workspace) as store:
        found = store.sending(at, as_of=draft.as_of)
    # A plan from before there was an outbox: nobody noted what became of it.
    sent = Sent(found.sent, found.to_send) if any((found.sent, found.to_send, found.never)) else None
    return planned(
        draft.about, draft.recommendations, draft.ranked, as_of=draft.as_of, published=published, sent=sent
    )


def _draft(workspace: Workspace, as_of: datetime) -> tuple[drafts.Draft | None, bool]:
    """The plan of that moment, else the one that was published last before it; and whether it is published."""
    with store_of(workspace) as store:
        shown, published = store.latest_as_of(), store.is_published(as_of)
    own = drafts.load(workspace.drafts, as_of)
    if own is not None:
        return own, published
    if shown is None or shown > as_of:
        return None, False
    return drafts.load(workspace.drafts, shown), True


def _due(
    workspace: Workspace,
    history: History,
    draft: drafts.Draft | None,
    *,
    worth: Worth,
    as_of: datetime,
    target: float | None,
) -> Due:
    known, today = history.before(as_of), day_of(as_of)
    customers = known.accounts.filter(pl.col("kind").fill_null("customer") == "customer")
    contracts, rates, accounts = pl.collect_all([known.contracts, known.rates, customers])
    contracts = in_base(contracts, rates, workspace.settings.currency).join(accounts, on="account_id", how="semi")
    quarter = Quarter.of(today)
    found: tuple[Renewals, ...] = ()
    if worth.money:
        days = int(draft.about["summary"].get("horizon_days", 182)) if draft else 182
        horizon = Horizon(days, workspace.settings.labels.lead_days)
        ranked = draft.ranked if draft else None
        found = tuple(renewals(contracts, ranked, q, today, horizon) for q in (quarter, quarter.following))
    # Today: what ended this morning is neither in force nor up for renewal any more.
    in_force = float(worth.on(accounts.select("account_id", day=pl.lit(today))).sum())
    ends = found[0] if found else None
    expected = in_force - ends.worth + ends.after.value if ends and ends.after else None
    # Without contracts only its beginning tells whether an account was there when the quarter began.
    there = accounts if worth.money else accounts.filter(pl.col("created_at").dt.date() < quarter.start)
    told = so_far(worth, there["account_id"], quarter, today)
    return Due(found, told, in_force, expected, target, worth.money)


def _active(history: History, counts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """account_id, day: days on which these accounts were active, as far back as is looked at.

    A merged account's days are the survivor's.
    """
    start = datetime.combine(first_day(day_of(as_of)), time(), UTC)
    moved = history.moved(as_of)
    ids = pl.concat(
        [counts["account_id"], moved.filter(pl.col("to").is_in(counts["account_id"].implode()))["account_id"]]
    )
    rows = history.events.filter(
        pl.col("timestamp") >= start, pl.col("timestamp") < as_of, pl.col(RECEIVED_AT) < as_of
    )
    mine = moved_to(rows.filter(pl.col("account_id").is_in(ids.implode())), moved)
    return mine.select("account_id", day=pl.col("timestamp").dt.date()).unique().collect()
