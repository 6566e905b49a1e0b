"""The test part, and what is read of models on it: each model scores it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from consumption.models.judging.evaluation import Figure, evaluate
from consumption.models.judging.gate import Verdict, compare
from consumption.models.judging.slices import slices
from consumption.models.model import Model
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import score
from consumption.models.training_rules import TrainingRules

Metrics = Mapping[str, Mapping[str, Figure]]
Scores = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What models are held against: rows that none has learned from, by these rules.

    `leaver`: the help model whose churn counts where accounts are ranked for `expand`, as it will in every list.
    """

    data: TrainingSet
    rules: TrainingRules
    seed: int
    leaver: Model | None = None

    def scores(self, models: Mapping[str, Model], part: str = "test") -> dict[str, pl.DataFrame]:
        """The rows of a part as each model scores them (`scored.score`)."""
        rows = self.data.part(part)
        return {name: score(model, rows, self.leaver) for name, model in models.items()}

    def verdict(
        self,
        champion: pl.DataFrame,
        challenger: pl.DataFrame,
        alarms: Sequence[str] = (),
        listed: pl.DataFrame | None = None,
    ) -> Verdict:
        """What the gate says of two models' scores; `listed`: those of what ranks, where that is neither of them."""
        return compare(
            champion,
            challenger,
            k=self.rules.k,
            draws=self.rules.gate_draws,
            seed=self.seed,
            alarms=alarms,
            approved=self.rules.approved,
            listed=listed,
        )

    def metrics(self, scores: Scores) -> dict[str, Metrics]:
        """Every metric of each model, of all test rows and of each slice (`slices.slices`)."""
        return {name: self._measured(scored) for name, scored in scores.items()}

    def _measured(self, scored: pl.DataFrame) -> Metrics:
        parts = slices(scored, seen=self._seen)
        draws, k = self.rules.metric_draws, self.rules.k
        figures = {name: evaluate(rows, k=k, draws=draws, seed=self.seed) for name, rows in parts.items()}
        return {name: found for name, found in figures.items() if found}

    @cached_property
    def _seen(self) -> pl.Series:
        return accounts_seen(self.data)


def accounts_seen(data: TrainingSet) -> pl.Series:
    """Accounts that models were fitted, stopped or calibrated on: all others of the test part are unseen."""
    known = data.rows.filter(pl.col("part").is_in(["train", "valid"]))
    return known["account_id"].unique()
