"""What a team's lists of a week hold: the dollars that a head stops growing by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from consumption.models.judging.lengths import list_length
from consumption.models.rows import Floats
from consumption.models.scored import NO_OWNER

Places = np.ndarray[tuple[int], np.dtype[np.intp]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
# Lists are ranked side by side, as long as the longest of them, where that is no more than so many times the rows.
MOST_PADDING = 8
_GROUP = ["as_of", "owner"]


@dataclass(frozen=True, eq=False)
class Lists:
    """Rows as lists, an array element a row: a list is what one owner has to choose from at one snapshot.

    `number`: of the row's list, from 0. `worth`: what a probability is multiplied with to be ranked (ARR). `dollars`:
    what was lost or gained. `length`: how many accounts of its list a week holds.
    """

    number: Places
    worth: Floats
    dollars: Floats
    length: Floats

    @staticmethod
    def of(rows: pl.DataFrame, dollars: Floats, k: int) -> Lists:
        """Lists of rows with as_of, owner and weight; `k`: accounts a rep can take on in a week.

        Where a list is long a week holds a tenth of it, as everywhere (see `judging.lengths`).
        """
        known = rows.select("as_of", pl.col("owner").fill_null(NO_OWNER), "weight")
        listed = known.select(
            number=pl.struct(_GROUP).rank("dense") - 1,
            worth="weight",
            length=list_length(k, _GROUP),
        )
        number = listed["number"].to_numpy().astype(np.intp)
        return Lists(number, listed["worth"].to_numpy().astype(np.float64), dollars, listed["length"].to_numpy())

    def captured(self, probability: Floats) -> float:
        """Dollars on the lists when ranked by worth times probability, of those on the best lists; 0 without any."""
        return self._listed(self.worth * probability) / self._best if self._best > 0.0 else 0.0

    def held(self, value: Floats) -> Flags:
        """Whether a row is on its list when ranked by this value; of equal rows the first are."""
        lists, longest = len(self._sizes), int(self._sizes.max(initial=0))
        if lists * longest > MOST_PADDING * len(value):
            return self._held_by_sorting(value)
        behind = np.full((lists, longest), np.inf)
        behind[self.number, self._slot] = -value
        behind.sort(axis=1)
        last = behind[np.arange(lists), self._taken - 1][self.number]
        on_list = np.asarray(-value <= last)
        return on_list if on_list.sum() == self._taken.sum() else self._held_by_sorting(value)

    @cached_property
    def _best(self) -> float:
        return self._listed(self.dollars)

    @cached_property
    def _sizes(self) -> Places:
        """Rows of each list."""
        return np.bincount(self.number)

    @cached_property
    def _slot(self) -> Places:
        """The place of each row among the rows of its list, from 0."""
        order = np.argsort(self.number, kind="stable")
        slot = np.empty(len(order), dtype=np.intp)
        slot[order] = self._place_in_order
        return slot

    @cached_property
    def _place_in_order(self) -> Places:
        """The same where rows stand list by list."""
        return np.arange(len(self.number)) - np.repeat(np.cumsum(self._sizes) - self._sizes, self._sizes)

    @cached_property
    def _taken(self) -> Places:
        """How many rows of each list a week holds."""
        longest = np.zeros(len(self._sizes), dtype=np.intp)
        longest[self.number] = np.ceil(self.length).astype(np.intp)
        return np.minimum(longest, self._sizes)

    def _held_by_sorting(self, value: Floats) -> Flags:
        """`held` where many values are equal, or lists very unlike in length."""
        order = np.lexsort((-value, self.number))
        on_list = np.empty(len(order), dtype=np.bool_)
        on_list[order] = self._place_in_order < self.length[order]
        return on_list

    def _listed(self, value: Floats) -> float:
        return float(self.dollars[self.held(value)].sum())
