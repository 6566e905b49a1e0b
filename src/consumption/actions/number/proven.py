"""What is proven: served accounts against held-out ones, pooled over everything and all quarters first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from consumption.actions.number.arms import Comparison, Interval, compare
from consumption.actions.number.power import USUAL_SPREAD
from consumption.actions.number.quarters import Quarter, quarters_between
from consumption.actions.number.worth import Span, Worth, changes

REACHED = 0.5
"""The sequence is tightest when half of the book has been followed for half a year: fixed before the first look."""
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Finding:
    """One comparison of served and held-out accounts, in customers (top parents).

    `share`: the effect as a share of the yearly value of the served when they began to count; `gained`: the same in
    money (accounts kept, without contracts); both None where `missing` says why. `frozen`: the quarter is complete,
    and its interval is that of one look; all others hold at every look.
    """

    name: str
    share: Interval | None
    gained: Interval | None
    served: int
    withheld: int
    missing: str | None
    frozen: bool = False


@dataclass(frozen=True)
class Proven:
    """The third line of the number; `since`: the first day that counts, None where nothing does yet."""

    since: date | None
    total: Finding
    quarters: tuple[Finding, ...]
    parts: tuple[Finding, ...]


@dataclass(frozen=True)
class Evidence:
    """What the proof is made from.

    `counted`: as `counted.counted`, with top_parent and a column for each of `groups`; `worth_at`: what was known of
    accounts' worth at the start of a day; `share`: of customers held out; `gap_days`: how late a contract may be
    signed; `matters`: the effect, as a share, that a breakdown must be able to tell (None: no breakdown).
    """

    counted: pl.DataFrame
    worth_at: Callable[[date], Worth]
    share: float
    gap_days: int
    matters: float | None = None
    groups: tuple[str, ...] = ()


def prove(evidence: Evidence, today: date) -> Proven:
    """All that counted before `today`: in total, quarter by quarter, and by group where that tells anything."""
    counted = evidence.counted.filter(pl.col("since") < today)
    worth = evidence.worth_at(today)
    if counted.is_empty():
        return Proven(None, _running("total", counted, worth, Span(None, today), 1.0), (), ())
    since: date = counted["since"].min()  # type: ignore[assignment]
    planned = planned_variance(counted, worth, since, evidence.share)
    total = _running("total", counted, worth, Span(None, today), planned)
    quarters = [_quarter(evidence, counted, q, today, planned / 2) for q in quarters_between(since, today)]
    return Proven(since, total, tuple(quarters), _parts(evidence, counted, worth, today, planned))


def planned_variance(counted: pl.DataFrame, worth: Worth, since: date, share: float) -> float:
    """The variance of the sum for which the sequence is tightest, from the book on the first day that counts."""
    parents = counted.select("account_id", "top_parent")
    book = worth.in_force(since).join(parents, on="account_id", how="left")
    sizes = book.group_by(pl.coalesce("top_parent", "account_id"), maintain_order=True).agg(pl.col("worth").sum())[
        "worth"
    ]
    held = max(share, LEAST_SHARE)
    squares = float((sizes**2).sum()) or float(counted.height)
    return USUAL_SPREAD**2 * held * (1.0 - held) * squares * REACHED


def _quarter(evidence: Evidence, counted: pl.DataFrame, quarter: Quarter, today: date, planned: float) -> Finding:
    """One quarter: as it was known when it froze, or as far as it has come."""
    frozen_on = quarter.frozen_on(evidence.gap_days)
    span = Span(quarter.start, min(quarter.end, today))
    if frozen_on > today:
        return _running(quarter.name, counted, evidence.worth_at(today), span, planned)
    found = compare(changes(counted, evidence.worth_at(frozen_on), span))
    return _finding(quarter.name, found, None if found.missing else found.fixed(), frozen=True)


def _running(name: str, counted: pl.DataFrame, worth: Worth, span: Span, planned: float) -> Finding:
    found = compare(changes(counted, worth, span))
    return _finding(name, found, None if found.missing else found.anytime(planned))


def _finding(name: str, found: Comparison, share: Interval | None, *, frozen: bool = False) -> Finding:
    gained = share.times(found.worth) if share else None
    return Finding(name, share, gained, found.served, found.withheld, found.missing, frozen)


def _parts(
    evidence: Evidence, counted: pl.DataFrame, worth: Worth, today: date, planned: float
) -> tuple[Finding, ...]:
    """Groups whose interval is shorter than the effect it could matter for; all others would only mislead."""
    if evidence.matters is None:
        return ()
    found = []
    for group in evidence.groups:
        for (name,), rows in sorted(counted.drop_nulls(group).group_by(group), key=lambda part: str(part[0])):
            size = planned * rows.height / counted.height
            part = _running(f"{group} {name}", rows, worth, Span(None, today), size)
            if part.share and part.share.length < abs(evidence.matters):
                found.append(part)
    return tuple(found)
