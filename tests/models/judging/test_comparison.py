"""Two models side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.judging.comparison import Comparison, Differences, compare
from consumption.models.loading import versioned
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import TrainingRules
from consumption.models.versions import Record

QUICK = TrainingRules(gate_draws=100, metric_draws=20)


@pytest.fixture(scope="module")
def found(data: TrainingSet, rule: Rule, ranker: Ranker) -> Comparison:
    """The rule and LightGBM, trained with other seeds."""
    records = Record({"seed": "0", "k": "8"}, {"events": "3"}), Record({"seed": "1", "k": "8"}, {"events": "4"})
    pair = versioned(rule, "1"), versioned(ranker, "2")
    return compare(pair, data, rules=QUICK, seed=0, records=records)


def test_every_figure_stands_beside_the_others_with_its_interval(found: Comparison) -> None:
    """Over all rows and by slice; each pair is of the same rows."""
    assert {"all", "segment small"} <= set(found.figures)
    one, other = found.figures["all"]["captured_at_k"]
    assert one.low <= one.value <= one.high
    assert found.verdict is not None
    assert found.verdict.gain == pytest.approx(other.value - one.value)


def test_the_text_has_both_versions_the_verdict_and_what_differs(found: Comparison) -> None:
    """One page to decide by."""
    assert "version 1" in found.text
    assert "value captured at k, of the ideal" in found.text
    assert "of its lists stand on the champion's lists" in found.text
    assert "  parameter seed: 0, 1\n  data events: 3, 4" in found.text


def test_signals_that_differ_are_named(rule: Rule, ranker: Ranker) -> None:
    """A definition that changed between two trainings is a difference even if nothing else is."""
    moved = replace(ranker.about, fingerprints={**ranker.about.fingerprints, "events_28d": "another"})
    found = Differences.between(Record(), Record(), (ranker, ranker.with_about(moved)))
    assert found.signals == ("events_28d",)
    assert [*found.lines] == ["signals with another definition, or in one alone: events_28d"]
    assert Differences.between(Record(), Record(), (rule, rule)).signals == ()
