"""How far a model's probability of an account may be off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import betaincinv

from consumption.models.rows import Floats, Strings

# The middle four fifths: what people call likely.
LEVEL = 0.80
# By how much the chances of accounts differ that look alike to a model, of p (1 - p): of one account nothing but its
# outcome is ever seen, so no data can tell. It is .15 where the truth is known, in a development world of the demo,
# for rules and trees, few cases and many.
HIDDEN = 0.15
# Nothing is said to be more uncertain than this.
_MOST = 0.70


@dataclass(frozen=True)
class Doubt:
    """What makes an account's chance another than the probability that is said of it.

    `calibration`: how far the curve from log odds to a probability may be off, by how few rows it was drawn, and
    `boosters`: the mean of the boosters, one seed from another; both standard deviations of log odds. `hidden`: by
    how much accounts that look alike differ, as a share of p (1 - p); `apart`: by how much all do, and `segments`:
    those of one segment. That is all that is known of an account that is new.
    """

    calibration: float
    boosters: float
    apart: float
    segments: Mapping[str, float] = field(default_factory=dict)
    hidden: float = HIDDEN

    def between(self, probability: Floats, segments: Strings, own: Floats) -> tuple[Floats, Floats]:
        """What the chance of each account lies between in 8 of 10 cases.

        `own`: the share that an account's own signals have in its probability; 1 but for new ones. Chances follow a
        beta distribution whose mean is the probability, so that most accounts of a low one are lower still.
        """
        rooms = 1.0 / self._spread(probability, segments, own) - 1.0
        tail = (1.0 - LEVEL) / 2.0
        low, high = (betaincinv(probability * rooms, (1.0 - probability) * rooms, q) for q in (tail, 1.0 - tail))
        return np.minimum(low, probability), np.maximum(high, probability)

    def _spread(self, probability: Floats, segments: Strings, own: Floats) -> Floats:
        """The variance of an account's chance, of p (1 - p)."""
        known = self.hidden + probability * (1.0 - probability) * (self.calibration**2 + self.boosters**2)
        new = np.array([self.segments.get(s, self.apart) for s in segments], dtype=np.float64)
        return np.clip(np.square(own) * known + (1.0 - np.square(own)) * np.maximum(new, known), 0.01, _MOST)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        names = ("calibration", "boosters", "apart", "hidden")
        return {**{name: getattr(self, name) for name in names}, "segments": dict(sorted(self.segments.items()))}

    @staticmethod
    def of(values: Mapping[str, Any]) -> Doubt:
        """What `as_dict` wrote."""
        return Doubt(**values)


# Before any data: what a rule's level may be off by (`rule.LEVEL_SD`), and how accounts of a usual book differ.
DAY_ONE = Doubt(calibration=1.5, boosters=0.0, apart=0.3)
