"""From which day on there is something to learn from at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from consumption.models.samples.horizon import FOR_A_RULE, HORIZONS
from consumption.models.samples.split import USUAL_WINDOWS, Windows, split, training_dates


def labelled_on(
    first: datetime,
    as_of: datetime,
    *,
    options: Sequence[int] = HORIZONS,
    windows: Windows = USUAL_WINDOWS,
    labelled_from: datetime | None = None,
) -> datetime:
    """The first day from `as_of` on, on which there are rows that a rule can learn from, with others to test it.

    Arguments as of `horizon.choose_horizon`.
    """
    tests, valids = FOR_A_RULE
    for then in (as_of + timedelta(days=day) for day in count()):
        dates = training_dates(first, then, every=windows.every, warm_up=windows.warm_up)
        known = [date for date in dates if labelled_from is None or date > labelled_from]
        plans = (split(known, then, horizon=h, windows=windows, tests=tests, valids=valids) for h in options)
        if any(plan.train for plan in plans):
            break
    return then
