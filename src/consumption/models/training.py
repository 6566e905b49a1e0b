"""Train one motion: fit, hold against what ranks today, and say which of the two ranks from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from consumption.models.boosting import USUAL_BOOSTING, Boosting
from consumption.models.dataset import PARTS, TrainingSet
from consumption.models.evaluation import Figure, evaluate
from consumption.models.fitting import fit_ranker, fit_rule
from consumption.models.gate import Verdict, compare
from consumption.models.horizon import LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN
from consumption.models.leaks.examine import before_fitting, of_the_fit
from consumption.models.leaks.leak import Leak, refuse
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

    `monotone`: keep signs that business law gives; `approved`: lists may change by more than half; draws of
    bootstraps.
    """

    boosting: Boosting = USUAL_BOOSTING
    k: int = 8
    monotone: bool = True
    approved: bool = False
    gate_draws: int = 2_000
    metric_draws: int = 200


USUAL_RULES = TrainingRules()
# What a signal carries of the strongest ones for a model to lean on it.
HEAVY = 0.1


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training found.

    `model` ranks from now on: the ranker that won, else what ranked before or the rule. `ranker` is None where there
    was too little to learn from, `verdict` then too. `opponent` is what the ranker was held against: `rule`, or the
    version of the champion. `metrics`: for `ranker`, `rule` and `champion`, then by slice (`all`, `unseen`, `segment
    NAME`, `quarter 2026-Q1`). `strongest`: the signals that move the ranker's probability most, by mean size of their contributions.
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
    progress(f"{motion}: the rule")
    rule = fit_rule(motion, data)
    too_little = what_is_missing(motion, data)
    if too_little:
        rule = _noted(rule, too_little)
        metrics = {"rule": measure(rule, data, rules, seed, leaver)}
        settings = _parameters(data, rules, seed, None)
        return Trained(motion, rule, rule, None, None, "rule", metrics, settings, data, leaks=leaks)
    progress(f"{motion}: trees")
    ranker = fit_ranker(motion, data, seed=seed, settings=rules.boosting, monotone=rules.monotone)
    fitted = of_the_fit(ranker, data)
    refuse(fitted)
    leaks = (*leaks, *fitted)
    progress(f"{motion}: the gate")
    opponent, name = _opponent(champion, rule, data)
    strongest = strongest_signals(ranker, data.part("test"))
    verdict = compare(
        score(opponent, data.part("test"), leaver),
        score(ranker, data.part("test"), leaver),
        k=rules.k,
        draws=rules.gate_draws,
        seed=seed,
        alarms=_alarms(leaks, strongest),
        approved=rules.approved,
    )
    ranker = _noted(ranker, f"{_how(verdict)} the gate against {_called(name)}.")
    why = "LightGBM waits for somebody's approval" if verdict.waits else "LightGBM did not win the gate against it"
    rule = _noted(rule, f"The rule ranks: {why}.")
    kept: Model = rule if name == "rule" else opponent
    measured: dict[str, Model] = {"ranker": ranker, "rule": rule}
    if name != "rule":
        measured["champion"] = opponent
    return Trained(
        motion=motion,
        model=ranker if verdict.wins else kept,
        rule=rule,
        ranker=ranker,
        verdict=verdict,
        opponent=name,
        metrics={which: measure(model, data, rules, seed, leaver) for which, model in measured.items()},
        parameters=_parameters(data, rules, seed, ranker),
        data=data,
        strongest=strongest,
        leaks=leaks,
    )


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


def measure(
    model: Model, data: TrainingSet, rules: TrainingRules, seed: int, leaver: Model | None = None
) -> dict[str, dict[str, Figure]]:
    """Every metric on the test part, of all rows and of each slice (`slices.slices`)."""
    parts = slices(score(model, data.part("test"), leaver), seen=_seen(data))
    figures = {name: evaluate(rows, k=rules.k, draws=rules.metric_draws, seed=seed) for name, rows in parts.items()}
    return {name: found for name, found in figures.items() if found}


def strongest_signals(model: Model, rows: pl.DataFrame, most: int = 15) -> dict[str, float]:
    """Mean absolute contribution to the log odds over the rows, the largest first.

    Signals without any are left out.
    """
    parts = model.contributions(rows).drop("account_id")
    sizes = parts.select(pl.all().abs().mean()).row(0)
    by_size = sorted(zip(parts.columns, sizes, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return {name: float(size) for name, size in by_size[:most] if size > 0.0}


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


def _alarms(leaks: Sequence[Leak], strongest: Mapping[str, float]) -> list[str]:
    """What is suspected of signals that carry a tenth of the model or more."""
    whole = sum(strongest.values())
    heavy = {name for name, size in strongest.items() if size >= HEAVY * whole}
    return [leak.text for leak in leaks if not leak.trusted and heavy.intersection(leak.subjects)]


def _how(verdict: Verdict) -> str:
    if verdict.wins:
        return "LightGBM ranks: it won"
    return "A challenger: it waits for approval after winning" if verdict.waits else "A challenger: it did not win"


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
