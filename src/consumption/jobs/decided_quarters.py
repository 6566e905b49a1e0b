"""The quarters of decisions whose outcomes are all known: read from the lake once, and then kept."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from consumption.actions.number.quarters import Quarter as Calendar
from consumption.config import Workspace
from consumption.engines.progress import Progress
from consumption.features.labels import LabelRules, label, told_by
from consumption.features.signal import DRIVERS
from consumption.jobs.as_seen import AsSeen, horizon_of
from consumption.jobs.decided import Decided, decided
from consumption.jobs.opening import label_rules, lake_of
from consumption.lake.history import History
from consumption.models.belief import OUTCOMES, Floats, Moves
from consumption.models.evidence import Ints, Quarter
from consumption.models.expected_moves import crossfitted
from consumption.models.horizon import USUAL_WINDOWS
from consumption.models.logged_quarter import LoggedQuarter


def settled_quarters(workspace: Workspace, folder: Path, as_of: datetime, progress: Progress) -> dict[str, Path]:
    """The file in `folder` of each calendar quarter whose label windows are past, by its name, oldest first.

    One that is kept is read again only where settings have changed what an outcome is, or where it was made from
    what was not known at `as_of`. One without a decision that was left to chance has none.
    """
    rules = label_rules(workspace, horizon_of(workspace))
    print_ = _made_for(workspace, rules)
    history = lake_of(workspace).history().received_before(as_of)
    told = replace(history.without_events().collect(), events=history.events)
    log = decided(told.before(as_of).decisions.collect(), workspace.settings.holdout.share)
    names = [one for one in _quarters(log) if _over(one, rules) <= as_of]
    files = {one.name: folder / f"{one.start:%Y-%m}-{print_[:8]}.npz" for one in names}
    lacking = [one for one in names if not _is_kept(files[one.name], print_, as_of)]
    if lacking:
        folder.mkdir(parents=True, exist_ok=True)
        reading = _Reading(AsSeen(workspace, told, rules), told_by(told, rules).collect(), rules)
        for number, one in enumerate(lacking):
            progress("decisions", number, len(lacking))
            logged = LoggedQuarter(one.name, as_of, print_, log.actions, reading.quarter(_within(log, one)))
            logged.save(files[one.name])
        progress("decisions", len(lacking), len(lacking))
    return files


class _Reading:
    """What became of accounts, read as rows of the learner."""

    def __init__(self, seen: AsSeen, history: History, rules: LabelRules) -> None:
        self._seen, self._history, self._rules = seen, history, rules

    def quarter(self, log: Decided) -> Quarter:
        """Rows whose account was in force, was seen in a snapshot, and did not move before its window began."""
        rows = self._seen.of(log.rows)
        states = [self._state(moment) for moment in rows["seen_at"].unique().sort()]
        labels = [self._label(moment) for moment in rows["moment"].unique().sort()]
        if not states:
            return _empty(len(log.actions))
        found = (
            rows.join(pl.concat(states), on=["account_id", "seen_at"])
            .join(pl.concat(labels), on=["account_id", "moment"])
            .filter(~pl.col("moved_in_lead"))
            .sort("place")
        )
        return _quarter(found, log.chances[found["place"].to_numpy()])

    def _state(self, moment: datetime) -> pl.DataFrame:
        sizes = [f"p_{outcome}" for outcome in OUTCOMES] + ["s_contraction", "s_expansion"]
        state = self._seen.state(moment).select("account_id", *DRIVERS, *sizes)
        return state.with_columns(seen_at=pl.lit(moment).cast(pl.Datetime("us", "UTC")))

    def _label(self, moment: datetime) -> pl.DataFrame:
        rows = label(self._history, moment, self._rules)
        return rows.select("account_id", "outcome", "moved_in_lead", moment="as_of")


def _quarter(rows: pl.DataFrame, chances: Floats) -> Quarter:
    drivers = rows.select(DRIVERS).to_numpy().astype(np.float64)
    account, happened = _numbers(rows["account_id"]), _happened(rows["outcome"])
    moves = crossfitted(Moves.of(rows), drivers, happened, account)
    return Quarter(drivers, moves, rows["taken"].to_numpy(), chances, happened, np.ones(rows.height), account=account)


def _empty(actions: int) -> Quarter:
    nothing = np.empty(0)
    moves = Moves(np.empty((0, len(OUTCOMES))), nothing, nothing)
    none = np.empty(0, dtype=np.int64)
    shape = np.empty((0, len(DRIVERS))), np.empty((0, actions)), np.empty((0, len(OUTCOMES)))
    return Quarter(shape[0], moves, none, shape[1], shape[2], nothing, account=none)


def _happened(outcome: pl.Series) -> Floats:
    """0 or 1 for each of OUTCOMES; what a lost account can no longer do is not known."""
    said = np.column_stack([(outcome == name).to_numpy().astype(np.float64) for name in OUTCOMES])
    said[said[:, 0] == 1, 1:] = np.nan
    return said


def _numbers(accounts: pl.Series) -> Ints:
    """A number for each account, the same in every quarter, from which no id can be read."""
    known = {one: _number(one) for one in accounts.unique()}
    return np.array([known[one] for one in accounts], dtype=np.int64)


def _number(account: str) -> int:
    return int.from_bytes(hashlib.blake2b(account.encode(), digest_size=8).digest(), "big") >> 1


def _quarters(log: Decided) -> list[Calendar]:
    return sorted({Calendar.of(day) for day in log.rows["timestamp"].dt.date().unique()})


def _within(log: Decided, quarter: Calendar) -> Decided:
    return replace(log, rows=log.rows.filter(pl.col("timestamp").dt.date().is_between(
        quarter.start, quarter.end, closed="left"
    )))  # fmt: skip


def _over(quarter: Calendar, rules: LabelRules) -> datetime:
    """When everything is known of the decisions of a quarter."""
    return _midnight(quarter.end) + timedelta(days=_wait(rules))


def _wait(rules: LabelRules) -> int:
    return rules.lead_days + rules.horizon_days + max(USUAL_WINDOWS.late, rules.gap_days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _is_kept(file: Path, made_for: str, as_of: datetime) -> bool:
    kept = LoggedQuarter.load(file)
    return kept is not None and kept.made_for == made_for and kept.known_at <= as_of


def _made_for(workspace: Workspace, rules: LabelRules) -> str:
    """SHA-256 of what settings say of outcomes and of the hold-out."""
    said = {**asdict(rules), "usage": rules.usage.currency, "held out": workspace.settings.holdout.share}
    return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
