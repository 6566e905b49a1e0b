"""An account that somebody of ours spoke with, as the lake tells, is left alone for a while: card or no card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.grid import Flags, Grid, Ints
from consumption.actions.rules import PolicyRules
from consumption.actions.terms import SELF_SERVICE
from consumption.actions.why import IN_TOUCH

_DAY = 86_400_000_000
_LONG_AGO = np.iinfo(np.int64).max
_DAYS = 100_000
"""More days than there are from 1970 to any date here: an account and a day make one number."""


@dataclass(frozen=True)
class Touched:
    """What is closed because somebody was in touch: `closed`, a row an account and a column an action, as in a grid.

    `said`: of each pair, when and how; null where it is not closed.
    """

    closed: Flags
    said: pl.Series

    @classmethod
    def of(cls, grid: Grid, talks: pl.DataFrame, past: pl.DataFrame, as_of: datetime, rules: PolicyRules) -> Touched:
        """After `talks` (see `Known.interactions`); `past`: what was taken up, whose own talks add nothing."""
        if talks.is_empty():
            shape = (len(grid.accounts), grid.actions.height)
            nothing = pl.repeat(None, shape[0] * shape[1], dtype=pl.String, eager=True)
            return cls(np.zeros(shape, dtype=np.bool_), nothing)
        row, age = grid.rows(talks["account_id"]), _microseconds(as_of) - _ages(talks["timestamp"])
        counts = (row >= 0) & (age > 0) & ~_of_a_card(grid, row, talks["timestamp"], past, rules.contact_gap_days)
        last = np.full(len(grid.accounts), _LONG_AGO)
        np.minimum.at(last, row[counts], age[counts])
        closed = last[:, None] <= _gaps(grid, rules.logged_contact_days) * _DAY
        latest = talks.with_columns(row=pl.Series(row)).filter(pl.Series(counts)).sort("timestamp", "channel")
        return cls(closed, _said(latest, closed, as_of.date()))


def looked_back(catalogue: Catalogue, days: int) -> int:
    """So many days back a talk may close an action; `days`: after talks, where the action does not say."""
    return max([days, *(a.contact_gap_days or 0 for a in catalogue if a.delivery != SELF_SERVICE)])


def _gaps(grid: Grid, days: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How many days each action waits after a talk: as many as it says; what runs by itself waits for nobody."""
    own = grid.actions["contact_gap_days"].to_numpy().astype(np.float64)
    itself = (grid.actions["delivery"] == SELF_SERVICE).to_numpy()
    return np.where(itself, 0.0, np.where(np.isnan(own), days, own))


def _of_a_card(grid: Grid, row: Ints, moments: pl.Series, past: pl.DataFrame, days: int) -> Flags:
    """Whether a talk carries out what counts already: it came after that began, while the account was left alone."""
    mine = past.filter(pl.col("worked_on") & pl.col("alone"))
    if mine.is_empty():
        return np.zeros(len(row), dtype=np.bool_)
    at = grid.rows(mine["account_id"]) * _DAYS
    begun, ends = (_days(mine[name]) + at for name in ("worked_at", "timestamp"))
    order = np.argsort(begun)
    until = np.maximum.accumulate(ends[order] + days)
    talk = row * _DAYS + _days(moments)
    place = np.searchsorted(begun[order], talk, side="right") - 1
    return np.asarray((place >= 0) & (until[place] >= talk), dtype=np.bool_)


def _said(talks: pl.DataFrame, closed: Flags, today: date) -> pl.Series:
    """Of each pair that is closed, when somebody was in touch last, and how; `talks`: row, timestamp, channel."""
    nothing = len(closed)
    told: list[str | None] = [None] * (nothing + 1)
    for place, moment, channel in talks.select("row", "timestamp", "channel").iter_rows():
        told[place] = _words(moment.date(), today, channel)
    return pl.Series(told, dtype=pl.String)[np.where(closed, np.arange(nothing)[:, None], nothing).ravel()]


def _words(day: date, today: date, channel: str) -> str:
    days = (today - day).days
    when = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    return f"{IN_TOUCH} {when}: {channel}"


def _microseconds(moment: datetime) -> np.int64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64)


def _ages(moments: pl.Series) -> Ints:
    return moments.to_numpy().astype("datetime64[us]").astype(np.int64)


def _days(moments: pl.Series) -> Ints:
    return moments.to_numpy().astype("datetime64[D]").astype(np.int64)
