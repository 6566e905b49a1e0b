"""What a team's lists of a week hold: the dollars that a head stops growing by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from consumption.models.evaluation import SHARE_LISTED
from consumption.models.rows import Floats
from consumption.models.scored import NO_OWNER

Places = np.ndarray[tuple[int], np.dtype[np.intp]]
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

        Where a list is long a week holds a tenth of it, as everywhere (see `evaluation`).
        """
        known = rows.select("as_of", pl.col("owner").fill_null(NO_OWNER), "weight")
        listed = known.select(
            number=pl.struct(_GROUP).rank("dense") - 1,
            worth="weight",
            length=pl.max_horizontal(pl.lit(float(k)), (pl.len().over(_GROUP) * SHARE_LISTED).ceil()),
        )
        number = listed["number"].to_numpy().astype(np.intp)
        return Lists(number, listed["worth"].to_numpy().astype(np.float64), dollars, listed["length"].to_numpy())

    def captured(self, probability: Floats) -> float:
        """Dollars on the lists when ranked by worth times probability, of those on the best lists; 0 without any."""
        return self._listed(self.worth * probability) / self._best if self._best > 0.0 else 0.0

    @cached_property
    def _best(self) -> float:
        return self._listed(self.dollars)

    def _listed(self, value: Floats) -> float:
        order = np.lexsort((-value, self.number))
        number = self.number[order]
        sizes = np.bincount(number)
        place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        on_list = place < self.length[order]
        return float(self.dollars[order][on_list].sum())
