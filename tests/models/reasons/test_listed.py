"""What reasons are made of is the probability that the list shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.heads.attribution import combine
from consumption.models.heads.fitting import fit_rule
from consumption.models.heads.parts import Parts
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.logistic import log_odds, probability
from consumption.models.model import Model, motion_probability
from consumption.models.motion import MOTIONS
from consumption.models.ranking import rank
from consumption.models.reasons.change import changed
from consumption.models.reasons.explain import reasons
from consumption.models.reasons.listed import NOTICE, listed
from consumption.models.rows import scoring_rows
from consumption.models.samples.dataset import TrainingSet
from tests.models.book import Book, population, snapshot

NOTICED = "acc00005"


def asked(book: Book, date: datetime, *, noticed: str = NOTICED) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A snapshot and its population; one account has given notice."""
    people = population(book, date).with_columns(notice_given=pl.col("account_id") == noticed)
    return snapshot(book, date), people


@pytest.fixture(scope="module", params=["trees, rule", "rule, trees", "trees of two trainings"])
def pair(
    request: pytest.FixtureRequest, ranker: Ranker, grower: Ranker, rule: Rule, data: TrainingSet
) -> tuple[Model, Model]:
    """Models for help and expand of different trainings: their churn heads do not agree."""
    if request.param == "trees, rule":
        return ranker, fit_rule("expand", data)
    gloomy = replace(
        grower, churn=replace(grower.churn, calibration=replace(grower.churn.calibration, intercept=2.0))
    )
    return (rule, gloomy) if request.param == "rule, trees" else (ranker, gloomy)


def test_the_parts_add_up_to_the_probability_that_is_listed(
    small: Book, data: TrainingSet, pair: tuple[Model, Model]
) -> None:
    """For both motions, though help and expand think otherwise of who leaves, and for who gave notice too."""
    date = data.horizon.dates[-1]
    made, people = asked(small, date)
    help_, expand = pair
    rows = scoring_rows(made, people)
    churn = [model.predict(rows)["p_churn"].to_numpy() for model in pair]
    assert np.abs(churn[0] - churn[1]).max() > 0.05
    ranked = rank(made, people, help=help_, expand=expand, as_of=date).sort("account_id")
    for motion, parts in listed(rows, help=help_, expand=expand).items():
        assert parts.accounts.to_list() == ranked["account_id"].to_list()
        shown = ranked[f"{motion}_probability"].to_numpy()
        assert np.allclose(probability(parts.base + parts.parts.sum(axis=1)), shown, rtol=0.0, atol=1e-9)
        assert np.allclose(parts.probability, shown, rtol=0.0, atol=1e-9)


def test_a_notice_is_a_part_of_its_own(small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker) -> None:
    """It adds to the odds of leaving, takes from those of growing, and is nothing where none was given."""
    made, people = asked(small, data.horizon.dates[-1])
    rows = scoring_rows(made, people)
    mine = (rows["account_id"] == NOTICED).to_numpy()
    found = {m: parts.of([NOTICE])[:, 0] for m, parts in listed(rows, help=ranker, expand=grower).items()}
    assert found["help"][mine].item() > 1.0
    assert found["expand"][mine].item() < -0.5
    assert not any(parts[~mine].any() for parts in found.values())


def test_why_a_probability_moved_speaks_of_the_one_that_is_listed(
    small: Book, data: TrainingSet, pair: tuple[Model, Model]
) -> None:
    """Before and after are what the lists of both days show; the words add up to it, the notice among them."""
    dates = data.horizon.dates[-3], data.horizon.dates[-1]
    help_, expand = pair
    made = [asked(small, date, noticed=name) for date, name in zip(dates, ("nobody", NOTICED), strict=True)]
    shown = [
        rank(*one, help=help_, expand=expand, as_of=date).filter(pl.col("account_id") == NOTICED)
        for date, one in zip(dates, made, strict=True)
    ]
    before, after = (scoring_rows(*one) for one in made)
    found = changed(NOTICED, before, after, help=help_, expand=expand, signals=SIGNALS)
    for motion, told in found.items():
        old, new = (float(one[f"{motion}_probability"].item()) for one in shown)
        assert (told.before, told.after) == pytest.approx((old, new), abs=1e-9)
        moved = log_odds(np.array([new]), 1e-12) - log_odds(np.array([old]), 1e-12)
        assert told.base + sum(p.contribution for p in told.parts) == pytest.approx(moved.item(), abs=1e-8)
        assert "They gave notice" in [p.text for p in told.parts]
    back = changed(NOTICED, after, before, help=help_, expand=expand, signals=SIGNALS)["help"]
    assert "They took their notice back" in [p.text for p in back.parts]
    still = changed(NOTICED, before.with_columns(notice_given=pl.lit(value=True)), after, help=help_, expand=expand,
                    signals=SIGNALS)["help"]  # fmt: skip
    assert "The notice they had given stands, so the rest moves less" in [p.text for p in still.parts]
    never = changed(other_than(NOTICED, before), before, before, help=help_, expand=expand, signals=SIGNALS)
    assert NOTICE not in [p.driver for p in never["help"].parts]


def other_than(account_id: str, rows: pl.DataFrame) -> str:
    """An account that is not this one."""
    return str(rows.filter(pl.col("account_id") != account_id)["account_id"][0])


def test_reasons_to_grow_go_by_the_churn_that_ranks(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """What expand's own churn head thinks moves neither list nor reasons."""
    date = data.horizon.dates[-1]
    made, people = asked(small, date)
    other = replace(grower, churn=grower.move)
    ranked, again = (rank(made, people, help=ranker, expand=e, as_of=date) for e in (grower, other))
    assert again.equals(ranked)
    told, same = (
        reasons(made, made.clear(), people, ranked, help=ranker, expand=e, signals=SIGNALS) for e in (grower, other)
    )
    assert same.equals(told)
    assert set(told["motion"]) == set(MOTIONS)


def test_parts_add_up_however_far_an_account_is_from_the_usual_one() -> None:
    """Over thirty steps of log odds, where slopes turn sharply, and where no chance is left at all."""
    far = np.array([12.0, -14.0, 30.0, -30.0])
    base = np.zeros(4)
    for motion in MOTIONS:
        churn = Parts(base, far, np.column_stack([2.0 * far, -far]))
        move = Parts(base, -far, np.column_stack([-3.0 * far, 2.0 * far]))
        found = combine(motion, churn, move)
        shown = motion_probability(motion, probability(far), probability(-far))
        assert np.allclose(probability(found.base + found.signals.sum(axis=1)), shown, rtol=0.0, atol=1e-9)
        assert np.allclose(found.signals.sum(axis=1), found.full - found.base, rtol=0.0, atol=1e-9)
