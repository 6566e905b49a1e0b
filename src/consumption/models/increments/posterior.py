"""What is believed about the actions after some quarters: the catalogue's prior and the evidence, added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from consumption.errors import ConsumptionError
from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import OUTCOMES, Belief, Floats, Prior
from consumption.models.increments.claims import trusted
from consumption.models.increments.evidence import BIAS_SD, Evidence, Quarter, fold_of, size_of
from consumption.models.increments.threads import one_thread


class QuarterSettled(ConsumptionError):
    """A quarter whose outcomes are all known was to be added once more."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            problem=f"the outcomes of {name} are already part of what was learned",
            remedy="leave it out; to learn anew, begin from the priors and add every quarter once",
        )


@dataclass(frozen=True, eq=False)
class Posterior:
    """A Gaussian over the coefficients of all actions: the prior, what is settled, and quarters still provisional.

    A quarter in which surrogates stand in for outcomes is kept apart under its name, and gives way when the same
    quarter comes again; one whose outcomes are all known is added for good. `names`: of those. `came`: all quarters,
    in the order in which each first came, which is what parts them into folds.
    """

    prior: Belief
    settled: Evidence
    names: tuple[str, ...]
    provisional: Mapping[str, Evidence]
    came: tuple[str, ...]

    @classmethod
    def from_priors(cls, priors: Mapping[str, Sequence[Prior]], slopes: Floats) -> Posterior:
        """Before anything was learned; `slopes` as `Moves.slopes`."""
        prior = Belief.from_priors(priors, slopes)
        return cls(prior, Evidence.none(len(prior.actions)), (), {}, ())

    def update(self, quarter: Quarter, name: str | None = None) -> Posterior:
        """With one more quarter. `name`: what the same quarter is called when it comes again (else its number)."""
        name = name or f"quarter {len(self.came) + 1}"
        if name in self.names:
            raise QuarterSettled(name)
        came = self.came if name in self.came else (*self.came, name)
        found = Evidence.of(quarter, self.prior, fold_of(came.index(name)))
        rest = {known: evidence for known, evidence in self.provisional.items() if known != name}
        if not quarter.settled:
            return replace(self, provisional={**rest, name: found}, came=came)
        settled = self.settled + found
        return replace(self, settled=settled, names=(*self.names, name), provisional=rest, came=came)

    @cached_property
    def evidence(self) -> Evidence:
        """Everything known so far, provisional quarters included."""
        return sum(self.provisional.values(), self.settled)

    @cached_property
    def belief(self) -> Belief:
        """Everything learned, each claim of the catalogue weighed by how likely it is idle."""
        return trusted(self.prior, self.evidence).belief


def believe(prior: Belief, evidence: Evidence) -> Belief:
    """The prior and the evidence of all folds of `evidence` as one Gaussian: what is believed if no claim is idle."""
    actions, drivers = len(prior.actions), len(DRIVERS)
    mean, covariance = np.empty_like(prior.mean), np.empty_like(prior.covariance)
    for outcome in range(len(OUTCOMES)):
        precision, pull = _natural(prior, outcome)
        with one_thread():
            spread = np.linalg.inv(precision + evidence.precision[:, outcome].sum(axis=0))
            found = spread @ (pull + evidence.pull[:, outcome].sum(axis=0))
        mean[:, outcome] = found[: actions * drivers].reshape(actions, drivers)
        for action in range(actions):
            own = slice(action * drivers, (action + 1) * drivers)
            covariance[action, outcome] = spread[own, own]
    return Belief(prior.actions, mean, covariance)


def _natural(prior: Belief, outcome: int) -> tuple[Floats, Floats]:
    """The prior of one outcome as precision and precision times mean; the biases of reps' own choices come last."""
    actions, drivers = len(prior.actions), len(DRIVERS)
    precision = np.eye(size_of(actions)) / BIAS_SD**2
    pull = np.zeros(size_of(actions))
    for action in range(actions):
        own = slice(action * drivers, (action + 1) * drivers)
        precision[own, own] = np.linalg.inv(prior.covariance[action, outcome])
        pull[own] = precision[own, own] @ prior.mean[action, outcome]
    return precision, pull
