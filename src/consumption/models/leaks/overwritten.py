"""Columns that were written over: what they said at a date is lost, and what they say now tells of later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from consumption.features.signal import Signal
from consumption.lake.history import VERSION_ORDER, History
from consumption.models.leaks.leak import NOT_DATED, OVERWRITTEN, Leak
from consumption.tables import LOADED_AT, RECEIVED_AT

_NAMED = "attr_"


def overwritten(
    history: History, signals: Sequence[Signal], learned: Sequence[str], dates: Sequence[datetime]
) -> list[Leak]:
    """Leak 8, of attributes of accounts that models read.

    Written over: a version loaded after a training date says that it was known before, and says something else than
    the version that was there on that date. Not dated: every version was loaded after all training dates and says
    only when the account began, so that nobody can tell. `history` is all that was ever received.
    """
    read = {
        s.name: s.expr for s in signals if s.source == "account" and s.name.startswith(_NAMED) and s.name in learned
    }
    if not read or not dates:
        return []
    accounts = history.accounts.collect().sort("account_id", *VERSION_ORDER)
    changed = _changed(accounts, read, dates)
    undated = _undated(accounts, max(dates))
    return [*_written_over(changed), *_not_dated(read, accounts, undated)]


def _changed(
    accounts: pl.DataFrame, read: Mapping[str, pl.Expr], dates: Sequence[datetime]
) -> dict[str, tuple[int, datetime]]:
    """Signals that say something else of a date than they said on it: at most how many accounts, and the first."""
    found: dict[str, tuple[int, datetime]] = {}
    for date in sorted(dates):
        known = accounts.filter(pl.col(RECEIVED_AT) < date)
        now, then = (_values(rows, read) for rows in (known, known.filter(pl.col(LOADED_AT) < date)))
        both = now.join(then, on="account_id", suffix="_then")
        for name in read:
            off = int(both[name].ne_missing(both[f"{name}_then"]).sum())
            if off:
                most, first = found.get(name, (0, date))
                found[name] = max(most, off), first
    return found


def _values(versions: pl.DataFrame, read: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """The latest version of each account, as the signals tell it."""
    latest = versions.unique("account_id", keep="last", maintain_order=True)
    return latest.select("account_id", **read)


def _written_over(changed: Mapping[str, tuple[int, datetime]]) -> Iterator[Leak]:
    for name, (accounts, first) in changed.items():
        seen = f"{accounts:,} accounts say something else of {first:%Y-%m-%d} today than they said on that day"
        yield Leak(OVERWRITTEN, (name,), seen)


def _undated(accounts: pl.DataFrame, last: datetime) -> bool:
    """Whether all of it was loaded after the last training date, with no other time than the account's beginning."""
    plain = (pl.col(RECEIVED_AT) == pl.col("created_at")) & (pl.col(LOADED_AT) > last)
    return bool(accounts.select(plain.all()).item())


def _not_dated(read: Mapping[str, pl.Expr], accounts: pl.DataFrame, undated: bool) -> Iterator[Leak]:
    """Only what has several values can have been written over."""
    if not undated:
        return
    values = _values(accounts, read)
    names = tuple(name for name in read if values[name].n_unique() > 1)
    if names:
        yield Leak(
            NOT_DATED, names, "it was loaded after every training date and says of none since when it is known"
        )
