"""The number: what is due, what is in the plan, and what is proven; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from consumption.actions.number.counted import counted
from consumption.actions.number.due import Due, Horizon, Renewals, renewals, so_far
from consumption.actions.number.leading import Leading, first_day, leading, looked_at
from consumption.actions.number.planned import Planned, planned
from consumption.actions.number.power import CanProve, can_prove
from consumption.actions.number.proven import Evidence, Proven, prove
from consumption.actions.number.quarters import Quarter
from consumption.actions.number.words import Told, Unit, due_lines, planned_lines, proven_lines
from consumption.actions.number.worth import Worth
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.currency import in_base
from consumption.features.tiles import day_of
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.lake.history import History
from consumption.tables import RECEIVED_AT

GROUPS = ("motion", "segment")


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
    workspace: Workspace, *, as_of: datetime, target: float | None = None, progress: Progress = silent
) -> NumberDone:
    """The number as of a moment. `target`: yearly value at the quarter's end; the one in settings if not given."""
    lake = lake_of(workspace)
    history, today = lake.history(), day_of(as_of)
    draft, published = _draft(workspace, as_of)
    worth_at = _worths(workspace, history)
    progress("due", 0, 3)
    wanted = target if target is not None else workspace.settings.number.target
    due = _due(workspace, history, draft, worth=worth_at(today), as_of=as_of, target=wanted)
    progress("in the plan", 1, 3)
    plan = (
        planned(draft.about, draft.recommendations, draft.ranked, as_of=draft.as_of, published=published)
        if draft
        else None
    )
    progress("proven", 2, 3)
    counts = _counted(workspace, history, as_of)
    evidence = Evidence(
        counts,
        worth_at,
        workspace.settings.holdout.share,
        workspace.settings.labels.gap_days,
        plan.promised if plan else None,
        GROUPS,
    )
    proven = prove(evidence, today)
    early = leading(counts, _active(history, looked_at(counts, today), as_of), today)
    progress("proven", 3, 3)
    currency = workspace.settings.currency if due.money else None
    return NumberDone(as_of, due, plan, proven, early, provable(workspace, draft), currency)


def provable(workspace: Workspace, draft: drafts.Draft | None) -> CanProve | None:
    """What the book of a plan can prove and when; None without a plan."""
    if draft is None:
        return None
    first = (pl.col("action") != "none") | pl.col("would_be").is_not_null()
    chosen = draft.decisions.filter(first & ~pl.col("second_pass") & ~pl.col("mandatory"))
    return can_prove(draft.holdout, draft.ranked, workspace.settings.holdout.share, chosen.height)


def _draft(workspace: Workspace, as_of: datetime) -> tuple[drafts.Draft | None, bool]:
    """The plan of that moment, else the one that was published last before it; and whether it is published."""
    with store_of(workspace) as store:
        shown = store.latest_as_of()
    own = drafts.load(workspace.drafts, as_of)
    if own is not None:
        return own, shown == as_of
    if shown is None or shown > as_of:
        return None, False
    return drafts.load(workspace.drafts, shown), True


def _worths(workspace: Workspace, history: History) -> Callable[[date], Worth]:
    """What was known of accounts' worth at the start of a day, each day read once."""
    settings = workspace.settings
    known: dict[date, Worth] = {}

    def at(day: date) -> Worth:
        if day not in known:
            moment = datetime.combine(day, time(), UTC)
            known[day] = Worth.known(history, moment, currency=settings.currency, gap_days=settings.labels.gap_days)
        return known[day]

    return at


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
    last = accounts.select("account_id", day=pl.lit(today - timedelta(days=1)))
    in_force = float(worth.on(last).sum())
    ends = found[0] if found else None
    expected = in_force - ends.worth + ends.after.value if ends and ends.after else None
    # Without contracts only its beginning tells whether an account was there when the quarter began.
    there = accounts if worth.money else accounts.filter(pl.col("created_at").dt.date() < quarter.start)
    told = so_far(worth, there["account_id"], quarter, today)
    return Due(found, told, in_force, expected, target, worth.money)


def _counted(workspace: Workspace, history: History, as_of: datetime) -> pl.DataFrame:
    """Who counts, with top parent, segment and the motion of what was chosen; accounts merged since are left out."""
    known = history.before(as_of)
    rows, segments = counted(known.decisions), known.accounts.select("account_id", "segment").collect()
    merged = history.moved(as_of)
    gone = pl.concat([merged["account_id"], merged["to"]])
    with store_of(workspace) as store:
        members = store.holdout_members().select("account_id", "top_parent")
    motions = catalogue_of(workspace).frame.select("action", "motion")
    return (
        rows.filter(~pl.col("account_id").is_in(gone.implode()))
        .join(members, on="account_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("top_parent", "account_id").alias("top_parent"))
        .join(motions, on="action", how="left", maintain_order="left")
        .join(segments, on="account_id", how="left", maintain_order="left")
    )


def _active(history: History, counts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """account_id, day: days on which these accounts were active, as far back as is looked at."""
    start = datetime.combine(first_day(day_of(as_of)), time(), UTC)
    mine = pl.col("account_id").is_in(counts["account_id"].implode())
    rows = history.events.filter(
        pl.col("timestamp") >= start, pl.col("timestamp") < as_of, pl.col(RECEIVED_AT) < as_of
    )
    return rows.filter(mine).select("account_id", day=pl.col("timestamp").dt.date()).unique().collect()
