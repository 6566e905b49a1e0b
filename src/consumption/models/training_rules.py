"""How a motion is trained: what settings decide, and what is decided for them."""

from __future__ import annotations

from dataclasses import dataclass

from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting
from consumption.models.heads.lambdarank import ORDERING
from consumption.models.judging.evaluation import USUAL_CAPACITY


@dataclass(frozen=True)
class TrainingRules:
    """`k`: accounts a rep can take on in a week (see `jobs.week`).

    `boosting`: how the heads of probabilities grow, `ordering`: those of the challenger that learns an order.
    `monotone`: keep signs of business law; `approved`: lists may change by more than half; draws of bootstraps.
    `search_seconds`: of looking for better settings of the heads, 0 for none.
    """

    boosting: Boosting = USUAL_BOOSTING
    ordering: Boosting = ORDERING
    k: int = USUAL_CAPACITY
    monotone: bool = True
    approved: bool = False
    gate_draws: int = 2_000
    metric_draws: int = 200
    search_seconds: float = 0.0


USUAL_RULES = TrainingRules()
