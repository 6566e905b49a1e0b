"""Train one motion: fit, hold against what ranks today, and say which of the two ranks from now on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from consumption.models.heads.fitting import fit_rule
from consumption.models.heads.grown import Grown, Progress, grow
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.heads.search import Found
from consumption.models.judging.contest import CALLED, Contest
from consumption.models.judging.gate import Verdict
from consumption.models.judging.held_out import HeldOut, Metrics, Scores
from consumption.models.judging.opponent import (
    Opponent,
    another_question,
    called,
    has_seen,
    opponent_of,
    rule_that_ranks,
    usable,
)
from consumption.models.leaks.examine import before_fitting, of_the_fit
from consumption.models.leaks.leak import Leak, refuse
from consumption.models.leaks.leaning import alarms, leaning, strongest_signals
from consumption.models.model import Model
from consumption.models.motion import MOVES, Motion
from consumption.models.samples.dataset import PARTS, TrainingSet
from consumption.models.samples.enough import what_is_missing
from consumption.models.training_parameters import parameters_of
from consumption.models.training_rules import USUAL_RULES, TrainingRules

__all__ = ["USUAL_RULES", "Trained", "TrainingRules", "train"]

_M = TypeVar("_M", Rule, Ranker)


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training found.

    `model` ranks from now on: the ranker that won, else what ranked before or the rule. `ranker` is None where there
    was too little to learn from, `verdict` then too. `opponent` is what the ranker was held against: `rule`, or the
    version of the champion (`taught anew` where its kind and settings stood for it). `beside`: the ranker of this
    training that the gate was not asked of, by `contest`. `scores`: the test rows as each saw them (`scored.score`),
    for `ranker`, `rule`, `champion` (or `taught_anew`) and, by its kind, the one beside; `metrics` of the same, by
    slice (`all`, `unseen`, `segment NAME`, `quarter 2026-Q1`). `leaning`: what each signal adds to the ranker's
    probability and heads (`leaning.leaning`). `grown`: all rankers of this training. `notes`: why the
    champion was no opponent, or goes on ranking, in sentences.
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
    leaning: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    leaks: tuple[Leak, ...] = ()
    scores: Scores = field(default_factory=dict, repr=False)
    beside: Ranker | None = None
    contest: Contest | None = None
    grown: Grown | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def strongest(self) -> dict[str, float]:
        """The signals that move the ranker's probability most, by mean size of what they add."""
        return strongest_signals(self.leaning.get("probability", {}))

    @property
    def found(self) -> Found | None:
        """By a search, if one was made."""
        return self.grown.found if self.grown else None

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
        grown = [*([self.found.text] if self.found else []), *([self.contest.words] if self.contest else [])]
        said = [*self.data.horizon.words, *left_out, *(less if treated else []), *leaks, *grown, *self.notes, *gate]
        return (*said, self.model.about.note)


def train(
    motion: Motion,
    data: TrainingSet,
    *,
    seed: int,
    rules: TrainingRules = USUAL_RULES,
    champion: Model | None = None,
    leaver: Model | None = None,
    other: Trained | None = None,
    progress: Progress = lambda *_: None,
) -> Trained:
    """Fits rule and rankers on the training part and lets the gate decide on the test part.

    `champion`: what ranks today; a ranker among champions is what a new one must beat, where the two can be held
    against each other (see `opponent`). Without one the rule is. Too little to learn from: what ranked before goes
    on; without a ranker among champions the rule ranks, and its note says why. `leaver`: the help model whose churn
    counts where accounts are ranked for `expand`, as it will in every list. `other`: the other motion's training with
    the same seed; of the same rows, its churn heads are taken. Raises LeakFound where a leak stops it,
    SearchNotInstalled where rules ask for a search that cannot be made.
    """
    leaks = before_fitting(motion, data)
    refuse(leaks)
    held = HeldOut(data, rules, seed, leaver)
    progress(f"{motion}: the rule", 0, 1)
    rule = fit_rule(motion, data)
    progress(f"{motion}: the rule", 1, 1)
    too_little = what_is_missing(motion, data)
    if too_little:
        return _untried(held, champion, _noted(rule, f"The rule ranks: {too_little}"), too_little, leaks)
    grown = grow(motion, held, progress=progress, other=other.grown if other and other.data is data else None)
    progress(f"{motion}: the gate", 0, 1)
    trained = _decided(held, grown, rule, champion, leaks)
    progress(f"{motion}: the gate", 1, 1)
    return trained


