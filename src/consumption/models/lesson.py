"""What a model was taught by: which question its labels answer, until when, and how it was grown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Lesson:
    """Kept beside a model, so that a later training can tell whether the two can be held against each other.

    `source`: what told outcomes; `lead_days` and the thresholds `churn`, `contraction`, `expansion` are those of its
    labels. `until`: when the last label window ended that it learned from, None where it learned from no row.
    `settings`: how its boosters grew, by name, `monotone` among them; empty for a rule.
    """

    source: str
    lead_days: int
    churn: float
    contraction: float
    expansion: float
    until: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"until": self.until.isoformat() if self.until else None}

    @staticmethod
    def of(values: Mapping[str, Any]) -> Lesson:
        """What `as_dict` wrote."""
        until = values["until"]
        return Lesson(**{**values, "until": datetime.fromisoformat(until) if until else None})

    def differs(self, other: Lesson) -> tuple[str, ...]:
        """In words, what labels of the two lessons do not have in common: this one's first, then the other's."""
        pairs = {
            "outcomes told by {}, not {}": (self.source, other.source),
            "{} days of lead, not {}": (self.lead_days, other.lead_days),
            "a loss from {:.0%} left, not {:.0%}": (self.churn, other.churn),
            "a contraction from {:.0%}, not {:.0%}": (self.contraction, other.contraction),
            "an expansion from {:.0%}, not {:.0%}": (self.expansion, other.expansion),
        }
        return tuple(words.format(*pair) for words, pair in pairs.items() if pair[0] != pair[1])
