"""What the proof is made from, what it can show by when, and what of it is kept for good."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from consumption.actions.catalogue import NONE
from consumption.actions.holdout import HOLDOUT, TREATED
from consumption.actions.number.counted import counted, reached
from consumption.actions.number.customers import as_customers
from consumption.actions.number.findings import Kept
from consumption.actions.number.power import CanProve, Pace, can_prove
from consumption.actions.number.proven import Evidence, prove
from consumption.actions.number.quarters import Quarter
from consumption.actions.number.worth import Worth
from consumption.actions.record import Written
from consumption.config import Workspace
from consumption.features.tiles import day_of
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.lake.history import History

GROUPS = ("motion", "segment")
FILE = "number.json"
_WEEK = 7
_LATELY = 28


def evidence_of(workspace: Workspace, history: History, today: date, *, matters: float | None = None) -> Evidence:
    """Who counts and what they were worth, by what was known on any day, each day read once."""
    worth_at = worths(workspace, history)
    with store_of(workspace) as store:
        members = store.holdout_members()
    kept = load(workspace, _unit(workspace, worth_at(today)))
    gap_days = workspace.settings.labels.gap_days
    return Evidence(_counts(workspace, history, members), worth_at, members, gap_days, matters, GROUPS, kept)


def worths(workspace: Workspace, history: History) -> Callable[[date], Worth]:
    """What was known of accounts' worth at the start of a day, each day read once."""
    settings = workspace.settings

    @cache
    def at(day: date) -> Worth:
        return Worth.known(history, _start(day), currency=settings.currency, gap_days=settings.labels.gap_days)

    return at


def _counts(workspace: Workspace, history: History, members: pl.DataFrame) -> Callable[[date], pl.DataFrame]:
    """Who counted by what was known at the start of a day: customers, segment, and the motion of what was chosen."""
    motions = catalogue_of(workspace).frame.select("action", "motion")

    @cache
    def at(day: date) -> pl.DataFrame:
        known = history.before(_start(day))
        rows = as_customers(counted(known.decisions), members, history.moved(_start(day)))
        segments = known.accounts.select("account_id", "segment").collect()
        return rows.join(motions, on="action", how="left", maintain_order="left").join(
            segments, on="account_id", how="left", maintain_order="left"
        )

    return at


def freeze(workspace: Workspace, *, as_of: datetime) -> None:
    """Write down what is fixed by a moment that has come: the planned variance, and quarters that froze.

    Asked every day by the daily job, so that data which arrive later find it written.
    """
    lake, today = lake_of(workspace), day_of(as_of)
    gap = workspace.settings.labels.gap_days
    last = Quarter.of(Quarter.of(today - timedelta(days=gap)).start - timedelta(days=1))
    if any(last.start in kept.quarters or last < _first(kept) for kept in _all(workspace).values()):
        return
    evidence = evidence_of(workspace, lake.history(), today)
    keep(workspace, evidence, today, prove(evidence, today).kept)


def _first(kept: Kept) -> Quarter:
    """The quarter in which customers began to count; one long past where nobody counts yet."""
    return Quarter.of(kept.since or date.min)


def keep(workspace: Workspace, evidence: Evidence, today: date, kept: Kept) -> None:
    """Write down what is fixed; what was written before stays as it is."""
    if kept == evidence.kept:
        return
    unit = _unit(workspace, evidence.worth_at(today))
    told = {name: one.as_json() for name, one in (_all(workspace) | {unit: kept}).items()}
    target = workspace.root / FILE
    handle, made = tempfile.mkstemp(prefix=".number-", dir=workspace.root)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(told, file, indent=1, sort_keys=True)
        Path(made).replace(target)
    finally:
        Path(made).unlink(missing_ok=True)


def load(workspace: Workspace, unit: str) -> Kept:
    """What was written down, in a currency or in accounts."""
    return _all(workspace).get(unit, Kept())


def _all(workspace: Workspace) -> dict[str, Kept]:
    try:
        said: dict[str, Any] = json.loads((workspace.root / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {unit: Kept.of_json(one) for unit, one in said.items()}


def _unit(workspace: Workspace, worth: Worth) -> str:
    return workspace.settings.currency if worth.money else "accounts"


def provable(
    workspace: Workspace, draft: drafts.Draft | None, counts: pl.DataFrame | None = None, *, today: date | None = None
) -> CanProve | None:
    """What the book of a plan can prove and by when; None without a plan. `counts`: who counts, where known."""
    if draft is None:
        return None
    day = today or day_of(draft.as_of)
    history = lake_of(workspace).history()
    rows = counts if counts is not None else _counts(workspace, history, draft.holdout)(day)
    new = _new(draft, history)
    horizon = int(draft.about["summary"].get("horizon_days", 182))
    money = bool(draft.about["money"])
    return can_prove(draft.holdout, draft.ranked, _pace(rows, new, day), horizon_days=horizon, money=money)


def _pace(counts: pl.DataFrame, new: pl.DataFrame, today: date) -> Pace:
    """How many customers come to count: those of four weeks past, or, in the first week, those that a plan chose."""
    firsts = counts.filter(pl.col("since") < today).group_by("top_parent").agg(pl.col("since").min())
    since = firsts["since"].min()
    if not isinstance(since, date) or (today - since).days < _WEEK:
        newly = pl.concat([firsts["top_parent"], new["top_parent"]]).n_unique()
        return Pace(since if isinstance(since, date) else today, today, firsts.height, float(newly))
    lately = min((today - since).days, _LATELY)
    fresh = firsts.filter(pl.col("since") >= today - timedelta(days=lately)).height
    return Pace(since, today, firsts.height, fresh * _WEEK / lately)


def _new(draft: drafts.Draft, history: History) -> pl.DataFrame:
    """Customers that a plan chose for the first time: top_parent.

    Not the exempt, nor duties, nor the second pass; a card that goes on has the id of an earlier day.
    """
    said = Written(draft.as_of, draft.about["policy_version"], "", 0, None, money=True)
    chosen = draft.decisions.filter(
        (pl.col("action") != NONE) | pl.col("would_be").is_not_null(),
        ~pl.col("second_pass") & ~pl.col("mandatory"),
        pl.col("arm").is_in([HOLDOUT, TREATED]),
    ).select("account_id", "decision_id")
    today = pl.Series([said.identify(account) for account in chosen["account_id"]], dtype=pl.String)
    before = reached(history.before(draft.as_of).decisions).select("account_id").unique().collect()
    return (
        chosen.filter(pl.col("decision_id") == today)
        .join(before, on="account_id", how="anti")
        .join(draft.holdout.select("account_id", "top_parent"), on="account_id")
        .select("top_parent")
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