def _decided(held: HeldOut, grown: Grown, rule: Rule, champion: Model | None, leaks: tuple[Leak, ...]) -> Trained:
    """The one of the rankers that stands, held against what ranks or what stands for it."""
    against, ranker = opponent_of(champion, rule, held, grown), grown.stands
    fitted = of_the_fit(grown.fitted, held.data)
    refuse(fitted)
    before: dict[str, Model] = {} if against.key == "rule" else {against.key: against.model}
    scores = held.scores({"ranker": ranker, "rule": rule, **before, grown.beside.kind: grown.beside})
    sizes = leaning(ranker, held.data.part("test"))
    suspicions = alarms((*leaks, *fitted), sizes["probability"])
    listed = held.scores({"ranks": against.ranks})["ranks"] if against.why and against.ranks else None
    verdict = held.verdict(scores[against.key], scores["ranker"], suspicions, listed)
    named = _noted(ranker, f"{_how(ranker, verdict)} the gate against {_called(against.name)}.")
    still = _noted(rule, _still(ranker, verdict))
    kept, note = _kept(against, champion, still, held)
    return Trained(
        motion=ranker.about.motion,
        model=named if verdict.wins else kept,
        rule=still,
        ranker=named,
        verdict=verdict,
        opponent=against.name,
        metrics=held.metrics(scores),
        parameters=parameters_of(held, grown),
        data=held.data,
        leaning=sizes,
        leaks=(*leaks, *fitted),
        scores=scores,
        beside=grown.beside,
        contest=_contest(held, grown, scores),
        grown=grown,
        notes=tuple(filter(None, (against.why, "" if verdict.wins else note))),
    )


def _kept(against: Opponent, champion: Model | None, rule: Rule, held: HeldOut) -> tuple[Model, str]:
    """What ranks where the challenger does not, and a sentence where that may surprise."""
    if against.ranks is None:
        return rule_that_ranks(champion, rule, held)
    return against.ranks, f"{called(against.ranks)} goes on ranking." if against.why else ""


def _contest(held: HeldOut, grown: Grown, scores: Scores) -> Contest:
    by_kind = {grown.stands.kind: scores["ranker"], grown.beside.kind: scores[grown.beside.kind]}
    on_test = held.verdict(by_kind["lightgbm"], by_kind["lambdarank"])
    return Contest(grown.stands.kind, grown.valid, on_test)


def _untried(held: HeldOut, champion: Model | None, rule: Rule, too_little: str, leaks: tuple[Leak, ...]) -> Trained:
    """There is too little for more than a rule: a ranker that ranks goes on, else the rule does, and says why."""
    ranks, gone = usable(champion, held.data)
    before: dict[str, Model] = {}
    model: Model = rule
    if ranks is not None:
        model, note = ranks, f"{called(ranks)} goes on ranking, no new model was tried: {too_little}"
        if not (another_question(ranks.about, held.data) or has_seen(ranks.about, held.data)):
            before = {"champion": ranks}
    else:
        model, note = rule_that_ranks(champion, rule, held)
    scores = held.scores({"rule": rule, **before})
    return Trained(
        motion=rule.about.motion,
        model=model,
        rule=rule,
        ranker=None,
        verdict=None,
        opponent="rule",
        metrics=held.metrics(scores),
        parameters=parameters_of(held),
        data=held.data,
        leaks=leaks,
        scores=scores,
        notes=tuple(filter(None, (gone, note))),
    )


def _how(ranker: Ranker, verdict: Verdict) -> str:
    if verdict.wins:
        return f"{CALLED[ranker.kind]} ranks: it won"
    return "A challenger: it waits for approval after winning" if verdict.waits else "A challenger: it did not win"


def _still(ranker: Ranker, verdict: Verdict) -> str:
    """Why the rule still ranks, if it does."""
    why = "waits for somebody's approval" if verdict.waits else "did not win the gate against it"
    return f"The rule ranks: {CALLED[ranker.kind]} {why}."


def _called(name: str) -> str:
    return "the rule" if name == "rule" else f"version {name.replace(' taught', ', taught')}"


def _noted(model: _M, note: str) -> _M:
    return model.with_about(replace(model.about, note=note))
