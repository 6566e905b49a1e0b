"""The smallest made-up history on which something is still seen, and its rows in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from consumption.features.made_up import MadeUp
from consumption.tables import BUCKET, LAKE, LINE, LOADED_AT, RECEIVED_AT

MOST_TRIES = 120
_MOST_ROWS = 12
_UNSAID = frozenset({BUCKET, LINE, LOADED_AT})


@dataclass
class _Search:
    """The smallest history so far, what is seen on it, and how often one was tried."""

    made: MadeUp
    said: str
    fails: Callable[[MadeUp], str]
    report: Callable[[int, int], None]
    tries: int = 0

    def take(self, made: MadeUp) -> bool:
        """Whether the same is seen on a smaller history, which is then the smallest."""
        if self.tries >= MOST_TRIES or made.tables["accounts"].is_empty():
            return False
        self.tries += 1
        self.report(self.tries, MOST_TRIES)
        said = self.fails(made)
        if said:
            self.made, self.said = made, said
        return bool(said)


def smallest(
    made: MadeUp, fails: Callable[[MadeUp], str], report: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[MadeUp, str]:
    """A part of the history on which `fails` still says something, with what it says; "" where it does so no more.

    Whole accounts go first, then whole tables, rows by halves, and columns; after `MOST_TRIES` it stops.
    """
    search = _Search(made, fails(made), fails, report)
    if not search.said:
        return made, ""
    for account in made.accounts:
        search.take(_without_account(search.made, account))
    for name in _filled(search.made):
        search.take(search.made.with_table(name, search.made.tables[name].clear()))
    for name in _filled(search.made):
        _fewer_rows(search, name)
    for name in _filled(search.made):
        _fewer_values(search, name)
    report(MOST_TRIES, MOST_TRIES)
    return search.made, search.said


def in_words(made: MadeUp) -> str:
    """The moment, and every row with what it says, a line each; of many the first dozen."""
    lines = [line for name, frame in made.tables.items() for line in _lines(name, frame)]
    more = [f"... and {len(lines) - _MOST_ROWS} more rows"] if len(lines) > _MOST_ROWS else []
    return "\n".join([f"as of {_said(made.as_of)}", *lines[:_MOST_ROWS], *more])


def _without_account(made: MadeUp, account: str) -> MadeUp:
    tables = {
        name: frame.filter(pl.col("account_id") != account) if "account_id" in frame.columns else frame
        for name, frame in made.tables.items()
    }
    return MadeUp(made.as_of, tables)


def _filled(made: MadeUp) -> list[str]:
    """Tables with rows, the small ones first."""
    return sorted((name for name in made.tables if made.tables[name].height), key=lambda n: made.tables[n].height)


def _fewer_rows(search: _Search, name: str) -> None:
    size = search.made.tables[name].height // 2
    while size:
        start = 0
        while start < search.made.tables[name].height:
            frame = search.made.tables[name]
            rest = pl.concat([frame.head(start), frame.slice(start + size)])
            if not search.take(search.made.with_table(name, rest)):
                start += size
        size //= 2


def _fewer_values(search: _Search, name: str) -> None:
    """Columns that need not be filled, emptied where it makes no difference."""
    kept = {column.name for column in LAKE[name].columns if column.required} | {
        *LAKE[name].key,
        *_UNSAID,
        RECEIVED_AT,
    }
    for column in search.made.tables[name].columns:
        frame = search.made.tables[name]
        if column not in kept and frame[column].null_count() < frame.height:
            empty = pl.lit(None, dtype=frame.schema[column]).alias(column)
            search.take(search.made.with_table(name, frame.with_columns(empty)))


def _lines(name: str, frame: pl.DataFrame) -> Iterator[str]:
    table = LAKE[name]
    for row in frame.sort(LINE).iter_rows(named=True):
        usual = row.get(table.happened or "") == row[RECEIVED_AT]
        told = {key: value for key, value in row.items() if _worth_saying(key, value, usual=usual)}
        yield f"{name}: {_row(told)}"


def _worth_saying(key: str, value: object, *, usual: bool) -> bool:
    return value is not None and key not in _UNSAID and not (usual and key == RECEIVED_AT)


def _row(row: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {_said(value)}" for key, value in row.items())


def _said(value: object) -> str:
    if isinstance(value, datetime):
        clock = value.strftime("%H:%M:%S.%f").rstrip("0").rstrip(".").removesuffix(":00")
        return f"{value:%Y-%m-%d}" if clock == "00:00" else f"{value:%Y-%m-%d} {clock}"
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
