"""Train one motion: fit, hold against what ranks today, and say which of the two ranks from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from consumption.models.boosting import USUAL_BOOSTING, Boosting
from consumption.models.dataset import PARTS, TrainingSet
from consumption.models.enough import what_is_missing
from consumption.models.evaluation import Figure, evaluate
from consumption.models.fitting import fit_ranker, fit_rule
from consumption.models.gate import Verdict, compare
from consumption.models.leaks.examine import before_fitting, of_the_fit
from consumption.models.leaks.leak import Leak, refuse
from consumption.models.leaning import alarms, strongest_signals
from consumption.models.model import Model, StaleModel, refuse_stale
from consumption.models.motion import MOVES, Motion
from consumption.models.ranker import Ranker
from consumption.models.rule import Rule
from consumption.models.scored import score
from consumption.models.slices import slices

Progress = Callable[[str], None]
Metrics = Mapping[str, Mapping[str, Figure]]
_M = TypeVar("_M", Rule, Ranker)


@dataclass(frozen=True)
class TrainingRules:
    """`k`: accounts a rep can take on in a week.

    `monotone`: keep signs of business law; `approved`: lists may change by more than half; draws of bootstraps.
    """

    boosting: Boosting = USUAL_BOOSTING
    k: int = 8
    monotone: bool = True
    approved: bool = False
    gate_draws: int = 2_000
    metric_draws: int = 200


USUAL_RULES = TrainingRules()


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training found.

    `model` ranks from now on: the ranker that won, else what ranked before or the rule. `ranker` is None where there
    was too little to learn from, `verdict` then too. `opponent` is what the ranker was held against: `rule`, or the
    version of the champion. `metrics`: for `ranker`, `rule` and `champion`, then by slice (`all`, `unseen`, `segment
    NAME`, `quarter 2026-Q1`). `strongest`: the signals that move the ranker's probability most, by mean size of their
    contributions.
    """

    motion: Motion
    model: Model
    rule: Rule
    ranker: Ranker | None
    verdict: Verdict | None
    opponent: str
    metrics: Mapping[str, Metrics]
    parameters: Mapping[str, Any]
    data: TrainingSet = field(repr=False)
    strongest: Mapping[str, float] = field(default_factory=dict)
    leaks: tuple[Leak, ...] = ()

    @property
    def new(self) -> bool:
        """Whether `model` comes from this training, and not from an earlier one."""
        return self.model is self.ranker or self.model is self.rule

    @property
    def counts(self) -> dict[str, int]:
        """Rows, accounts, and accounts with each outcome that counts, by part."""
        counted = {}
        for part in PARTS:
            rows = self.data.part(part)
            counted[f"{part}_rows"] = rows.height
            counted[f"{part}_accounts"] = rows["account_id"].n_unique()
            for outcome in ("churn", MOVES[self.motion]):
                counted[f"{part}_{outcome}_accounts"] = self.data.accounts(outcome, part)
        return counted

    @property
    def words(self) -> tuple[str, ...]:
        """The history there is, what was learned from, what the gate said and what ranks, in sentences."""
        left_out = [f"{n:,} rows {reason} and were left out." for reason, n in self.data.left_out.items() if n]
        treated = self.data.part("train")["treated"].sum()
        less = [f"{treated:,} training rows count less: we did something for the account in that time."]
        leaks = [leak.text for leak in self.leaks]
        gate = self.verdict.reasons if self.verdict else ()
        said = [*self.data.horizon.words, *left_out, *(less if treated else []), *leaks, *gate]
        return (*said, self.model.about.note)


def train(
    motion: Motion,
    data: TrainingSet,
    *,
    seed: int,
    rules: TrainingRules = USUAL_RULES,
    champion: Model | None = None,
    leaver: Model | None = None,
    progress: Progress = lambda _: None,
) -> Trained:
    """Fits rule and ranker on the training part and lets the gate decide on the test part.

    `champion`: what ranks today; a ranker among champions is what a new one must beat, unless its signals have
    changed since. Without one the rule is. Too little to learn from: the rule ranks and its note says why. `leaver`:
    the help model whose churn counts where accounts are ranked for `expand`, as it will in every list. Raises
    LeakFound where a leak stops it.
    """
    leaks = before_fitting(motion, data)
    refuse(leaks)
    test = _Test(data, rules, seed, leaver)
    progress(f"{motion}: the rule")
    rule = fit_rule(motion, data)
    too_little = what_is_missing(motion, data)
    if too_little:
        return test.passed_by(_noted(rule, too_little), leaks)
    progress(f"{motion}: trees")
    ranker = fit_ranker(motion, data, seed=seed, settings=rules.boosting, monotone=rules.monotone)
    fitted = of_the_fit(ranker, data)
    refuse(fitted)
    progress(f"{motion}: the gate")
    opponent, name = _opponent(champion, rule, data)
    strongest = strongest_signals(ranker, data.part("test"))
    verdict = test.verdict(opponent, ranker, alarms((*leaks, *fitted), strongest))
    ranker = _noted(ranker, f"{_how(verdict)} the gate against {_called(name)}.")
    rule = _noted(rule, _still(verdict))
    kept: Model = rule if name == "rule" else opponent
    beside: dict[str, Model] = {} if name == "rule" else {"champion": opponent}
    return Trained(
        motion=motion,
        model=ranker if verdict.wins else kept,
        rule=rule,
        ranker=ranker,
        verdict=verdict,
        opponent=name,
        metrics=test.metrics({"ranker": ranker, "rule": rule, **beside}),
        parameters=_parameters(data, rules, seed, ranker),
        data=data,
        strongest=strongest,
        leaks=(*leaks, *fitted),
    )


