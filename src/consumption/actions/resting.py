"""What comes too soon after something earlier: a customer who was contacted just now, an action that cools down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from consumption.actions.grid import Flags, Grid, Ints
from consumption.actions.terms import SELF_SERVICE

_DAY = 86_400_000_000
_LONG_AGO = np.iinfo(np.int64).max
_SAID = ("alone", "cools", "nothing")


@dataclass(frozen=True)
class Rests:
    """What is closed for now: a row an account and a column an action, as in a grid.

    `contacted`: the last contact is too recent. `resting`: the action itself would come again too soon.
    """

    contacted: Flags
    resting: Flags

    @classmethod
    def of(cls, grid: Grid, taken_up: pl.DataFrame, as_of: datetime, days: int) -> Rests:
        """After what was `taken_up` (see `standing`); `days`: between contacts, where the action does not say."""
        past = _Past.of(grid, taken_up, as_of)
        return cls(past.contacted(grid, days), past.resting(grid))


@dataclass(frozen=True)
class _Past:
    """What was taken up before a moment: where it stands in the grid, how long ago (microseconds), what follows.

    `column` is -1 for what is no action of the catalogue.
    """

    row: Ints
    column: Ints
    age: Ints
    alone: Flags
    cools: Flags
    put_off: Flags
    waits: Flags
    nothing: Flags

    @classmethod
    def of(cls, grid: Grid, taken_up: pl.DataFrame, as_of: datetime) -> _Past:
        moment, day = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us"), np.datetime64(as_of.date())
        row, column = grid.rows(taken_up["account_id"]), grid.columns(taken_up["action"])
        age = (moment - taken_up["timestamp"].to_numpy()).astype(np.int64)
        alone, cools, nothing = (taken_up[name].to_numpy().astype(np.bool_) for name in _SAID)  # Unknown: no.
        put_off, waits = (taken_up[name].to_numpy() > day for name in ("alone_until", "back_on"))
        here = (row >= 0) & (age > 0)
        flags = (alone[here], cools[here], put_off[here], waits[here], nothing[here])
        return cls(row[here], column[here], age[here], *flags)

    def contacted(self, grid: Grid, days: int) -> Flags:
        """People and what runs by itself are counted apart.

        Nobody should be left alone because of a hint in the product, nor be sent hint after hint. An account that was
        put off to a day is left alone by people until then. Whoever wants nothing now gets no hint either, for as
        long as people leave it alone.
        """
        itself = (grid.actions["delivery"] == SELF_SERVICE).to_numpy()
        by_itself = np.append(itself, False)[self.column].astype(
            np.int64
        )  # What is not in the catalogue, people did.
        last = np.full((len(grid.accounts), 2), _LONG_AGO)
        np.minimum.at(last, (self.row[self.alone], by_itself[self.alone]), self.age[self.alone])
        own = grid.actions["contact_gap_days"].to_numpy().astype(np.float64)
        gaps = np.where(np.isnan(own), days, own)
        found = last[:, itself.astype(np.int64)] <= gaps * _DAY
        found[self.row[self.put_off]] |= ~itself
        refused = self.nothing & (self.age <= days * _DAY)
        found[self.row[refused]] |= itself
        return np.asarray(found, dtype=np.bool_)

    def resting(self, grid: Grid) -> Flags:
        """After an action was done or refused, and where an answer put it off."""
        rest = np.append(grid.actions["cooldown_days"].to_numpy() * _DAY, 0)[self.column]
        closed = ((self.cools & (self.age < rest)) | self.waits) & (self.column >= 0)
        found = np.zeros((len(grid.accounts), grid.actions.height), dtype=np.bool_)
        found[self.row[closed], self.column[closed]] = True
        return found
