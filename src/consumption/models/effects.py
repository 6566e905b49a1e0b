"""Increments of actions, for any study: what each action would change at each account, against doing nothing.

effects = ActionEffects.fit(features, action, outcome, propensity)
effects.predict(features), effects.interval(features), effects.why
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import polars as pl

from consumption.models.encoding import Encoding, Matrix
from consumption.models.given import seed_of
from consumption.models.increments.belief import Z_95
from consumption.models.increments.crossfit import expected
from consumption.models.increments.learners import LEARNERS, TreeEffects, fit_trees
from consumption.models.increments.linear_effects import LinearEffects, fit_lines
from consumption.models.increments.policy_value import LAYER, PolicyValue, policy_values
from consumption.models.increments.study import Claim, Propensity, Study, UnusableStudy, study_of
from consumption.models.increments.study_given import features_like

__all__ = ["ActionEffects", "UnusableStudy"]

ENOUGH_TREATED = 1_000  # randomised accounts an action, from which challengers are trained


@dataclass(frozen=True, eq=False)
class ActionEffects:
    """What a study says each action brings.

    `method`: layer (lines with a prior), s-learner or dr-learner; `why`: the reason in a sentence; `values`: the
    cross-validated policy value of each method that was tried.
    """

    actions: tuple[str, ...]
    method: str
    why: str
    values: tuple[PolicyValue, ...]
    encoding: Encoding
    found: LinearEffects | TreeEffects

    @classmethod
    def fit(  # noqa: PLR0917 - the signature that users were promised
        cls,
        features: pl.DataFrame,
        action: pl.Series,
        outcome: pl.Series,
        propensity: Propensity = None,
        prior: Mapping[str, Claim] | None = None,
        seed: int = 0,
    ) -> Self:
        """Learns increments from a row an account: features, the action it got ("none": nothing), and the outcome.

        `propensity`: a series (how likely the taken action was), or a frame with a column an action and "none"; None:
        estimated, cross-fitted. `prior`: a mapping action -> expected increment, or (mean, sd); an increment alone
        is worth 400 accounts. The closed-form layer stands unless a challenger's cross-validated policy value beats
        it by one standard error. Lazy frames are collected. Raises UnusableStudy.
        """
        seed = seed_of(seed, UnusableStudy)
        study = study_of(features, action, outcome, propensity, prior=prior, seed=seed)
        told = expected(study, seed)
        lacking = _lacking(study)
        values = () if lacking else policy_values(study, told, seed)
        method, why = (LAYER, lacking) if lacking else choice(values)
        found = fit_lines(study, told)
        for learner in LEARNERS:
            if learner == method:
                return cls(study.actions, method, why, values, study.encoding, fit_trees(learner, study, told, seed))
        return cls(study.actions, method, why, values, study.encoding, found)

    def predict(self, features: pl.DataFrame) -> pl.DataFrame:
        """One row a row, one column an action ("none" left out): the expected increment, in the outcome's unit."""
        increments = self.found.increments(self._matrix(features))
        return pl.DataFrame({name: increments[:, n] for n, name in enumerate(self.actions)})

    def interval(self, features: pl.DataFrame) -> pl.DataFrame:
        """95 % bounds of `predict`: columns <action>_low and <action>_high, one row a row."""
        matrix = self._matrix(features)
        middle, reach = self.found.increments(matrix), Z_95 * self.found.spread(matrix)
        columns = {}
        for n, name in enumerate(self.actions):
            columns[f"{name}_low"] = middle[:, n] - reach[:, n]
            columns[f"{name}_high"] = middle[:, n] + reach[:, n]
        return pl.DataFrame(columns)

    def _matrix(self, features: pl.DataFrame) -> Matrix:
        return self.encoding.matrix(features_like(self.encoding, features))


def _lacking(study: Study) -> str:
    """Why no challenger is trained; empty where one is."""
    if not study.known:
        return "the layer: propensities are estimated, and challengers need randomised accounts"
    fewest = int(study.treated.min())
    if fewest < ENOUGH_TREATED:
        name = study.actions[int(study.treated.argmin())]
        return f"the layer: {fewest:,} accounts got {name}, and challengers need {ENOUGH_TREATED:,} an action"
    return ""


def choice(values: tuple[PolicyValue, ...]) -> tuple[str, str]:
    """Which method is used, and why: the layer, unless a challenger beats it by one standard error."""
    layer, *others = values
    best = max(others, key=lambda value: value.gain)
    told = f"cross-validated policy value {best.value:.4g} against the layer's {layer.value:.4g}"
    error = f"a difference of {best.gain:+.2g} with a standard error of {best.standard_error:.2g}"
    if best.gain > best.standard_error:
        return best.method, f"the {best.method}: {told}, {error}"
    return LAYER, f"the layer: the best challenger, the {best.method}, has {told}, {error}: less than it must beat"
