"""What is proven: served accounts against held-out ones, pooled over everything and all quarters first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from consumption.actions.holdout import HOLDOUT, TREATED
from consumption.actions.number.arms import Comparison, Interval, compare
from consumption.actions.number.findings import NOTHING, Finding, Frozen, Kept
from consumption.actions.number.power import planned_sum
from consumption.actions.number.quarters import Quarter, quarters_between
from consumption.actions.number.worth import Span, Worth, changes

PART = 0.25
"""A part is taken for a quarter of the whole, whatever it turns out to be: that too is fixed beforehand."""
_SHOWN = 5e-4


@dataclass(frozen=True)
class Proven:
    """The third line of the number; `since`: the first day that counts, None where nothing does yet.

    `kept`: what is fixed by now, to be given again at the next look.
    """

    since: date | None
    total: Finding
    quarters: tuple[Finding, ...]
    parts: tuple[Finding, ...]
    kept: Kept = NOTHING


@dataclass(frozen=True)
class Evidence:
    """What the proof is made from.

    `counted_at`: who counts by what was known at the start of a day, as `counted.counted`, with top_parent and a
    column for each of `groups`; `worth_at`: what was known of accounts' worth then; `members`: of the hold-out
    (`holdout.MEMBERS`); `gap_days`: how late a contract may be signed; `matters`: the effect, as a share, that a
    breakdown must be able to tell (None: no breakdown); `kept`: what was fixed at an earlier look.
    """

    counted_at: Callable[[date], pl.DataFrame]
    worth_at: Callable[[date], Worth]
    members: pl.DataFrame
    gap_days: int
    matters: float | None = None
    groups: tuple[str, ...] = ()
    kept: Kept = NOTHING


def prove(evidence: Evidence, today: date) -> Proven:
    """All that counted before `today`: in total, quarter by quarter, and by group where that tells anything."""
    counted = evidence.counted_at(today).filter(pl.col("since") < today)
    worth, kept = evidence.worth_at(today), evidence.kept
    if counted.is_empty():
        return Proven(None, _running("total", counted, worth, Span(None, today), 1.0), (), (), kept)
    since: date = min(counted["since"])
    if kept.planned is None:
        kept = replace(kept, since=since, planned=planned_variance(evidence.members, evidence.worth_at(since), since))
    planned = kept.planned or 1.0
    total = _running("total", counted, worth, Span(None, today), planned)
    frozen = {**kept.quarters, **_frozen_by(evidence, kept, since, today)}
    quarters = tuple(
        _corrected(frozen[q.start].finding, counted, worth, q)
        if q.start in frozen and frozen[q.start].on <= today
        else _running(q.name, counted, worth, Span(q.start, min(q.end, today)), planned / 2)
        for q in quarters_between(min(since, kept.since or since), today)
    )
    parts = _parts(evidence, counted, worth, today, planned * PART)
    return Proven(since, total, quarters, parts, replace(kept, quarters=frozen))


def planned_variance(members: pl.DataFrame, worth: Worth, since: date) -> float:
    """The variance of the sum for which the sequence is tightest, from all that were members on the first day.

    Whoever is drawn, chosen or signed later changes nothing about it: a sequence holds only if it was chosen before
    the first look. `members`: as `holdout.MEMBERS`; `worth`: as known on `since`.
    """
    drawn = members.filter(pl.col("drawn_at").dt.date() <= since, pl.col("arm").is_in([HOLDOUT, TREATED]))
    asked = drawn.select("account_id", "top_parent", "arm", day=pl.lit(since)).sort("account_id")
    sizes = (
        asked.with_columns(worth=worth.on(asked))
        .group_by("top_parent", maintain_order=True)
        .agg(pl.col("worth").sum(), held=(pl.col("arm") == HOLDOUT).any())
        .filter(pl.col("worth") > 0)
    )
    if sizes.is_empty():
        return 1.0
    return planned_sum(float((sizes["worth"] ** 2).sum()), float(sizes["held"].sum()) / sizes.height)


def _frozen_by(evidence: Evidence, kept: Kept, since: date, today: date) -> dict[date, Frozen]:
    """Quarters that are frozen by today and were not told yet: as it was known on the day they froze."""
    found = {}
    for quarter in quarters_between(since, today):
        on = quarter.frozen_on(evidence.gap_days)
        if on > today or quarter.start in kept.quarters:
            continue
        rows = changes(evidence.counted_at(on), evidence.worth_at(on), Span(quarter.start, quarter.end))
        told = compare(rows)
        share = None if told.missing else told.fixed()
        found[quarter.start] = Frozen(on, replace(_finding(quarter.name, told, share), frozen=True))
    return found


def _corrected(told: Finding, counted: pl.DataFrame, worth: Worth, quarter: Quarter) -> Finding:
    """With what the share would be by what is known today, where a reader would see another figure."""
    if told.share is None:
        return told
    now = compare(changes(counted, worth, Span(quarter.start, quarter.end))).effect
    return replace(told, corrected=now) if abs(now - told.share.value) >= _SHOWN else told


def _running(name: str, counted: pl.DataFrame, worth: Worth, span: Span, planned: float) -> Finding:
    found = compare(changes(counted, worth, span))
    return _finding(name, found, None if found.missing else found.anytime(planned))


def _finding(name: str, found: Comparison, share: Interval | None) -> Finding:
    gained = share.times(found.worth) if share else None
    return Finding(name, share, gained, found.served, found.withheld, found.missing)


def _parts(
    evidence: Evidence, counted: pl.DataFrame, worth: Worth, today: date, planned: float
) -> tuple[Finding, ...]:
    """Groups whose interval is shorter than the effect it could matter for; all others would only mislead."""
    if evidence.matters is None:
        return ()
    found = []
    for group in evidence.groups:
        for (name,), rows in sorted(counted.drop_nulls(group).group_by(group), key=lambda part: str(part[0])):
            part = _running(f"{group} {name}", rows, worth, Span(None, today), planned)
            if part.share and part.share.length < abs(evidence.matters):
                found.append(part)
    return tuple(found)
