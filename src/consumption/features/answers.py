"""Who was ranked at each moment, and what became of them: asked of one history, each moment once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from consumption.features.labels import LabelRules, label, told_by
from consumption.features.population import population
from consumption.lake.history import History


@dataclass(frozen=True, eq=False)
class Answers:
    """What one history says of each moment, by one set of rules; what was asked before is kept."""

    history: History
    rules: LabelRules
    _made: dict[datetime, tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=dict)

    @staticmethod
    def of(history: History, rules: LabelRules) -> Answers:
        """Of a history, with the events that these rules ask of it read once."""
        return Answers(told_by(history, rules).collect(), rules)

    def by(self, rules: LabelRules) -> Answers:
        """Of the same history by other rules, which ask the same events."""
        return Answers(self.history, rules)

    def at(self, moment: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The LABELS and the POPULATION of a moment."""
        if moment not in self._made:
            people = population(self.history, moment, currency=self.rules.usage.currency)
            self._made[moment] = label(self.history, moment, self.rules), people
        return self._made[moment]
