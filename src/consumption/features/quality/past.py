"""How far back telemetry goes, and how fresh it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, STOP, WARNING, Seen, check
from consumption.features.quality.wording import count, day, share

# A signal of twelve weeks that is held against the twelve before; and the same weeks of the year before.
TWO_WINDOWS, A_YEAR_BACK = 168, 364 + 84
FRESH_DAYS, STALE_DAYS = 2, 7
_STRAY_SHARE = 0.001
_STRAY_DAYS = 60


@check(
    topic="history",
    title="Accounts and events",
    means="Without accounts and events there are no signals, and nothing can be ranked.",
    do="Bring them in: `consumption ingest accounts FILE...` and `consumption ingest events FILE...`",
)
def nothing_to_look_at(evidence: Evidence) -> Iterator[Seen]:
    """Accounts and events are needed for everything; both must hold rows known at the date asked for."""
    accounts, events = evidence.book.accounts.height, evidence.telemetry.total("known")
    stored = evidence.telemetry.total("rows")
    if not accounts or not events:
        text = f"{count(accounts, 'account')} and {count(events, 'event')} are known as of {day(evidence.day)}"
        held = f"; the lake holds {count(stored, 'event')} of whatever time" if stored else ""
        yield _not_yet(f"{text}{held}", int(evidence.later["rows"].sum()), evidence)
        return
    yield Seen(
        FINE, f"{count(accounts, 'account')} and {count(events, 'event')} are known as of {day(evidence.day)}."
    )


@check(
    topic="history",
    title="Length of history",
    means="Trends hold 12 weeks against the 12 before, seasons need the same weeks of the year before, and "
    "training needs snapshots with their outcomes; signals that look further back than this are empty, "
    "not wrong.",
    do="Ingest older events if there are any: `consumption ingest events FILE...`",
)
def history_length(evidence: Evidence) -> Iterator[Seen]:
    """Days from the first known event to the date asked for.

    24 weeks fill every window and its comparison, 64 weeks also the comparison with the same weeks a year ago.
    """
    first = _first(evidence)
    if first is None:
        return
    days = (evidence.day - first).days
    text = f"Telemetry begins on {day(first)}, {days / 30.44:.0f} months ago."
    if days < TWO_WINDOWS:
        yield Seen(NOTE, f"{text} Trends over 12 weeks need {TWO_WINDOWS} days.")
    elif days < A_YEAR_BACK:
        yield Seen(NOTE, f"{text} Enough for trends; the same weeks a year ago need {A_YEAR_BACK} days.")
    else:
        yield Seen(FINE, f"{text} Enough for trends and for the same weeks a year ago.")


@check(
    topic="history",
    title="Stray early events",
    means="History seems to begin with them: training would take snapshots of a time when next to nothing was "
    "tracked.",
    do="Look at the oldest events; a wrong clock or a default date (1970, 2000) is mended in the export, or "
    "left out with a filter before consumption ingest.",
)
def stray_beginnings(evidence: Evidence) -> Iterator[Seen]:
    """The first event should not lie more than 60 days before the first 0.1 % of events have happened."""
    daily = evidence.telemetry.names.group_by("day").agg(pl.col("events").sum()).sort("day")
    if daily.is_empty():
        return
    begun = daily.filter(pl.col("events").cum_sum() > _STRAY_SHARE * pl.col("events").sum())["day"][0]
    early = daily.filter(pl.col("day") < begun - timedelta(days=_STRAY_DAYS))
    if early.is_empty():
        yield Seen(FINE, f"Events set in at once, on {day(daily['day'][0])}.")
        return
    total, few = int(daily["events"].sum()), int(early["events"].sum())
    yield Seen(
        WARNING,
        f"{count(few, 'event')} ({share(few, total)}) lie between {day(early['day'][0])} and "
        f"{day(early['day'][-1])}, the rest from {day(begun)} on.",
    )


@check(
    topic="history",
    title="Freshness",
    means="Windows end at the date asked for: missing days read as falling use, in every account at once.",
    do="Load the days that are missing (`consumption ingest events FILE...`, or `[ingest.events] source` in "
    "consumption.toml for every run), or look as of an earlier day with `--as-of`.",
)
def freshness(evidence: Evidence) -> Iterator[Seen]:
    """The last known event should be at most two days before the date asked for; a week is too old to act on."""
    daily = evidence.telemetry.names
    if daily.is_empty():
        return
    last = daily["day"].max()
    assert isinstance(last, date)  # noqa: S101 - a frame that is not empty
    days = (evidence.day - last).days
    text = f"The last event is of {day(last)}, {count(days, 'day')} before {day(evidence.day)}."
    yield Seen(FINE if days <= FRESH_DAYS else NOTE if days <= STALE_DAYS else WARNING, text)


def _not_yet(text: str, later: int, evidence: Evidence) -> Seen:
    if not later:
        return Seen(STOP, f"{text}.")
    return Seen(
        STOP,
        f"{text}; {count(later, 'row')} came in on {day(evidence.day)} or later.",
        means="What came in is there, and counts from the next day on: whatever is computed as of a day knows what "
        "was received before that day began.",
        do="If it came in today, look again tomorrow; if it was known before, say when in a column received_at. What "
        "is missing comes in with `consumption ingest accounts FILE...` and `consumption ingest events FILE...`",
    )


def _first(evidence: Evidence) -> date | None:
    first = evidence.telemetry.names["day"].min()
    return first if isinstance(first, date) else None
