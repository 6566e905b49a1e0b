"""Every account's place, in money."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.models.heads.fitting import fit_rule
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.ranking import NOTICE_LOSS, rank
from consumption.models.samples.dataset import TrainingSet
from consumption.tables import RANKED
from tests.models.book import Book, population, snapshot


@pytest.fixture(scope="module")
def ranked(small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker) -> pl.DataFrame:
    """The last snapshot, ranked by LightGBM."""
    date = data.horizon.dates[-1]
    return rank(snapshot(small, date), population(small, date), help=ranker, expand=grower, as_of=date)


def test_expected_loss_and_gain_are_the_formulas(ranked: pl.DataFrame) -> None:
    """EL = ARR [p_c + (1 - p_c) p_k s_k]; EG = ARR (1 - p_c) p_e s_e; probabilities to match."""
    stays = 1 - pl.col("p_churn")
    wanted = ranked.select(
        loss=pl.col("arr") * (pl.col("p_churn") + stays * pl.col("p_contraction") * pl.col("s_contraction")),
        gain=pl.col("arr") * stays * pl.col("p_expansion") * pl.col("s_expansion"),
        help=1 - stays * (1 - pl.col("p_contraction")),
        expand=stays * pl.col("p_expansion"),
    )
    for column, name in (("value_at_stake", "loss"), ("value_to_gain", "gain"), ("help_probability", "help")):
        assert np.allclose(ranked[column].to_numpy(), wanted[name].to_numpy())
    assert np.allclose(ranked["expand_probability"].to_numpy(), wanted["expand"].to_numpy())


def test_rank_one_is_most_and_every_place_is_taken_once(ranked: pl.DataFrame) -> None:
    """1 is most by value; ranks are a permutation; probabilities lie between 0 and 1."""
    for place, value in (("help_rank", "value_at_stake"), ("expand_rank", "value_to_gain")):
        ordered = ranked.sort(place)
        assert ordered[place].to_list() == list(range(1, ranked.height + 1))
        assert ordered[value].is_sorted(descending=True)
    assert ranked.select(pl.col("help_probability", "expand_probability").is_between(0, 1).all()).row(0) == (
        True,
        True,
    )
    RANKED.check(ranked)


def test_equal_values_are_ordered_by_account(small: Book, data: TrainingSet, rule: Rule) -> None:
    """Two accounts alike in everything: the smaller id comes first, in any order of rows."""
    date = data.horizon.dates[-1]
    people, signals = population(small, date), snapshot(small, date)
    same = people.head(1)
    twins = pl.concat([same.with_columns(account_id=pl.lit(n)) for n in ("b", "a")])
    first = signals.filter(pl.col("account_id") == same["account_id"][0])
    both = pl.concat([first.with_columns(account_id=pl.lit(n)) for n in ("b", "a")])
    made = rank(both, twins, help=rule, expand=fit_rule("expand", data), as_of=date)
    assert dict(zip(made["account_id"], made["help_rank"], strict=True)) == {"a": 1, "b": 2}
    assert made["ranked_by"].unique().to_list() == ["rule"]


def test_without_contracts_money_is_empty_and_ranks_go_by_share(small: Book, data: TrainingSet, rule: Rule) -> None:
    """Every account counts 1: ranks are there, money is not."""
    date = data.horizon.dates[-1]
    people = population(small, date, money=False)
    made = rank(snapshot(small, date), people, help=rule, expand=fit_rule("expand", data), as_of=date)
    assert made["value_at_stake"].null_count() == made["value_to_gain"].null_count() == made.height
    assert sorted(made["help_rank"]) == list(range(1, made.height + 1))


def test_an_account_that_gave_notice_is_taken_at_its_word(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """No model is asked whether it leaves."""
    date = data.horizon.dates[-1]
    people = population(small, date)
    leaving = people["account_id"][3]
    people = people.with_columns(notice_given=pl.col("account_id") == leaving)
    made = rank(snapshot(small, date), people, help=ranker, expand=grower, as_of=date)
    assert made.filter(pl.col("account_id") == leaving)["p_churn"].item() >= NOTICE_LOSS


def test_an_account_without_signals_is_ranked_all_the_same(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """In force is enough to have a row."""
    date = data.horizon.dates[-1]
    people = population(small, date)
    without = snapshot(small, date).filter(pl.col("account_id") != people["account_id"][0])
    made = rank(without, people, help=ranker, expand=grower, as_of=date)
    assert made.height == people.height


def test_who_ranked_is_said(small: Book, data: TrainingSet, ranker: Ranker) -> None:
    """A version for a model, the word rule for a rule."""
    date = data.horizon.dates[-1]
    made = rank(
        snapshot(small, date), population(small, date), help=ranker, expand=fit_rule("expand", data), as_of=date
    )
    assert made["ranked_by"][0] == "help new, expand rule"
