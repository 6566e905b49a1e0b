"""The two rankers of one training: heads that say probabilities, and beside them heads that learn an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.head import Head
from consumption.models.heads.lambdarank import fit_lambdarank
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.regrown import grown_on_all
from consumption.models.heads.search import Found, search
from consumption.models.judging.contest import standing
from consumption.models.judging.gate import Verdict
from consumption.models.judging.held_out import HeldOut
from consumption.models.motion import Motion
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training_rules import TrainingRules

# What is being done, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Churn:
    """The churn heads of one training, by the ranker they are part of; None where they are still to be grown."""

    first: Head | None = None
    probabilities: Head | None = None
    order: Head | None = None


_NOTHING = Churn()


@dataclass(frozen=True, eq=False)
class Grown:
    """Both rankers, what the gate says of the order on the validation rows, and what a search found, if one was made.

    `first`: the probabilities as the training rows alone taught them, before they were grown again on all (see
    `regrown`). `rules`: those that were asked for, with the settings that were found.
    """

    first: Ranker
    probabilities: Ranker
    order: Ranker
    valid: Verdict
    rules: TrainingRules
    seed: int
    found: Found | None = None

    @property
    def stands(self) -> Ranker:
        """The one that the gate is asked of."""
        return self.order if standing(self.valid) == "lambdarank" else self.probabilities

    @property
    def fitted(self) -> Ranker:
        """The same as it was first fitted: codes and rates of the training part, calibration of validation."""
        return self.order if self.stands is self.order else self.first

    @property
    def churn(self) -> Churn:
        """What all three say of who leaves."""
        return Churn(self.first.churn, self.probabilities.churn, self.order.churn)

    @property
    def beside(self) -> Ranker:
        """The other one."""
        return self.probabilities if self.stands is self.order else self.order


def grow(motion: Motion, held: HeldOut, *, progress: Progress, other: Grown | None = None) -> Grown:
    """Search, if `held.rules` ask for one, then both rankers on the training rows; no test row is read.

    Both share how large a move is: an order has no sizes of its own. `other`: the rankers of the other motion, from
    the same rows and seed: who leaves is one question for both, and one answer, where they grow by the same rules.
    Raises SearchNotInstalled.
    """
    data, seed = held.data, held.seed
    found = _found(motion, data, held.rules, seed, progress) if held.rules.search_seconds else None
    rules = replace(held.rules, boosting=found.settings) if found else held.rules
    known = other.churn if other and (other.rules, other.seed) == (rules, seed) else _NOTHING
    progress(f"{motion}: trees", 0, 2)
    ranker = fit_ranker(
        motion, data, seed=seed, settings=rules.boosting, monotone=rules.monotone, k=rules.k, churn=known.first
    )
    progress(f"{motion}: trees", 1, 2)
    order = fit_lambdarank(
        motion,
        data,
        seed=seed,
        settings=rules.ordering,
        monotone=rules.monotone,
        k=rules.k,
        beside=ranker,
        churn=known.order,
    )
    valid = held.scores({"lightgbm": ranker, "lambdarank": order}, "valid")
    chosen = held.verdict(valid["lightgbm"], valid["lambdarank"])
    # The validation rows have said how far to grow and which order stands: from here on they may be learned from.
    whole = grown_on_all(
        ranker, data, seed=seed, settings=rules.boosting, monotone=rules.monotone, churn=known.probabilities
    )
    progress(f"{motion}: trees", 2, 2)
    return Grown(ranker, whole, order, chosen, rules, seed, found)


def _found(motion: Motion, data: TrainingSet, rules: TrainingRules, seed: int, progress: Progress) -> Found:
    return search(
        motion,
        data,
        seconds=rules.search_seconds,
        seed=seed,
        start=rules.boosting,
        k=rules.k,
        monotone=rules.monotone,
        progress=progress,
    )
