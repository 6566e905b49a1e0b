"""Tracking that fell silent, and events or products that changed their names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.renames import renamed
from consumption.features.quality.silence import DAYS, EVERYWHERE, HOURS, silences
from consumption.features.quality.wording import count, listed

# Signals look back 12 weeks, and compare with the 12 before: so long a silence shows as a fall.
_SHOWS_DAYS = 84
# Whole days are looked for in all of history, hours in the last year: older ones are in no window any more.
_HOURS_BACK = timedelta(days=400)
# A region that falls silent as a whole, for as few days, may have had a holiday.
_HOLIDAY_DAYS = 2


@check(
    topic="tracking",
    title="Silent tracking",
    means="Nobody stopped using the product, nobody counted it: for 12 weeks every account there seems to "
    "fall, and to recover afterwards; training learns from falls that were none.",
    do="Load what is missing (`consumption ingest events FILE...`). What is lost for good stays in the "
    "windows for 12 weeks: tell the team, and read falls of these accounts with that in mind.",
)
def silent_tracking(evidence: Evidence) -> Iterator[Seen]:
    """A day is silent where a product, a region or both fall to 5 % of their usual events while the rest goes on.

    Usual is the median of the same weekday in the four weeks before, or in the weeks after if that is less. It takes
    50 usual events from 8 usual accounts, at most 20 % of the accounts on the day, at least half of the usual events
    everywhere else, and for one product of a region in its other products. Everything at once is silent at 1 %. Hours
    of the last 400 days go by the same rule, three in a row. A region that is silent in all products for at most two
    days may have a holiday: a note.
    """
    days = silences(evidence.telemetry.days, DAYS)
    recent = evidence.telemetry.hours.filter(pl.col("hour") >= evidence.as_of - _HOURS_BACK)
    hours = silences(recent, HOURS)
    if not hours.is_empty():
        hours = hours.join(_silent_days(days), left_on=pl.col("first").dt.date(), right_on="at", how="anti")
    holiday = (
        (pl.col("region") != EVERYWHERE) & (pl.col("product") == EVERYWHERE) & (pl.col("steps") <= _HOLIDAY_DAYS)
    )
    perhaps, surely = days.filter(holiday), days.filter(~holiday)
    if surely.height:
        yield Seen(WARNING, _said(surely, "day"), _rows(surely))
    if hours.height:
        yield Seen(WARNING, _said(hours, "hour"), _rows(hours))
    if perhaps.height:
        yield Seen(
            NOTE, f"{_said(perhaps, 'day')}; each of a whole region and short, perhaps a holiday.", _rows(perhaps)
        )
    if not days.height and not hours.height:
        yield Seen(FINE, "No product and no region fell silent while the rest went on.")


@check(
    topic="tracking",
    title="Renamed events",
    means="The old name reads as a feature everybody gave up, the new one as one everybody discovered; "
    "settings that name the old one (value, errors, meters) count nothing since.",
    do="Give both the same name before consumption ingest, or name both in consumption.toml (`[events]`, "
    "`[meters.UNIT]`); if they are different things, nothing is to be done.",
)
def renamed_events(evidence: Evidence) -> Iterator[Seen]:
    """No event of a product, and no product, should all but stop within 7 days of when another all but begins.

    It is a new name if a twentieth is left, the volume of two weeks is half to twice what it was, and at least 60 %
    of the accounts are the same.
    """
    names, spans = evidence.telemetry.names, evidence.telemetry.spans
    declared = evidence.rules.value_events | evidence.rules.error_events
    declared |= {name for meter in evidence.rules.meters.values() for name in meter.events}
    found = [*renamed(names, spans, ("product", "event")), *renamed(names, spans, ("product",))]
    if not found:
        yield Seen(FINE, "No event and no product stopped as another began.")
        return
    text = listed(list(dict.fromkeys(f"{row['old']} became {row['new']}" for row in found)))
    stale = sorted({str(row["old"]) for row in found if row["old"] in declared and row["new"] not in declared})
    more = f"; settings still name {listed(stale)}" if stale else ""
    yield Seen(WARNING, f"Probably renamed: {text}{more}.", found)


def _silent_days(days: pl.DataFrame) -> pl.DataFrame:
    """Every day of every silence, whatever the place: its hours are told already."""
    return days.select(pl.date_ranges("first", "last").explode().alias("at")).unique()


def _said(found: pl.DataFrame, step: str) -> str:
    steps = count(int(found["steps"].sum()), f"silent {step}")
    places = listed(
        [_place(row) for row in found.unique(["product", "region"], maintain_order=True).iter_rows(named=True)]
    )
    return f"{steps} in {count(found.height, 'stretch', 'stretches')}: {places}"


def _place(row: Row) -> str:
    product, region = row["product"], row["region"]
    if product and region:
        return f"{product} in {region}"
    return str(product or (f"all of {region}" if region else "everything"))


def _rows(found: pl.DataFrame) -> list[Row]:
    ordered = found.sort("last", "usual", descending=True)
    return [
        {
            "where": _place(row),
            "from": _moment(row["first"]),
            "to": _moment(row["last"]),
            "events": row["seen"],
            "usually": round(row["usual"]),
            "accounts": round(row["accounts"]),
        }
        for row in ordered.iter_rows(named=True)
    ]


def _moment(value: object) -> str:
    text = str(value)
    return text[:16] if len(text) > 10 else text
