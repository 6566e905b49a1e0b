"""What a challenger may fairly be held against, and who goes on ranking where there is nothing to choose by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consumption.models.heads.boosting import USUAL_BOOSTING
from consumption.models.heads.fitting import fit_rule, grown_by
from consumption.models.heads.grown import Grown
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule, Weights, expected_rule
from consumption.models.judging.comparison import compare
from consumption.models.judging.held_out import HeldOut
from consumption.models.judging.opponent import another_question, has_seen, opponent_of, rule_that_ranks, taught_anew
from consumption.models.loading import versioned
from consumption.models.model import About
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import TrainingRules, train
from consumption.models.versions import Record
from tests.models.samples.test_enough import with_lost

DAY = timedelta(days=1)
QUICK = TrainingRules(gate_draws=200, metric_draws=5)


@pytest.fixture(scope="module")
def held(data: TrainingSet) -> HeldOut:
    """The test rows."""
    return HeldOut(data, QUICK, 0)


@pytest.fixture(scope="module")
def grown(held: HeldOut, ranker: Ranker) -> Grown:
    """A training that made this ranker, and an order like it."""
    order = replace(ranker, kind="lambdarank")
    scores = held.scores({"one": ranker})["one"]
    return Grown(ranker, ranker, order, held.verdict(scores, scores), QUICK, 0)


def champion(ranker: Ranker, **other: Any) -> Ranker:
    """Version 7, which ranks; otherwise taught than by these rows where that is said."""
    about = replace(ranker.about, version="7", note="LightGBM ranks: it won the gate against the rule.")
    lesson = {k: v for k, v in other.items() if k in {"lead_days", "source", "until", "churn", "settings"}}
    rest = {k: v for k, v in other.items() if k not in lesson}
    assert about.lesson is not None
    return ranker.with_about(replace(about, lesson=replace(about.lesson, **lesson), **rest))


def test_a_model_that_ranks_goes_on_where_there_is_too_little_to_learn_from(
    data: TrainingSet, ranker: Ranker
) -> None:
    """No rule takes its place without a gate; it is said why, and which version ranks. A stale one cannot go on."""
    today = champion(ranker)
    found = train("help", with_lost(data, 49), seed=0, rules=QUICK, champion=today)
    assert (found.model, found.new, found.ranker, found.verdict) == (today, False, None, None)
    assert "Version 7 goes on ranking, no new model was tried: only 49 accounts lost so far" in " ".join(found.words)
    assert set(found.metrics) == {"rule", "champion"}
    stale = champion(ranker, fingerprints={**ranker.about.fingerprints, "events_28d": "another"})
    found = train("help", with_lost(data, 49), seed=0, rules=QUICK, champion=stale)
    assert (found.model, found.new) == (found.rule, True)
    assert "Version 7 can rank no longer (signals changed since this model was trained: events_28d)" in " ".join(
        found.words
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"horizon_days": 182}, "182 days ahead, not "),
        ({"lead_days": 28}, "28 days of lead, not 14"),
        ({"source": "silence"}, "outcomes told by silence, not contracts"),
        ({"churn": 0.2}, "a loss from 20% left, not 5%"),
    ],
)
def test_who_answers_another_question_is_no_opponent(
    held: HeldOut, grown: Grown, ranker: Ranker, rule: Rule, other: dict[str, object], said: str
) -> None:
    """Its horizon, its lead, what told its labels: the rule stands for it; its lists are those that would change."""
    today = champion(ranker, **other)
    assert said in another_question(today.about, held.data)
    found = opponent_of(today, rule, held, grown)
    assert (found.model, found.name, found.ranks) == (rule, "rule", today)
    assert said in found.why


def test_the_same_question_is_a_fair_one(held: HeldOut, grown: Grown, ranker: Ranker, rule: Rule) -> None:
    """The champion itself; none that is a ranker leaves the rule."""
    today = champion(ranker)
    found = opponent_of(today, rule, held, grown)
    assert (found.model, found.name, found.key, found.why) == (today, "7", "champion", "")
    assert opponent_of(rule, rule, held, grown).key == "rule"


def test_a_model_may_have_learned_until_the_test_rows_begin(held: HeldOut, ranker: Ranker) -> None:
    """Not a day longer. One that does not say may have learned until it was trained; priors have seen nothing."""
    begins = held.data.horizon.split.test[0]
    assert has_seen(champion(ranker, until=begins).about, held.data) == ""
    later = has_seen(champion(ranker, until=begins + DAY).about, held.data)
    assert (
        later
        == f"what it learned from reaches to {begins + DAY:%Y-%m-%d}, and the test rows begin on {begins:%Y-%m-%d}"
    )
    silent = replace(ranker.about, lesson=None)
    assert has_seen(silent, held.data) != ""
    assert has_seen(replace(silent, as_of=begins), held.data) == ""
    assert has_seen(replace(silent, as_of=None), held.data) == ""


def test_a_model_of_a_later_day_is_told_by_that(held: HeldOut, grown: Grown, ranker: Ranker, rule: Rule) -> None:
    """Trained as of the past: what ranks knows more than that, and its kind and settings stand for it."""
    day = held.data.as_of + 28 * DAY
    today = champion(ranker, as_of=day)
    found = opponent_of(today, rule, held, grown)
    assert (found.model, found.name, found.key) == (grown.probabilities, "7 taught anew", "taught_anew")
    assert f"it was trained as of {day:%Y-%m-%d}, after the day of this training" in found.why


def test_other_settings_are_taught_by_the_same_rows(held: HeldOut, grown: Grown, ranker: Ranker) -> None:
    """As many trees as the champion's settings give; settings that this training has too are not grown again."""
    few = replace(USUAL_BOOSTING, rounds=3, seeds=1)
    today = champion(ranker, settings=grown_by(few, monotone=True))
    anew = taught_anew(today, held, grown)
    assert anew is not grown.probabilities
    assert anew.churn.trees <= 3 * len(anew.churn.boosters)
    assert anew.about.lesson is not None
    assert anew.about.lesson.settings == grown_by(few, monotone=True)
    assert taught_anew(champion(ranker, settings={}), held, grown) is grown.probabilities


