"""Whether there is enough to learn from for more than a rule."""

from __future__ import annotations

from consumption.models.motion import MOVES, Motion
from consumption.models.samples.dataset import TrainingSet
from consumption.models.samples.horizon import LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN


def what_is_missing(motion: Motion, data: TrainingSet) -> str:
    """Why a ranker cannot be tried, as sentences without a beginning; empty where it can."""
    snapshots = len(data.horizon.split.train)
    if snapshots < SNAPSHOTS_TO_TRAIN:
        return (
            f"there are only {snapshots} snapshots to train on; "
            f"LightGBM is tried from {SNAPSHOTS_TO_TRAIN}.{_when(motion, data)}"
        )
    outcome = "churn" if motion == "help" else MOVES[motion]
    accounts, needed = data.accounts(outcome), LOSSES_TO_TRAIN
    if accounts < needed:
        what = "lost" if motion == "help" else "expanded"
        when = _when(motion, data)
        return f"only {accounts} accounts {what} so far; LightGBM is tried from {needed}.{when}"
    if data.part("test").is_empty() or data.part("valid").is_empty():
        return "the history is too short to hold anything back for validation and test."
    return ""


def _when(motion: Motion, data: TrainingSet) -> str:
    """About when that changes: told of lost accounts alone, by which a horizon is chosen."""
    soonest = data.horizon.learnable_from
    if motion != "help" or soonest is None:
        return ""
    return f" If accounts go on being lost as they were, that is around {soonest.day} {soonest:%B %Y}."
