"""LambdaRank beside the heads of probabilities: who is asked of the gate, and what is told of both."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from consumption.models.heads.grown import Grown
from consumption.models.judging.contest import standing
from consumption.models.judging.gate_trials import trial
from consumption.models.judging.pictures import pictures
from consumption.models.judging.report import model_card, report
from consumption.models.run_log import parameters, run_metrics
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import Trained, train
from tests.models.book import QUICK


@pytest.fixture(scope="module")
def trained(data: TrainingSet) -> Trained:
    """A training of help."""
    return train("help", data, seed=0, rules=QUICK)


def test_each_training_grows_an_order_beside_the_probabilities(trained: Trained, data: TrainingSet) -> None:
    """Its figures on the test rows stand beside the others', in the run, in the report and on the card."""
    assert trained.ranker is not None
    assert trained.beside is not None
    assert {trained.ranker.kind, trained.beside.kind} == {"lightgbm", "lambdarank"}
    beside = trained.metrics[trained.beside.kind]["all"]["captured_at_k"]
    assert run_metrics(trained)[f"{trained.beside.kind}/all/captured_at_k"] == beside.value
    assert report(trained)["metrics"][trained.beside.kind]["all"]["captured_at_k"]["value"] == beside.value
    assert "| LightGBM | the rule | LambdaRank |" in model_card(trained)
    assert '"LambdaRank"' in pictures(trained)["gains"].vega_lite
    assert parameters(trained)["stands"] == trained.ranker.kind
    assert int(parameters(trained)["ordering_trees_churn"]) == trained.beside.churn.trees > 0
    assert trained.beside.size is trained.ranker.size
    assert trained.data is data


def test_the_training_says_which_order_holds_more_dollars(trained: Trained) -> None:
    """On the rows that chose and on the test rows, each with its interval; the run has the same figures."""
    assert trained.contest is not None
    said = trained.contest.words
    assert said in trained.words
    test = trained.contest.test
    more = "more" if test.gain >= 0 else "less"
    assert f"{abs(test.gain):.1%} {more} ({test.low:+.1%} to {test.high:+.1%}) on the test rows" in said
    captured = {kind: trained.metrics[name]["all"]["captured_at_k"].value
                for kind, name in (("lightgbm", "ranker"), ("lambdarank", "lambdarank"))}  # fmt: skip
    assert test.gain == pytest.approx(captured["lambdarank"] - captured["lightgbm"])
    assert run_metrics(trained)["order_gain"] == test.gain
    assert json.loads(json.dumps(report(trained)))["contest"]["stands"] == "lightgbm"


def test_the_order_stands_only_where_its_gain_on_validation_is_beyond_doubt() -> None:
    """The gate's own test, on rows that are not the gate's: an order that sees the truth stands, an equal one not."""
    seen = {noise: trial(0, challenger=noise, accounts=1_500, draws=300) for noise in (0.05, 1.0, 4.0)}
    assert seen[0.05].low > 0.0
    assert [standing(verdict) for verdict in seen.values()] == ["lambdarank", "lightgbm", "lightgbm"]


def test_test_rows_have_no_say_in_who_is_asked_of_the_gate(trained: Trained, data: TrainingSet) -> None:
    """With any outcome at all on the test rows the same rankers grow, and the same one stands."""
    random = np.random.default_rng(0).permutation(data.part("test").height)
    shuffled = data.part("test").select("outcome", "y")[random]
    test = data.part("test").with_columns(shuffled)
    other = replace(data, rows=pl.concat([data.rows.filter(pl.col("part") != "test"), test]))
    again = train("help", other, seed=0, rules=QUICK)
    assert again.contest is not None
    assert trained.contest is not None
    assert (again.contest.stands, again.contest.valid) == (trained.contest.stands, trained.contest.valid)
    assert again.contest.test != trained.contest.test


def test_an_order_that_stands_is_asked_of_the_gate_and_is_called_what_it_is(trained: Trained) -> None:
    """`Grown` hands the gate the one that won on validation, and keeps the other beside it."""
    assert trained.ranker is not None
    assert trained.beside is not None
    assert trained.contest is not None
    won = replace(trained.contest.valid, decision="promote")
    grown = Grown(trained.ranker, trained.ranker, trained.beside, won, QUICK, 0)
    assert (grown.stands, grown.fitted, grown.beside) == (trained.beside, trained.beside, trained.ranker)
    told = replace(trained.contest, stands="lambdarank").words
    assert "The gate was asked of LambdaRank's order: on validation the order's gain is beyond doubt." in told
