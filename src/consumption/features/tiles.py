"""User-day tiles: events summed by who, what and day, once, for any number of moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import polars as pl

from consumption.features.corrections import corrected, signed
from consumption.features.rules import UsageRules
from consumption.features.tile_sums import (
    TILE,
    changed,
    coded,
    columns,
    counts,
    daily_of,
    enum_of,
    flagged,
    fresh_codes,
    readings_of,
    summed,
    user_days_of,
    who_of,
)
from consumption.lake.history import History
from consumption.tables import RECEIVED_AT

ALWAYS = date.min
_EPOCH = date(1970, 1, 1)


class Reach:
    """Rows in memory as far back as somebody asked for; read again, from further back, when asked for more."""

    def __init__(self, read: Callable[[date], pl.DataFrame], since: date | None = None) -> None:
        self._read = read
        self._since = since
        self._frame = None if since is None else read(since)

    def since(self, day: date) -> pl.DataFrame:
        """All rows that count from `day` on or later, and perhaps others, sorted by day."""
        if self._frame is None or self._since is None or day < self._since:
            self._frame, self._since = self._read(day), day
        return self._frame


@dataclass(frozen=True)
class Tiles:
    """Sums of events a user-day, the same a product-day, and readings of gauges and counters as they are.

    `rows`: account_id (an Enum of `ids`), user_id, asset_id, product, event, day, seen, events, quantity (in
    millionths), is_value, is_error. `raw` are the same, perhaps in several parts a tile, in any order: what is only
    summed up further need not be summed up first. `who` has the sums (`SUMS`) a user, or nobody, product and day,
    from which the next two are made. `user_days`: account_id, user_id, day, seen, the sums of named users, and days
    (see `user_days_of`). `daily`: account_id, product, day, seen and the sums. `rows`, `user_days` and `daily` are
    sorted by day.

    A day begins at the time of day of the moments it is made for, so that their windows cut it nowhere. A row counts
    at a moment if `seen` (the later of the day it happened and the day it was received) is before the day of that
    moment. A correction takes its row back, as a tile below zero, from the day it was received; the accounts it
    belongs to are `corrected`. `whole` has all `raw` tiles of those accounts that need them, where others were not
    read as far back. `readings` has a row an event of a `last` or `counter` meter, with its timestamp; below zero if
    taken back.
    """

    ids: pl.Enum
    codes: dict[str, pl.Categorical]
    raw: Reach
    rows: Reach
    who: Reach
    user_days: Reach
    daily: Reach
    readings: pl.DataFrame
    corrected: tuple[str, ...] = ()
    whole: pl.DataFrame | None = None

    @staticmethod
    def of(history: History, as_of: datetime, rules: UsageRules, excluded: Iterable[str] = ()) -> Tiles:
        """Tiles of all events received before `as_of`, for that and earlier moments of the same time of day.

        `excluded` names users whose events do not count, beside those events that the rules leave out.
        """
        received = history.events.filter(pl.col(RECEIVED_AT) < as_of)
        events = columns(signed(received, corrected(received)), phase(as_of))
        accounts, known = pl.collect_all([history.accounts.select("account_id").unique(), events])
        ids, codes = enum_of(accounts["account_id"]), fresh_codes()
        kept = coded(known.lazy(), ids, codes).filter(counts(codes, rules, excluded)).collect()
        raw = flagged(kept.select(TILE.names()), rules)
        return Tiles.made(ids, codes, Reach(lambda _: raw, ALWAYS), readings_of(kept, rules), corrected=changed(raw))

    @staticmethod
    def made(
        ids: pl.Enum,
        codes: dict[str, pl.Categorical],
        raw: Reach,
        read: pl.DataFrame,
        *,
        corrected: tuple[str, ...] = (),
        daily: Reach | None = None,
        whole: pl.DataFrame | None = None,
    ) -> Tiles:
        """Tiles over these parts; without `daily`, those are summed up from them too."""
        rows = Reach(lambda day: summed(_from(raw, day)).sort("day"))
        who = Reach(lambda day: who_of(_from(raw, day)))
        user_days = Reach(lambda day: user_days_of(_from(who, day)))
        sums = daily or Reach(lambda day: daily_of(_from(who, day)))
        return Tiles(ids, codes, raw, rows, who, user_days, sums, read, corrected, whole)

    def for_many(self) -> Tiles:
        """The same, parts in order of `seen`: what came between two of many moments is then a slice."""
        raw, who = (Reach(partial(_in_order, reach)) for reach in (self.raw, self.who))
        return replace(self, raw=raw, who=who)


def _from(raw: Reach, day: date) -> pl.DataFrame:
    rows = raw.since(day)
    return rows if day == ALWAYS else rows.filter(pl.col("seen") >= day)


def _in_order(reach: Reach, day: date) -> pl.DataFrame:
    return reach.since(day).sort("seen")


def seen_between(rows: pl.DataFrame, start: date, end: date) -> pl.LazyFrame:
    """Of parts of tiles, those that count from a day in `[start, end)` on."""
    if not rows["seen"].flags["SORTED_ASC"]:
        return rows.lazy().filter(pl.col("seen") >= start, pl.col("seen") < end)
    return _slice(rows, "seen", start, end).lazy()


def between(rows: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """Of rows sorted by day, those of days in `[start, end)`."""
    return _slice(rows, "day", start, end)


def _slice(rows: pl.DataFrame, by: str, start: date, end: date) -> pl.DataFrame:
    # Every moment asks for dozens of these: NumPy answers in a twentieth of the time of a query, if it need not make
    # a copy of all days in the type of those that are looked for.
    days = rows[by].to_physical().to_numpy()
    first, last = np.searchsorted(days, np.array([(day - _EPOCH).days for day in (start, end)], days.dtype))
    return rows.slice(int(first), max(int(last - first), 0))


def phase(as_of: datetime) -> timedelta:
    """The time of day at which a moment's days begin."""
    moment = as_of.astimezone(UTC)
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def day_of(as_of: datetime) -> date:
    """The first day that a moment does not see."""
    return as_of.astimezone(UTC).date()