@dataclass(frozen=True, eq=False)
class _Test:
    """What models are held against: the test part, by these rules."""

    data: TrainingSet
    rules: TrainingRules
    seed: int
    leaver: Model | None

    def verdict(self, opponent: Model, ranker: Ranker, suspicions: Sequence[str]) -> Verdict:
        """What the gate says."""
        scores = (score(model, self.data.part("test"), self.leaver) for model in (opponent, ranker))
        return compare(
            *scores,
            k=self.rules.k,
            draws=self.rules.gate_draws,
            seed=self.seed,
            alarms=suspicions,
            approved=self.rules.approved,
        )

    def metrics(self, models: Mapping[str, Model]) -> dict[str, Metrics]:
        """Every figure of each model."""
        return {name: measure(model, self.data, self.rules, self.seed, self.leaver) for name, model in models.items()}

    def passed_by(self, rule: Rule, leaks: tuple[Leak, ...]) -> Trained:
        """There is too little for more than a rule, whose note says why."""
        settings = _parameters(self.data, self.rules, self.seed, None)
        metrics = self.metrics({"rule": rule})
        motion = rule.about.motion
        return Trained(motion, rule, rule, None, None, "rule", metrics, settings, self.data, leaks=leaks)


def measure(
    model: Model, data: TrainingSet, rules: TrainingRules, seed: int, leaver: Model | None = None
) -> dict[str, dict[str, Figure]]:
    """Every metric on the test part, of all rows and of each slice (`slices.slices`)."""
    parts = slices(score(model, data.part("test"), leaver), seen=_seen(data))
    figures = {name: evaluate(rows, k=rules.k, draws=rules.metric_draws, seed=seed) for name, rows in parts.items()}
    return {name: found for name, found in figures.items() if found}


def _opponent(champion: Model | None, rule: Rule, data: TrainingSet) -> tuple[Model, str]:
    """The champion where it is a ranker on today's signals; a rule is always fitted anew."""
    if champion is None or champion.kind == "rule":
        return rule, "rule"
    try:
        refuse_stale(champion.about, data.fingerprints)
    except StaleModel:
        return rule, "rule"
    return champion, champion.about.version


def _seen(data: TrainingSet) -> pl.Series:
    """Accounts that the model was fitted, stopped or calibrated on."""
    return data.rows.filter(pl.col("part").is_in(["train", "valid"]))["account_id"].unique()


def _how(verdict: Verdict) -> str:
    if verdict.wins:
        return "LightGBM ranks: it won"
    return "A challenger: it waits for approval after winning" if verdict.waits else "A challenger: it did not win"


def _still(verdict: Verdict) -> str:
    """Why the rule still ranks, if it does."""
    why = "LightGBM waits for somebody's approval" if verdict.waits else "LightGBM did not win the gate against it"
    return f"The rule ranks: {why}."


def _called(name: str) -> str:
    return "the rule" if name == "rule" else f"version {name}"


def _noted(model: _M, note: str) -> _M:
    return model.with_about(replace(model.about, note=note))


def _parameters(data: TrainingSet, rules: TrainingRules, seed: int, ranker: Ranker | None) -> dict[str, Any]:
    grown = (
        {}
        if ranker is None
        else {"trees_churn": ranker.churn.trees, "trees_move": ranker.move.trees, "trees_size": ranker.size.trees}
    )
    boosting = {f"boosting_{name}": value for name, value in asdict(rules.boosting).items() if name != "threads"}
    return {
        "seed": seed,
        "horizon_days": data.horizon.days,
        "lead_days": data.horizon.windows.lead,
        "signals": len(data.signals),
        "k": rules.k,
        "trusted": ", ".join(data.trusted) or "none",
        "treated_rows": int(data.part("train")["treated"].sum()),
        "monotone": rules.monotone,
        **boosting,
        **grown,
    }
