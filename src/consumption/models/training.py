"""Train one motion: fit, hold against what ranks today, and say which of the two ranks from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from consumption.models.boosting import USUAL_BOOSTING, Boosting
from consumption.models.dataset import PARTS, TrainingSet
from consumption.models.evaluation import Figure, evaluate
from consumption.models.fitting import fit_ranker, fit_rule
from consumption.models.gate import Verdict, compare
from consumption.models.horizon import LOSSES_TO_TRAIN, SNAPSHOTS_TO_TRAIN
from consumption.models.model import Model, StaleModel, refuse_stale
from consumption.models.motion import MOVES, Motion
from consumption.models.ranker import Ranker
from consumption.models.rule import Rule
from consumption.models.scored import score

Progress = Callable[[str], None]
Metrics = Mapping[str, Mapping[str, Figure]]
_M = TypeVar("_M", Rule, Ranker)

# A segment with fewer test rows than this gets no line of its own.
ROWS_FOR_A_SEGMENT = 200


@dataclass(frozen=True)
class TrainingRules:
    """`k`: accounts a rep can take on in a week.

    `monotone`: keep signs that business law gives; draws of bootstraps.
    """

    boosting: Boosting = USUAL_BOOSTING
    k: int = 8
    monotone: bool = True
    gate_draws: int = 2_000
    metric_draws: int = 200


USUAL_RULES = TrainingRules()


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training found.

    `model` ranks from now on: the ranker that won, else what ranked before or the rule. `ranker` is None where there
    was too little to learn from, `verdict` then too. `opponent` is what the ranker was held against: `rule`, or the
    version of the champion. `metrics`: for `ranker`, `rule` and `champion`, then by slice (`all`, `unseen`, `segment
    NAME`). `strongest`: the signals that move the ranker's probability most, by mean size of their contributions.
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
        gate = self.verdict.reasons if self.verdict else ()
        return (*self.data.horizon.words, *left_out, *gate, self.model.about.note)


def train(
    motion: Motion,
    data: TrainingSet,
    *,
    seed: int,
    rules: TrainingRules = USUAL_RULES,
    champion: Model | None = None,
    progress: Progress = lambda _: None,
) -> Trained:
    """Fits rule and ranker on the training part and lets the gate decide on the test part.

    `champion`: what ranks today; a ranker among champions is what a new one must beat, unless its signals have
    changed since. Without one the rule is. Too little to learn from: the rule ranks and its note says why.
    """
    progress(f"{motion}: the rule")
    rule = fit_rule(motion, data)
    too_little = what_is_missing(motion, data)
    if too_little:
        rule = _noted(rule, too_little)
        metrics = {"rule": measure(rule, data, rules, seed)}
        return Trained(motion, rule, rule, None, None, "rule", metrics, _parameters(data, rules, seed, None), data)
    progress(f"{motion}: trees")
    ranker = fit_ranker(motion, data, seed=seed, settings=rules.boosting, monotone=rules.monotone)
    progress(f"{motion}: the gate")
    opponent, name = _opponent(champion, rule, data)
    scores = {"champion": _score_test(opponent, data), "ranker": _score_test(ranker, data)}
    verdict = compare(scores["champion"], scores["ranker"], k=rules.k, draws=rules.gate_draws, seed=seed)
    how = "LightGBM ranks: it won" if verdict.wins else "A challenger: it did not win"
    ranker = _noted(ranker, f"{how} the gate against {_called(name)}.")
    rule = _noted(rule, "The rule ranks: LightGBM did not win the gate against it.")
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
        metrics={which: measure(model, data, rules, seed) for which, model in measured.items()},
        parameters=_parameters(data, rules, seed, ranker),
        data=data,
        strongest=strongest_signals(ranker, data.part("test")),
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


def measure(model: Model, data: TrainingSet, rules: TrainingRules, seed: int) -> dict[str, dict[str, Figure]]:
    """Every metric on the test part: of all rows, of accounts never seen in training, and of each larger segment."""
    scored = score(model, data.part("test"))
    seen = data.part("train")["account_id"].unique()
    slices = {"all": scored, "unseen": scored.filter(~pl.col("account_id").is_in(seen.implode()))}
    for (segment,), rows in scored.group_by("segment", maintain_order=True):
        if segment is not None and rows.height >= ROWS_FOR_A_SEGMENT:
            slices[f"segment {segment}"] = rows
    figures = {
        name: evaluate(rows, k=rules.k, draws=rules.metric_draws, seed=seed) for name, rows in sorted(slices.items())
    }
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


def _called(name: str) -> str:
    return "the rule" if name == "rule" else f"version {name}"


def _noted(model: _M, note: str) -> _M:
    return model.with_about(replace(model.about, note=note))


def _score_test(model: Model, data: TrainingSet) -> pl.DataFrame:
    return score(model, data.part("test"))


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
        "monotone": rules.monotone,
        **boosting,
        **grown,
    }
