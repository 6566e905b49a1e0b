"""A day to come has no plan that could be shown: said before anything begins that takes time."""

from __future__ import annotations

from datetime import datetime

from consumption.errors import ConsumptionError


class NotYet(ConsumptionError):
    """A day to come was to be published."""

    status = 409

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"{as_of:%Y-%m-%d} has not begun yet: its plan would stand until then, and no earlier one could be shown",
            "publish today's plan, or look ahead with `consumption recommend`, which shows nobody anything",
        )


def refuse_a_day_to_come(as_of: datetime, now: datetime) -> None:
    """Raise `NotYet` for a moment that has not come."""
    if as_of > now:
        raise NotYet(as_of)
