"""How many accounts of a list a week holds."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# A list is a rep's week; where the list it is taken from is long, a tenth of that.
SHARE_LISTED = 0.10


def list_length(k: int, group: Sequence[str]) -> pl.Expr:
    """Over the rows of each list: k, or a tenth of them where that is more. `k`: accounts a rep takes on in a week.

    Labels look months ahead, so that a week of two or three accounts would judge a ranking by nearly nothing.
    """
    # A share of a number may end a hair above a whole one: a tenth of 70 is 7 and not 8.
    tenth = (pl.len().over(group) * SHARE_LISTED).round(6).ceil()
    return pl.max_horizontal(pl.lit(float(k)), tenth)