def test_what_taught_a_model_is_kept_with_it(ranker: Ranker, rule: Rule) -> None:
    """Also as JSON; files of an edition that did not say are read all the same."""
    for about in (ranker.about, rule.about):
        assert About.of(about.as_dict()) == about
    bare = {name: value for name, value in rule.about.as_dict().items() if name != "lesson"}
    assert About.of(bare).lesson is None


def against_the_law(rule: Rule) -> Rule:
    """Every weight of the other sign, and so heavy that nothing else counts."""
    turned = [Weights(w.level, {d: -20.0 * v for d, v in w.drivers.items()}) for w in (rule.churn, rule.move)]
    return replace(rule, churn=turned[0], move=turned[1])


def test_a_rule_gives_way_to_its_refit_but_not_to_a_worse_one(held: HeldOut, rule: Rule, data: TrainingSet) -> None:
    """The refit need not win; but beyond doubt worse, of an earlier day, or with other lists it does not rank."""
    today = versioned(rule, "3")
    assert isinstance(today, Rule)
    anew = fit_rule("help", data, note="anew")
    assert rule_that_ranks(today, anew, held) == (anew, "")
    worse = against_the_law(rule)
    for rules in (QUICK, replace(QUICK, approved=True)):
        kept, why = rule_that_ranks(today, worse, replace(held, rules=rules))
        assert (kept, "Version 3 goes on ranking; the rule fitted anew is worse." in why) == (today, True)
    kept, why = rule_that_ranks(versioned(worse, "3"), rule, held)
    assert "of its lists would stay: approve it (consumption train --approve)" in why
    assert rule_that_ranks(versioned(worse, "3"), rule, replace(held, rules=replace(QUICK, approved=True)))[0] is rule
    later = today.with_about(replace(today.about, as_of=data.as_of + DAY))
    assert rule_that_ranks(later, anew, held)[0] is later
    expected = expected_rule("help", signals=data.signals, fingerprints=data.fingerprints, note="")
    assert rule_that_ranks(expected, anew, held) == (anew, "")


def test_two_versions_of_different_questions_are_not_judged(data: TrainingSet, ranker: Ranker, rule: Rule) -> None:
    """Their figures stand side by side; why the gate says nothing stands below."""
    records = Record(), Record()
    other = champion(ranker, horizon_days=182)
    found = compare((versioned(rule, "2"), other), data, rules=QUICK, seed=0, records=records)
    assert found.verdict is None
    assert (
        "The gate is not asked of them:\n  Version 7 answers another question than these rows (182 days" in found.text
    )
    later = champion(ranker, as_of=data.as_of + DAY)
    found = compare((versioned(rule, "2"), later), data, rules=QUICK, seed=0, records=records)
    assert "Version 7 may know the test rows" in found.text


def test_a_winner_waits_where_the_lists_of_what_ranks_would_change(held: HeldOut, ranker: Ranker, rule: Rule) -> None:
    """Whatever stood for it: the lists that people work by are those of what ranks."""
    scores = held.scores({"one": ranker, "other": rule, "turned": against_the_law(rule)})
    verdict = held.verdict(scores["other"], scores["one"], listed=scores["one"])
    assert verdict.overlap == 1.0
    assert held.verdict(scores["one"], scores["one"], listed=scores["turned"]).overlap < 0.5
