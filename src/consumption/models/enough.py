"""Whether there is enough to learn from for more than a rule."""

from __future__ import annotations

from consumption.models.dataset import TrainingSet
from consumption.models.horizon import LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN
from consumption.models.motion import MOVES, Motion


def what_is_missing(motion: Motion, data: TrainingSet) -> str:
    """Why a ranker cannot be tried, as a sentence; empty where it can."""
    snapshots = len(data.horizon.split.train)
    if snapshots < SNAPSHOTS_TO_TRAIN:
        return (
            f"The rule ranks: there are only {snapshots} snapshots to train on; "
            f"LightGBM is tried from {SNAPSHOTS_TO_TRAIN}."
        )
    outcome = "churn" if motion == "help" else MOVES[motion]
    accounts, needed = data.accounts(outcome), LOSSES_TO_TRAIN
    if accounts < needed:
        what = "lost" if motion == "help" else "expanded"
        return f"The rule ranks: only {accounts} accounts {what} so far; LightGBM is tried from {needed}."
    if data.part("test").is_empty() or data.part("valid").is_empty():
        return "The rule ranks: the history is too short to hold anything back for validation and test."
    return ""
