"""What came in too late to be looked at: rows of today, most of all."""

from __future__ import annotations

from collections.abc import Iterator

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, Row, Seen, check
from consumption.features.quality.wording import count, day


@check(
    topic="loads",
    title="Rows that do not count yet",
    means="Whatever is computed as of a day knows what was received before that day began: these rows are in "
    "nothing that is told here, nor in the list of that day.",
    do="Nothing: each counts from the day after it was received; a received_at that is still to come is a clock or "
    "an export to mend. `consumption signals --account ID` shows one account as it stands now.",
)
def received_later(evidence: Evidence) -> Iterator[Seen]:
    """Rows that were received on the day asked for, or later, are counted, and not looked at."""
    rows: list[Row] = [row for row in evidence.later.iter_rows(named=True) if row["rows"]]
    since = day(evidence.day)
    if not rows:
        yield Seen(FINE, f"Every row was received before {since}.")
        return
    said = ", ".join(f"{row['rows']:,} of {row['table']}" for row in rows)
    whole = count(sum(int(row["rows"] or 0) for row in rows), "row")
    yield Seen(NOTE, f"{whole} received on {since} or later: {said}.", rows)
