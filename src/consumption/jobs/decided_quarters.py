"""The quarters of decisions: read from the lake once their outcomes are known, and before that by early signs."""

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
from consumption.features.labels import LabelRules, told_by
from consumption.jobs.as_seen import AsSeen, horizon_of
from consumption.jobs.decided import Decided, decided
from consumption.jobs.opening import label_rules, lake_of
from consumption.jobs.quarter_rows import QuarterRows
from consumption.models.increments.logged_quarter import LoggedQuarter
from consumption.models.samples.split import USUAL_WINDOWS

EARLY = "-early"
ENTRY = "once a quarter"  # another word here, and every quarter is read anew


def read_quarters(workspace: Workspace, folder: Path, as_of: datetime, progress: Progress) -> dict[str, Path]:
    """The file in `folder` of each calendar quarter with decisions before `as_of`, by its name, oldest first.

    Where the label windows of all its decisions are past, it holds their outcomes: one that is kept is read again
    only where settings have changed what an outcome is, or where it was made from what was not known at `as_of`.
    Before that it is made anew each time, of the decisions whose early signs are there. One without a decision that
    was left to chance has none.
    """
    rules = label_rules(workspace, horizon_of(workspace))
    print_ = _made_for(workspace, rules)
    history = lake_of(workspace).history().received_before(as_of)
    told = replace(history.without_events().collect(), events=history.events)
    log = decided(told.before(as_of).decisions.collect(), workspace.settings.holdout.share)
    begun = [one for one in _quarters(log) if _midnight(one.start) <= as_of]
    is_over = {one.name: _over(one, rules) <= as_of for one in begun}
    files = {
        one.name: folder / f"{one.start:%Y-%m}-{print_[:8]}{'' if is_over[one.name] else EARLY}.npz" for one in begun
    }
    lacking = [one for one in begun if not (is_over[one.name] and _is_kept(files[one.name], print_, as_of))]
    if lacking:
        rows = QuarterRows(AsSeen(workspace, told, rules), told_by(told, rules).collect(), rules, _late(rules))
        for number, one in enumerate(lacking):
            progress("decisions", number, len(lacking))
            part = _within(log, one)
            quarter = rows.settled(part) if is_over[one.name] else rows.early(part, as_of)
            logged = LoggedQuarter(one.name, as_of, print_, log.actions, quarter)
            if is_over[one.name] or len(quarter.taken):
                _put(logged, files[one.name])
            else:
                del files[one.name]
        progress("decisions", len(lacking), len(lacking))
    return files


def _put(logged: LoggedQuarter, file: Path) -> None:
    """Keeps a quarter; one that is there and says the same stays, so that nobody takes it for news."""
    kept = LoggedQuarter.load(file)
    if kept is not None and _same(kept, logged) and kept.known_at <= logged.known_at:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    logged.save(file)


def _same(one: LoggedQuarter, other: LoggedQuarter) -> bool:
    names = ("drivers", "taken", "propensities", "happened", "weight", "numbers")
    pairs = [(getattr(one.quarter, name), getattr(other.quarter, name)) for name in names]
    pairs.append((one.quarter.moves.chances, other.quarter.moves.chances))
    same = all(a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in pairs)
    return same and (one.actions, one.made_for) == (other.actions, other.made_for)


def _quarters(log: Decided) -> list[Calendar]:
    return sorted({Calendar.of(day) for day in log.rows["timestamp"].dt.date().unique()})


def _within(log: Decided, quarter: Calendar) -> Decided:
    return replace(log, rows=log.rows.filter(pl.col("timestamp").dt.date().is_between(
        quarter.start, quarter.end, closed="left"
    )))  # fmt: skip


def _over(quarter: Calendar, rules: LabelRules) -> datetime:
    """When everything is known of the decisions of a quarter."""
    return _midnight(quarter.end) + timedelta(days=rules.lead_days + rules.horizon_days + _late(rules))


def _late(rules: LabelRules) -> int:
    """Days after which no signature is late any more."""
    return max(USUAL_WINDOWS.late, rules.gap_days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _is_kept(file: Path, made_for: str, as_of: datetime) -> bool:
    kept = LoggedQuarter.load(file)
    return kept is not None and kept.made_for == made_for and kept.known_at <= as_of


def _made_for(workspace: Workspace, rules: LabelRules) -> str:
    """SHA-256 of what settings say of outcomes and of the hold-out, and of how accounts enter."""
    held_out = workspace.settings.holdout.share
    said = {**asdict(rules), "usage": rules.usage.currency, "held out": held_out, "entry": ENTRY}
    return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
