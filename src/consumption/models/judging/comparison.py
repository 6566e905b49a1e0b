"""Two models side by side: how good each is, where they differ, and what they were made from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consumption.models.judging.contest import CALLED
from consumption.models.judging.evaluation import Figure, evaluate
from consumption.models.judging.gate import Verdict
from consumption.models.judging.gate import compare as gate
from consumption.models.judging.held_out import accounts_seen
from consumption.models.judging.opponent import another_question, called, has_seen
from consumption.models.judging.report import NAMES
from consumption.models.judging.slices import slices
from consumption.models.model import Model
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import score
from consumption.models.training_rules import TrainingRules
from consumption.models.versions import Record

Pairs = Mapping[str, tuple[str, str]]
UNKNOWN = Figure(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Differences:
    """What two versions were made with: name to both values, where they are not the same."""

    parameters: Pairs
    data: Pairs
    signals: tuple[str, ...]

    @staticmethod
    def between(one: Record, other: Record, models: tuple[Model, Model]) -> Differences:
        """From the records of their runs; signals from the models, which know them without a registry."""
        prints = [m.about.fingerprints for m in models]
        return Differences(
            _differing(one.parameters, other.parameters),
            _differing(one.data, other.data),
            tuple(sorted(n for n in {*prints[0], *prints[1]} if prints[0].get(n) != prints[1].get(n))),
        )

    @property
    def lines(self) -> Iterator[str]:
        """In words, a line each."""
        for what, pairs in (("parameter", self.parameters), ("data", self.data)):
            yield from (f"{what} {name}: {one}, {other}" for name, (one, other) in pairs.items())
        if self.signals:
            shown = ", ".join(self.signals[:8])
            more = f" and {len(self.signals) - 8} more" if len(self.signals) > 8 else ""
            yield f"signals with another definition, or in one alone: {shown}{more}"


@dataclass(frozen=True)
class Comparison:
    """Figures of two models on the same rows, by slice and metric; what the gate says of the second as challenger.

    `names`: what each is called. `verdict` is None where there are no rows to compare on, or where it would not be
    fair: `unfair` says why, in sentences. `orders`: what the training
    of each said of the order that LambdaRank learned beside it.
    """

    names: tuple[str, str]
    figures: Mapping[str, Mapping[str, tuple[Figure, Figure]]]
    verdict: Verdict | None
    differences: Differences
    orders: tuple[str, ...] = ()
    unfair: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Tables and sentences, as printed."""
        lines = [line for part in ("all", "unseen") if part in self.figures for line in self._table(part)]
        lines += [*self._by_slice()]
        if self.verdict:
            lines += ["", f"{self.names[1]} against {self.names[0]}:", *(f"  {r}" for r in self.verdict.reasons)]
        if self.unfair:
            lines += ["", "The gate is not asked of them:", *(f"  {why}" for why in self.unfair)]
        lines += ["", "LambdaRank, on the test rows of its training:", *self.orders] if self.orders else []
        told = [*self.differences.lines]
        lines += ["", "They differ in:" if told else "They were made with the same parameters, signals and data."]
        return "\n".join([*lines, *(f"  {line}" for line in told)]).strip()

    def _table(self, part: str) -> Iterator[str]:
        title = "Test rows" if part == "all" else "Test rows of accounts not seen in training"
        yield f"\n{title:<42}{self.names[0]:>26}{self.names[1]:>26}"
        for name, words in NAMES.items():
            one, other = self.figures[part].get(name, (UNKNOWN, UNKNOWN))
            if not (math.isnan(one.value) and math.isnan(other.value)):
                yield f"  {words:<40}{_said(one):>26}{_said(other):>26}"

    def _by_slice(self) -> Iterator[str]:
        parts = [part for part in self.figures if part not in {"all", "unseen"}]
        if parts:
            yield f"\n{NAMES['captured_at_k'].capitalize():<42}{self.names[0]:>26}{self.names[1]:>26}"
        for part in parts:
            one, other = self.figures[part]["captured_at_k"]
            yield f"  {part:<40}{_said(one):>26}{_said(other):>26}"


def compare(
    models: tuple[Model, Model],
    data: TrainingSet,
    *,
    rules: TrainingRules,
    seed: int,
    records: tuple[Record, Record],
    leaver: Model | None = None,
) -> Comparison:
    """Both models on a training set's test rows; raises StaleModel where one reads a signal that is not there."""
    names = (f"version {models[0].about.version}", f"version {models[1].about.version}")
    rows = data.part("test")
    differences = Differences.between(*records, models)
    orders = tuple(line for name, record in zip(names, records, strict=True) for line in _order(name, record))
    if rows.is_empty():
        return Comparison(names, {}, None, differences, orders)
    scored = [score(model, rows, leaver) for model in models]
    seen = accounts_seen(data)
    both = [
        {part: evaluate(found, k=rules.k, draws=rules.metric_draws, seed=seed)
         for part, found in slices(one, seen=seen).items()}
        for one in scored
    ]  # fmt: skip
    figures = {
        part: {name: (both[0][part][name], both[1][part][name]) for name in both[0][part]}
        for part in both[0]
        if both[0][part]
    }
    unfair = tuple(why for model in models for why in _unfair(model, data))
    verdict = None if unfair else gate(*scored, k=rules.k, draws=rules.gate_draws, seed=seed, approved=True)
    return Comparison(names, figures, verdict, differences, orders, unfair)


def _unfair(model: Model, data: TrainingSet) -> Iterator[str]:
    """Why a model's figures on these test rows say less, or more, than they should."""
    if asked := another_question(model.about, data):
        yield f"{called(model)} answers another question than these rows ({asked})."
    if seen := has_seen(model.about, data):
        yield f"{called(model)} may know the test rows ({seen}): name a later --as-of."


def _order(name: str, record: Record) -> Iterator[str]:
    """What the run of a version says of the two orders that its training tried."""
    found = record.metrics
    stood = "lambdarank" if "lightgbm/all/captured_at_k" in found else "lightgbm"
    other = "lightgbm" if stood == "lambdarank" else "lambdarank"
    if "order_gain" in found and f"{other}/all/captured_at_k" in found:
        held = {stood: found.get("captured_at_k", math.nan), other: found[f"{other}/all/captured_at_k"]}
        yield (
            f"  {name}: its order holds {held['lambdarank']:.3f} of the ideal, probability times value "
            f"{held['lightgbm']:.3f} (a difference of {found['order_gain']:+.3f}, {found['order_low']:+.3f} to "
            f"{found['order_high']:+.3f}); {CALLED[stood]} stood for the gate"
        )


def _said(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "not known"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> Pairs:
    return {
        name: (one.get(name, "none"), other.get(name, "none"))
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    }
