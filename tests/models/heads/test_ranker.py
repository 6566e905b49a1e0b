"""The two models that rank: LightGBM and the rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.heads.attribution import combine
from consumption.models.heads.fitting import fit_ranker, fit_rule
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import EXPECTED, Rule, Weights
from consumption.models.loading import load_model
from consumption.models.logistic import probability
from consumption.models.model import Model, StaleModel, refuse_stale
from consumption.models.motion import MOTIONS, Motion, Outcome
from consumption.models.ranking import rank
from consumption.models.reasons.explain import reasons
from consumption.models.rows import population_of, segments_of
from consumption.models.samples.dataset import TrainingSet
from consumption.models.served import day_one


@pytest.fixture(scope="session")
def models(ranker: Ranker, grower: Ranker, rule: Rule, data: TrainingSet) -> Mapping[str, Model]:
    """Every kind of model for both motions."""
    return {
        "help lightgbm": ranker,
        "expand lightgbm": grower,
        "help rule": rule,
        "expand rule": fit_rule("expand", data),
        "help day one": day_one("help", SIGNALS),
        "expand day one": day_one("expand", SIGNALS),
    }


EVERY = ["help lightgbm", "expand lightgbm", "help rule", "expand rule", "help day one", "expand day one"]


@pytest.mark.parametrize("name", EVERY)
def test_parts_add_up_to_what_each_head_says(models: Mapping[str, Model], data: TrainingSet, name: str) -> None:
    """Base and parts of the signals give the log odds of the probability that a head predicts."""
    model, rows = models[name], data.part("test").head(200)
    parts, said = model.parts(rows), model.predict(rows)
    for one, column in ((parts["churn"], "p_churn"), (parts["move"], "p_move")):
        assert one.signals.shape == (rows.height, len(model.about.signals))
        assert np.allclose(one.base + one.signals.sum(axis=1), one.full, atol=1e-9)
        assert np.allclose(probability(one.full), said[column].to_numpy(), rtol=0.0, atol=1e-10)


def test_the_parts_of_one_head_are_those_it_has_beside_the_other(
    ranker: Ranker, rule: Rule, data: TrainingSet
) -> None:
    """Lists of `expand` need no churn of its own: it can be left out."""
    rows = data.part("test").head(20)
    for model in (ranker, rule):
        both, one = model.parts(rows), model.parts(rows, ("move",))
        assert set(one) == {"move"}
        assert np.array_equal(one["move"].signals, both["move"].signals)


def test_parts_of_new_accounts_add_up_too(ranker: Ranker, data: TrainingSet) -> None:
    """What draws a new account to its segment is part of the curve."""
    rows = data.part("test").head(50).with_columns(age_days=pl.lit(5.0))
    churn, said = ranker.parts(rows)["churn"], ranker.predict(rows)["p_churn"].to_numpy()
    assert np.allclose(probability(churn.base + churn.signals.sum(axis=1)), said, rtol=0.0, atol=1e-10)


@pytest.mark.parametrize("name", EVERY)
def test_a_model_saved_and_loaded_predicts_the_same_bits(
    models: Mapping[str, Model], data: TrainingSet, tmp_path: Path, name: str
) -> None:
    """Text and JSON, never pickles."""
    model, rows = models[name], data.part("test")
    model.save(tmp_path)
    again = load_model(tmp_path)
    assert again.predict(rows).equals(model.predict(rows))
    assert again.about == model.about
    assert {p.suffix for p in tmp_path.iterdir()} <= {".json", ".txt"}


def test_the_same_seed_gives_the_same_ranker_from_rows_in_any_order(ranker: Ranker, data: TrainingSet) -> None:
    """Training twice on the same data changes nothing."""
    again = fit_ranker("help", data, seed=0)
    assert again.predict(data.part("test")).equals(ranker.predict(data.part("test")))


def test_heads_that_share_a_matrix_say_what_each_says_alone(ranker: Ranker, data: TrainingSet) -> None:
    """Rows are made numbers once for all heads: not a bit of what they say, or of why, is another."""
    rows = data.part("test")
    said, pushes = ranker.predict(rows), ranker.by_head(rows)
    assert said["p_churn"].to_list() == ranker.churn.predict(rows).tolist()
    assert said["p_move"].to_list() == ranker.move.predict(rows).tolist()
    assert said["s_move"].to_list() == ranker.size.predict(rows).tolist()
    parts = ranker.parts(rows)
    assert np.array_equal(pushes["probability"], combine("help", parts["churn"], parts["move"]).signals)
    assert np.array_equal(pushes["churn"], ranker.churn.contributions(rows)[0])
    assert np.array_equal(pushes["move"], ranker.move.contributions(rows)[0])


def test_reasons_of_few_accounts_are_those_they_have_among_all(
    ranker: Ranker, grower: Ranker, data: TrainingSet
) -> None:
    """Only the accounts asked for are put into words; their peers are all."""
    rows = data.part("test").filter(pl.col("as_of") == data.part("test")["as_of"].max())
    snapshot, people = rows.select("account_id", "as_of", *data.signals), population_of(rows)
    ranked = rank(snapshot, people, help=ranker, expand=grower, as_of=rows["as_of"][0])
    signals = [s for s in SIGNALS if s.name in data.signals]
    told, few = (
        reasons(snapshot, snapshot, people, some, help=ranker, expand=grower, signals=signals)
        for some in (ranked, ranked.filter(pl.col("help_rank") <= 20))
    )
    assert few.equals(told.filter(pl.col("account_id").is_in(few["account_id"].unique().implode())))
    assert few["account_id"].n_unique() > 10


def test_an_account_is_scored_the_same_alone_and_among_others(ranker: Ranker, data: TrainingSet) -> None:
    """Batch, part and single account agree."""
    rows = data.part("test")
    alone = pl.concat([ranker.predict(rows[i]) for i in range(5)])
    assert alone.equals(ranker.predict(rows)[:5])


def test_a_model_trained_on_other_signals_is_refused(ranker: Ranker) -> None:
    """The error names what changed and what to do."""
    today = {**ranker.about.fingerprints, "active_users_7d": "another"}
    with pytest.raises(StaleModel, match="active_users_7d\nretrain") as refused:
        refuse_stale(ranker.about, today)
    assert refused.value.status == 503
    refuse_stale(ranker.about, ranker.about.fingerprints)


def test_a_snapshot_that_lacks_a_signal_is_refused(ranker: Ranker, data: TrainingSet) -> None:
    """A missing column is not the same as an unknown value."""
    with pytest.raises(StaleModel, match="events_28d"):
        ranker.predict(data.part("test").drop("events_28d"))


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_rule_keeps_the_signs_that_business_law_gives(data: TrainingSet, motion: Motion) -> None:
    """Whatever the rows say, little use never lowers the risk; what has no part keeps none."""
    fitted = fit_rule(motion, data)
    asked: tuple[tuple[Outcome, Weights], ...] = (("churn", fitted.churn), (fitted.size.outcome, fitted.move))
    for outcome, weights in asked:
        for driver, expected in EXPECTED[outcome].items():
            assert weights.drivers[driver] * expected >= 0.0
            assert expected != 0.0 or weights.drivers[driver] == 0.0


def test_the_rule_before_any_data_ranks_little_use_higher() -> None:
    """Day one: priors alone, and the note says so."""
    rule = day_one("help", SIGNALS)
    names = list(rule.about.signals)
    rows = pl.DataFrame({"account_id": ["idle", "busy"]}).with_columns(
        pl.lit(None, dtype=pl.Float64).alias(n) for n in names
    )
    rows = rows.with_columns(days_since_last_event=pl.Series([60.0, 0.0]), seat_utilisation_28d=pl.Series([0.1, 0.9]))
    idle, busy = rule.predict(rows)["p_churn"]
    assert 0.02 < busy < 0.06 < idle < 0.3
    assert "nothing has been trained" in rule.about.note
    assert rule.kind == "rule"


def test_the_rule_draws_new_accounts_to_their_segment(data: TrainingSet, rule: Rule) -> None:
    """As heads do: seven active days of 28 are d = 1/4, so p becomes (p / 4 + 2 p_segment) / 2.25; reasons add up."""
    old = data.part("test").head(60)
    new = old.with_columns(age_days=pl.lit(10.0), active_days_28d=pl.lit(7.0))
    assert rule.churn.rates is not None
    own, drawn = (
        rule.predict(rows)["p_churn"].to_numpy() for rows in (new.with_columns(age_days=pl.lit(400.0)), new)
    )
    usual = rule.churn.rates.of(segments_of(new))
    assert len(set(usual)) > 1
    assert np.allclose(drawn, (own / 4 + 2 * usual) / 2.25)
    churn = rule.parts(new)["churn"]
    assert np.allclose(probability(churn.base + churn.signals.sum(axis=1)), drawn, rtol=0.0, atol=1e-10)
