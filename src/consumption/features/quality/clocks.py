"""Clocks that are wrong, events that come late, times of day that are missing or moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Seen, check
from consumption.features.quality.shifts import between_months, between_products
from consumption.features.quality.wording import count, lasting, listed, share

# A few seconds are how clocks are; more of them, in more events, are a clock that is wrong.
_AHEAD_SHARE = 0.001
_AHEAD_SECONDS = 60
_LATE_WEEK_SHARE = 0.05
_MIDNIGHT_SHARE = 0.5


@check(
    topic="time",
    title="Clocks ahead",
    means="An event counts from when it was received, so one that is dated later counts on the wrong day, and "
    "the last hours before a snapshot are cut off unevenly.",
    do="Set the clock of the sender, or the zone its times are in: zone in `[ingest.events]` of consumption.toml.",
)
def clocks_ahead(evidence: Evidence) -> Iterator[Seen]:
    """At most 0.1 % of events may be dated later than they were received, or by under a minute on average."""
    rows, ahead = evidence.telemetry.total("rows"), evidence.telemetry.total("ahead")
    if not ahead:
        yield Seen(FINE, "No event is dated later than it was received.")
        return
    mean = evidence.telemetry.total("ahead_seconds") / ahead
    part = share(ahead, rows)
    text = f"{count(ahead, 'event')} ({part}) are dated later than received, by {lasting(mean)} on average."
    serious = ahead > _AHEAD_SHARE * rows and mean >= _AHEAD_SECONDS
    yield Seen(WARNING if serious else NOTE, text, [*_by_product(evidence), *_by_load(evidence)])


@check(
    topic="time",
    title="Events from the future",
    means="They are not used until their time comes, and then count although nobody did anything.",
    do="Mend the dates at their source; a wrong century or swapped day and month is set by date_format in "
    "`[ingest.events]` of consumption.toml.",
)
def future_events(evidence: Evidence) -> Iterator[Seen]:
    """No event should be dated more than five minutes after its file was loaded."""
    future, rows = evidence.telemetry.total("future"), evidence.telemetry.total("rows")
    beyond = evidence.telemetry.loads.filter(pl.col("last") > pl.col("loaded_at") + timedelta(minutes=5))
    if beyond.height:
        latest = beyond.sort("last").row(-1, named=True)
        yield Seen(
            WARNING,
            f"Events are dated up to {latest['last']:%Y-%m-%d %H:%M}, and were loaded on "
            f"{latest['loaded_at']:%Y-%m-%d %H:%M}; {count(future, 'event')} ({share(future, rows)}) lie after the "
            "date asked for.",
        )
    else:
        yield Seen(FINE, "No event is dated later than it was loaded.")


@check(
    topic="time",
    title="Late events",
    means="A snapshot made on time lacks what comes later: it sees less use than training does unless "
    "received_at is in the file, which is how snapshots of the past leave out what was not known then.",
    do="Send events sooner, or read the list a day later (`consumption run --as-of`); keep received_at in the "
    "export.",
)
def late_events(evidence: Evidence) -> Iterator[Seen]:
    """At most one event in twenty should be received more than seven days after it happened."""
    loads = evidence.telemetry.loads
    rows = int(loads["rows"].sum())
    if not rows:
        return
    late = {days: int(loads[f"late_{days}"].sum()) for days in (1, 7, 28)}
    text = ", ".join(f"{share(number, rows)} over {count(days, 'day')}" for days, number in late.items())
    serious = late[7] > _LATE_WEEK_SHARE * rows
    yield Seen(WARNING if serious else FINE, f"Received after they happened: {text} later.")


@check(
    topic="time",
    title="Events without a time of day",
    means="Hours cannot be told apart: rhythms, sessions and programs that never sleep are not seen, and a "
    "day in another zone begins on the wrong date. Daily signals are right.",
    do="Send the time with the date if there is one; else name the zone of the dates: zone in `[ingest.events]`.",
)
def without_time_of_day(evidence: Evidence) -> Iterator[Seen]:
    """At most half of the events of a product should fall on midnight, UTC, to the microsecond."""
    products = evidence.telemetry.by_product.filter(pl.col("at_midnight") > _MIDNIGHT_SHARE * pl.col("rows"))
    if products.is_empty():
        yield Seen(FINE, "Events carry a time of day.")
        return
    names = products.sort("rows", descending=True)["product"].to_list()
    part = share(int(products["at_midnight"].sum()), int(products["rows"].sum()))
    yield Seen(NOTE, f"{part} of the events of {listed(names)} fall on midnight sharp.")


@check(
    topic="time",
    title="Hours of the day that moved",
    means="A local time was probably read as UTC for part of the events: days begin hours too early or too "
    "late, and what was used last before a snapshot falls outside of it.",
    do="Set zone in `[ingest.events]` of consumption.toml (or an offset in the export) and load these files anew.",
)
def moved_hours(evidence: Evidence) -> Iterator[Seen]:
    """The hours of use should stay the same from month to month, and be those of the region's other products.

    A move of three hours or more is found, from one month to the next or against the other products, where the
    pattern is otherwise the same: a correlation of .9 after the move and at most .5 before. Clocks that change by an
    hour are no finding.
    """
    moved = [*between_months(evidence.telemetry.hours), *between_products(evidence.telemetry.hours, evidence.as_of)]
    if not moved:
        yield Seen(FINE, "Use falls on the same hours of the day in every month, and in the products of a region.")
        return
    places = listed([f"{row['product']} in {row['region']}" for row in moved])
    yield Seen(WARNING, f"The hours of use are moved in {places}.", moved)


def _by_product(evidence: Evidence) -> list[dict[str, str | int | float | None]]:
    found = evidence.telemetry.by_product.filter(pl.col("ahead") > 0).sort("ahead", descending=True).head(5)
    return [
        {
            "where": row["product"],
            "events ahead": row["ahead"],
            "of its events": share(row["ahead"], row["rows"]),
            "by": lasting(row["ahead_seconds"] / row["ahead"]),
        }
        for row in found.iter_rows(named=True)
    ]


def _by_load(evidence: Evidence) -> list[dict[str, str | int | float | None]]:
    found = evidence.telemetry.loads.filter(pl.col("ahead") > 0).sort("ahead", descending=True).head(5)
    return [
        {
            "where": f"file loaded {row['loaded_at']:%Y-%m-%d %H:%M:%S}",
            "events ahead": row["ahead"],
            "of its events": share(row["ahead"], row["rows"]),
            "by": None,
        }
        for row in found.iter_rows(named=True)
    ]
