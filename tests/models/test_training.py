"""Training one motion, from rows to what ranks."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.grown import Grown
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.regrown import grown_on_all
from consumption.models.judging.evaluation import USUAL_CAPACITY
from consumption.models.judging.report import model_card, report
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import Trained, train
from tests.models.book import QUICK, book, training_set


@pytest.fixture(scope="module")
def clear() -> TrainingSet:
    """A book in which trees see much more than a sum of drivers can."""
    return training_set(book(accounts=900, seed=2, effect=1.6))


@pytest.fixture(scope="module")
def trained(clear: TrainingSet) -> Trained:
    """The first training of help."""
    return train("help", clear, seed=0, rules=QUICK)


def test_lightgbm_ranks_where_it_beats_the_rule(trained: Trained) -> None:
    """The gate decides, and the note says so."""
    assert trained.verdict is not None
    assert trained.verdict.wins
    assert trained.model is trained.ranker
    assert trained.model.about.note == "LightGBM ranks: it won the gate against the rule."
    assert trained.metrics["ranker"]["all"]["roc_auc"].value > trained.metrics["rule"]["all"]["roc_auc"].value


def test_where_too_few_accounts_were_lost_the_rule_ranks_and_says_so() -> None:
    """From 50 distinct lost accounts on LightGBM is tried; before, the rule is fitted and named."""
    calm = training_set(book(accounts=250, seed=1, loss=-8.0, effect=0.8))
    trained = train("help", calm, seed=0, rules=QUICK)
    assert (trained.ranker, trained.verdict, trained.model.kind) == (None, None, "rule")
    assert "LightGBM is tried from" in trained.model.about.note
    assert trained.model.about.note in trained.words
    assert trained.new


def test_where_lightgbm_finds_nothing_the_rule_goes_on_ranking() -> None:
    """Losses that follow nothing: no gain, so the rule stays and the ranker is on record as a challenger."""
    noise = training_set(book(accounts=600, seed=3, loss=-3.6, effect=0.0))
    trained = train("help", noise, seed=0, rules=QUICK)
    assert trained.ranker is not None
    assert trained.model is trained.rule
    assert trained.model.about.note == "The rule ranks: LightGBM did not win the gate against it."


def test_a_new_ranker_must_beat_the_one_that_ranks_today(clear: TrainingSet, trained: Trained) -> None:
    """The same training again has no gain over its own champion, which stays."""
    assert trained.ranker is not None
    today = trained.ranker.with_about(replace(trained.ranker.about, version="1"))
    again = train("help", clear, seed=0, rules=QUICK, champion=today)
    assert (again.opponent, again.model, again.new) == ("1", today, False)
    assert set(again.metrics) == {"ranker", "rule", "champion", "lambdarank"}


def test_a_champion_on_signals_that_changed_is_no_opponent(clear: TrainingSet, trained: Trained) -> None:
    """It can no longer be scored; the rule is what must be beaten."""
    assert trained.ranker is not None
    old = {**trained.ranker.about.fingerprints, "events_28d": "another"}
    stale = trained.ranker.with_about(replace(trained.ranker.about, version="1", fingerprints=old))
    assert train("help", clear, seed=0, rules=QUICK, champion=stale).opponent == "rule"


def test_accounts_never_seen_in_training_are_measured_apart(clear: TrainingSet) -> None:
    """A slice of its own, where there are such accounts."""
    newcomers = clear.part("test")["account_id"].unique().sort().head(150)
    rows = clear.rows.filter((pl.col("part") == "test") | ~pl.col("account_id").is_in(newcomers.implode()))
    trained = train("expand", replace(clear, rows=rows), seed=0, rules=QUICK)
    assert {"all", "unseen"} <= set(trained.metrics["rule"])


def test_the_report_is_plain_json_and_the_card_reads_as_text(trained: Trained) -> None:
    """For programs and for people; figures that cannot be told are null, not NaN."""
    plain = json.loads(json.dumps(report(trained), allow_nan=False))
    assert plain["verdict"]["decision"] in {"promote", "refresh"}
    assert plain["counts"]["train_churn_accounts"] >= 50
    assert plain["dates"]["test"] == sorted(plain["dates"]["test"])
    card = model_card(trained)
    assert card.startswith("# help: lightgbm\n")
    assert "ROC-AUC" in card
    assert "nan" not in card


def test_training_says_where_it_is(clear: TrainingSet) -> None:
    """The caller shows progress; training prints nothing."""
    said: list[tuple[str, int, int]] = []
    train("help", clear, seed=0, rules=QUICK, progress=lambda *what: said.append(what))
    assert list(dict.fromkeys(what for what, _, _ in said)) == ["help: the rule", "help: trees", "help: the gate"]
    assert [(done, of) for what, done, of in said if what == "help: trees"] == [(0, 2), (1, 2), (2, 2)]


def test_the_other_motion_has_answered_who_leaves(clear: TrainingSet, trained: Trained) -> None:
    """With what its training has grown, or without: the same rankers to the bit."""
    alone, after = (train("expand", clear, seed=0, rules=QUICK, other=other).grown for other in (None, trained))
    assert alone is not None
    assert after is not None
    assert trained.grown is not None
    rows = clear.part("test")
    for one, other in zip(rankers(alone), rankers(after), strict=True):
        assert one.predict(rows).equals(other.predict(rows))
    assert after.churn == trained.grown.churn


def rankers(grown: Grown) -> tuple[Ranker, ...]:
    """All that one training has grown."""
    return grown.first, grown.probabilities, grown.order


def test_heads_stop_by_the_dollars_of_the_capacity_that_is_asked_for(clear: TrainingSet) -> None:
    """A team of few hands has other lists: heads grow until those hold no more, and the gate counts those."""
    few = train("help", clear, seed=0, rules=replace(QUICK, k=1)).ranker
    assert few is not None
    quick = QUICK.boosting
    stopped = {k: fit_ranker("help", clear, seed=0, k=k, settings=quick) for k in (1, USUAL_CAPACITY)}
    said = {
        k: grown_on_all(one, clear, seed=0, settings=quick).predict(clear.part("test")) for k, one in stopped.items()
    }
    assert few.predict(clear.part("test")).equals(said[1])
    assert not said[1].equals(said[USUAL_CAPACITY])


def test_a_champion_of_another_question_goes_on_where_the_challenger_does_not_win(trained: Trained) -> None:
    """Losses that follow nothing: neither the rule nor a ranker of no use takes the place of what ranks."""
    noise = training_set(book(accounts=600, seed=3, loss=-3.6, effect=0.0))
    assert trained.ranker is not None
    today = trained.ranker.with_about(replace(trained.ranker.about, version="1", horizon_days=182))
    again = train("help", noise, seed=0, rules=QUICK, champion=today)
    assert (again.opponent, again.model, again.new) == ("rule", today, False)
    said = " ".join(again.words)
    assert "Version 1 answers another question (182 days ahead, not" in said
    assert "Version 1 goes on ranking." in said
