"""What came of files, in words for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import polars as pl

from consumption.features.signal import FAMILIES, Signal
from consumption.features.units import UNITS
from consumption.lake.ingest import Ingested


def told(done: Ingested) -> str:
    """What one ingest did: rows added, known already, wrong, and where the wrong ones are."""
    parts = [f"{_rows(done.added)} added"]
    if done.unchanged:
        parts.append(f"{done.unchanged:,} known already")
    if done.erased:
        parts.append(f"{_rows(done.erased)} of erased people left out")
    if done.before:
        parts.append(f"{done.before} of {len(done.files)} files had been loaded before")
    if done.wrong:
        parts.append(f"{_rows(done.wrong)} wrong and in quarantine")
    line = f"{done.table}: {', '.join(parts)}"
    if not done.wrong:
        return line
    files = [f"  {file.path}: {file.wrong:,} wrong" for file in done.files if file.wrong]
    return "\n".join([line, *files, f"  see why: consumption quarantine {done.table}"])


def nothing_read(done: Ingested) -> bool:
    """Whether there were rows, and all of them were wrong: a failure, for whoever watches exit codes."""
    return bool(done.wrong) and not done.added and not done.unchanged


def wrong_rows(rows: pl.DataFrame, table: str) -> str:
    """The quarantine of a table: how often each reason, then the latest rows."""
    if rows.is_empty():
        return f"no wrong rows of {table}"
    counts = rows["reason"].value_counts(sort=True).head(10)
    lines = [f"{count:,} x {reason}" for reason, count in counts.iter_rows()]
    latest = rows.sort("loaded_at", "file", "line", descending=[True, False, False]).head(20)
    each = [f"{row['file']} line {row['line']}: {row['reason']}" for row in latest.iter_rows(named=True)]
    more = [f"... and {rows.height - len(each):,} more"] if rows.height > len(each) else []
    return "\n".join([*lines, "", *each, *more])


def values_told(signals: Sequence[Signal], row: pl.DataFrame, currency: str, elsewhere: Sequence[str] = ()) -> str:
    """One account's signals by family, as a rep would read them; what is unknown is left out.

    `elsewhere` says whose use counts where.
    """
    values = row.row(0, named=True)
    known = [s for s in signals if values[s.name] is not None]
    moment = f"{values['as_of']:%Y-%m-%d %H:%M} UTC"
    lines = [f"{values['account_id']} as of {moment}: {len(known)} of {len(signals)} signals known", *elsewhere]
    for family, members in groupby(known, key=lambda s: s.family):
        lines += ["", FAMILIES[family]]
        lines += [f"  {_said(s, values[s.name], currency):>14}  {s.label} ({s.name})" for s in members]
    unknown = [s.name for s in signals if values[s.name] is None]
    told = ["", "Unknown (docs/signals.md says what each is made of):", f"  {', '.join(unknown)}"] if unknown else []
    return "\n".join([*lines, *told])


def _said(signal: Signal, value: float, currency: str) -> str:
    said = UNITS[signal.unit].say(value)
    return f"{said} {currency}" if signal.unit == "money" else said


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
