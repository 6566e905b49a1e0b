"""When a booster has grown enough: by the dollars that lists of a week hold, and among equals by the loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

# Hears the round and the loss so far; what it raises ends the growing (a search that gives up on these settings).
Watch = Callable[[int, float], None]

# A list holds some dozens of accounts, so its dollars jump from round to round: within a hundredth of the best,
# the rounds are equal, and the probabilities decide.
EQUAL = 0.01
_WATCHED_EVERY = 20


class Watched:
    """LightGBM's callback: follows the metrics of the validation rows and stops when their best round is long past.

    `best`: the round to keep, from 0.
    """

    def __init__(self, patience: int, watch: Watch | None = None) -> None:
        self.patience, self.watch = patience, watch
        self.losses: list[float] = []
        self.captured: list[float] = []
        self.best = 0

    def __call__(self, env: Any) -> None:  # noqa: ANN401 - LightGBM's own tuple
        """One round is done."""
        self.losses.append(_loss(env.evaluation_result_list))
        self.captured.append(_captured(env.evaluation_result_list))
        self.best = best_round(self.losses, self.captured)
        if self.watch is not None and (env.iteration + 1) % _WATCHED_EVERY == 0:
            self.watch(env.iteration + 1, min(self.losses))
        if env.iteration - self.best >= self.patience:
            raise lgb.callback.EarlyStopException(self.best, env.evaluation_result_list)


def best_round(losses: Sequence[float], captured: Sequence[float]) -> int:
    """Of the rounds whose lists hold within a hundredth of the most dollars, the first with the lowest loss."""
    held = np.asarray(captured)
    equal = held >= held.max() - EQUAL
    return int(np.where(equal, np.asarray(losses), np.inf).argmin())


def _loss(results: Sequence[Any]) -> float:
    """The objective's own metric as a loss; of an order's at several places the mean."""
    own = [-r.metric_value if r.maximize else r.metric_value for r in results if r.metric_name != "captured"]
    return float(np.mean(own))


def _captured(results: Sequence[Any]) -> float:
    return next((float(r.metric_value) for r in results if r.metric_name == "captured"), 0.0)
