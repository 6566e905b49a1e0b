"""What the lake holds, what came in twice, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, day, share

# A file of which half is there already was loaded twice; exports that overlap repeat less of themselves.
_SAME_FILE, _LEAST_ROWS = 0.5, 20
_OVERLAP = 0.01
# A file in which one row in three is a copy, where in others hardly any is.
_TWINS, _TWINS_ELSEWHERE = 0.3, 3
_WRONG_SHARE = 0.01
_STALE_DAYS = 45
# Tables that describe how things stand, and so are exported again and again.
_LIVING = ("accounts", "contracts", "interactions", "contacts")


@check(
    topic="loads",
    title="Events loaded twice",
    means="Use of these days counts double: sums, allowances and trends are wrong, distinct users and days are not.",
    do="Build events anew without the second file: move lake/events and snapshots away, then consumption "
    "ingest events with each file once. Events that carry an event_id are recognised, whatever file they "
    "come in.",
)
def loaded_twice(evidence: Evidence) -> Iterator[Seen]:
    """Of the rows of a file at most half may say the same as rows of earlier files; of all rows at most 1 %.

    Rows say the same if account, time, event, user, asset, product and quantity are equal.
    """
    loads = evidence.telemetry.loads
    every, repeated = int(loads["rows"].sum()), int(loads["repeated"].sum())
    same = loads.filter(pl.col("repeated") >= _SAME_FILE * pl.col("rows"), pl.col("rows") >= _LEAST_ROWS)
    found = same if same.height else loads.filter(pl.col("repeated") > 0)
    rows = [_load(row, "repeated") for row in found.sort("repeated", descending=True).iter_rows(named=True)]
    text = f"{share(repeated, every)} of {count(every, 'event')} are equal to events of an earlier load"
    if same.height:
        yield Seen(WARNING, f"{text}; there is hardly anything else in {count(same.height, 'file')}.", rows)
    elif repeated > _OVERLAP * every:
        yield Seen(WARNING, f"{text}: exports overlap.", rows)
    else:
        yield Seen(FINE, f"{text}.")


@check(
    topic="loads",
    title="Copies within a file",
    means="Equal rows without an id are taken for events that happened as often; if the export joined its "
    "rows to another table, sums are too high.",
    do="Look at the query behind the export; an event_id makes copies harmless.",
)
def copies_within_a_file(evidence: Evidence) -> Iterator[Seen]:
    """At most 30 % of a file's rows may be copies of its other rows, or three times the share in other files.

    More were probably multiplied by a join; where many rows are equal in every file, events are probably counted by
    day.
    """
    loads = evidence.telemetry.loads.filter(pl.col("rows") >= _LEAST_ROWS)
    every, twins = int(loads["rows"].sum()), int(loads["twins"].sum())
    odd = loads.filter(pl.col("twins") >= _TWINS * pl.col("rows"))
    others = loads.join(odd, on="loaded_at", how="anti")
    usual = int(others["twins"].sum()) / max(1, int(others["rows"].sum()))
    rows = [_load(row, "twins") for row in odd.sort("twins", descending=True).iter_rows(named=True)]
    text = f"{share(twins, every)} of the events are copies of another row of their file"
    # Where every file is like that, events are like that.
    stands_out = others.height or loads.height == 1
    if odd.height and stands_out and int(odd["twins"].sum()) > _TWINS_ELSEWHERE * usual * int(odd["rows"].sum()):
        yield Seen(WARNING, f"{text}; most are in {count(odd.height, 'file')}.", rows)
    elif twins > _OVERLAP * every:
        yield Seen(NOTE, f"{text}; each counts.")
    else:
        yield Seen(FINE, f"{text}.")


@check(
    topic="loads",
    title="Rows in quarantine",
    means="What these rows would have said is in no signal.",
    do="See them with `consumption quarantine TABLE`; mend the file or the mapping, and load it again: good "
    "rows that are there already change nothing where they have a key.",
)
def rows_in_quarantine(evidence: Evidence) -> Iterator[Seen]:
    """At most 1 % of a table's rows may be in quarantine."""
    if evidence.wrong.is_empty():
        yield Seen(FINE, "No row was ever refused.")
        return
    stored = dict(evidence.tables.select("table", "rows").iter_rows())
    for table, reasons in evidence.wrong.partition_by("table", as_dict=True, maintain_order=True).items():
        name, wrong = str(table[0]), int(reasons["rows"].sum())
        whole = wrong + stored.get(name, 0)
        rows: list[Row] = [
            {"reason": row["reason"], "rows": row["rows"], "last": f"{row['loaded_at']:%Y-%m-%d}"}
            for row in reasons.sort("rows", descending=True).iter_rows(named=True)
        ]
        text = f"{count(wrong, 'row')} of {name} ({share(wrong, whole)}) could not be read."
        do = f"See them with `consumption quarantine {name}`; mend the file or the mapping, and load it again."
        yield Seen(WARNING if wrong > _WRONG_SHARE * whole else NOTE, text, rows, do=do)


@check(
    topic="loads",
    title="Tables and their last load",
    means="What has changed since is unknown: owners, segments, contracts and contacts are as they were.",
    do="Export the table again: `consumption ingest TABLE FILE`, or name its source in consumption.toml for "
    "every run.",
)
def tables(evidence: Evidence) -> Iterator[Seen]:
    """Accounts, contracts, interactions and contacts should be at most 45 days older than the last load."""
    latest = evidence.tables["loaded_at"].max()
    if latest is None:
        return
    rows: list[Row] = [
        {"table": row["table"], "rows": row["rows"], "last load": f"{row['loaded_at']:%Y-%m-%d %H:%M}"}
        for row in evidence.tables.iter_rows(named=True)
    ]
    cut = pl.lit(latest) - timedelta(days=_STALE_DAYS)
    old = evidence.tables.filter(pl.col("table").is_in(_LIVING), pl.col("loaded_at") < cut)
    every = int(evidence.tables["rows"].sum())
    text = f"{count(evidence.tables.height, 'table')}, {count(every, 'row')} with all versions."
    if old.is_empty():
        yield Seen(FINE, text, rows)
        return
    said = ", ".join(f"{name} on {day(at)}" for name, at in old.select("table", "loaded_at").iter_rows())
    yield Seen(NOTE, f"{text} Loaded long ago: {said}.", rows)


def _load(row: Row, what: str) -> Row:
    first, last = row["first"], row["last"]
    return {
        "file loaded at": f"{row['loaded_at']:%Y-%m-%d %H:%M:%S}",
        "events": row["rows"],
        "equal": row[what],
        "from": f"{first:%Y-%m-%d}",
        "to": f"{last:%Y-%m-%d}",
    }
