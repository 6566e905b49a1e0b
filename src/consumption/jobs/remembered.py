"""Which of the store's decisions and responses are in the lake already, so that each night only news is read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.actions.acceptance import REP
from consumption.actions.terms import NONE
from consumption.lake.delta import Lake
from consumption.store.log import TAKEN_BACK
from consumption.tables import TIMESTAMP

FILE = ".remembered.json"

# A decision is recorded on the day of its plan or later, and plans are published in order; but one that takes hours
# to make bears the moment it was begun, and people's own choices come in meanwhile. A response is stored a moment
# after the time it bears.
LATE = {"decisions": timedelta(hours=12), "responses": timedelta(days=1)}


_TAKEN_BACK = (pl.col("decided_by") == REP).fill_null(value=False) & (pl.col("action") == NONE)


@dataclass(frozen=True)
class Mark:
    """The last row of a table that was brought to the lake."""

    key: str
    timestamp: str


def since(root: Path, lake: Lake, table: str) -> datetime | None:
    """From when on the store is to be read; None for from the beginning, also where the lake lost the last row."""
    mark = _marks(root).get(table)
    if mark is None:
        return None
    moment = datetime.fromisoformat(mark.timestamp)
    last = (pl.col("timestamp") == pl.lit(moment, TIMESTAMP)) & (pl.col(_key(table)) == mark.key)
    if lake.scan(table).filter(last).select(_key(table)).head(1).collect().is_empty():
        return None
    return moment - LATE[table]


def append(root: Path, lake: Lake, table: str, rows: pl.DataFrame) -> int:
    """Bring those rows to the lake that are not there, and remember the last; how many they are.

    What was taken back comes as a correcting version of what the lake has, and not at all where it has nothing.
    """
    if rows.is_empty():
        return 0
    key = _key(table)
    there = lake.scan(table).filter(pl.col("timestamp") >= pl.lit(rows["timestamp"].min(), TIMESTAMP))
    known = there.select(key, "action").collect()
    undone = pl.lit(value=False) if table != "decisions" else _TAKEN_BACK
    rows = rows.filter(~undone | pl.col(key).is_in(known[key].implode()))
    corrected = rows.filter(undone).join(known, on=[key, "action"], how="anti")
    new = pl.concat([rows.filter(~undone).join(known, on=key, how="anti"), corrected])
    named = [*new[key].sort(), *(f"{one} {TAKEN_BACK}" for one in corrected[key].sort())]
    source = hashlib.sha256("\n".join([table, *named]).encode()).hexdigest()
    added = new.height if new.height and lake.append(table, new, source=source) else 0
    if rows.height:
        last = rows.sort("timestamp", key).select(key, "timestamp").row(-1)
        _put(root, {**_marks(root), table: Mark(last[0], last[1].isoformat())})
    return added


def _key(table: str) -> str:
    return f"{table.removesuffix('s')}_id"


def _marks(root: Path) -> dict[str, Mark]:
    """What is remembered by table; nothing where the file is not there or not whole: then all is read again."""
    try:
        said = json.loads((root / FILE).read_text("utf-8"))
        return {table: Mark(str(one["key"]), str(one["timestamp"])) for table, one in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _put(root: Path, marks: dict[str, Mark]) -> None:
    part = root / f"{FILE}.part"
    part.write_text(json.dumps({table: asdict(mark) for table, mark in marks.items()}), "utf-8")
    part.replace(root / FILE)
