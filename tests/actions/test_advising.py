"""Advice about one account, now, is that of the nightly plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.advising import Prices, advise
from consumption.actions.inputs import Inputs
from consumption.actions.whatif import Book
from consumption.models.increments.belief import belief_of
from tests.actions.books import MONDAY, answered, book, decided, knowing


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """120 accounts of three owners."""
    return book(120)


def alone(inputs: Inputs, account: str) -> Inputs:
    """The same inputs, of one account."""
    mine = pl.col("account_id") == account
    frames = {n: getattr(inputs, n).filter(mine) for n in ("population", "snapshot", "ranked", "reasons", "drivers")}
    return replace(inputs, **frames)


def test_one_account_alone_is_advised_as_among_all(inputs: Inputs) -> None:
    """Same values, same order, same choice."""
    belief, prices = belief_of(inputs.ranked, inputs.catalogue.priors), Prices.of(Book.of(inputs).week().prices)
    every = advise(inputs, belief, prices)
    for account in inputs.population["account_id"].head(8):
        assert advise(alone(inputs, account), belief, prices).equals(every.filter(pl.col("account_id") == account))


def test_so_is_one_account_with_a_past(inputs: Inputs) -> None:
    """What was done, answered and put off closes the same actions, in whatever order the accounts stand."""
    ids = inputs.population["account_id"].head(8).to_list()
    days = [MONDAY - timedelta(days=10 * n + 1) for n in range(8)]
    past = decided(*((a, at, "value_review", None) for a, at in zip(ids, days, strict=True)))
    said = answered(("d0", "accepted"), ("d1", "dismissed"), ("d2", "completed"), ("d3", "snoozed"))
    told = replace(inputs, known=knowing(decisions=past, responses=said), population=inputs.population.reverse())
    belief, prices = belief_of(inputs.ranked, inputs.catalogue.priors), Prices.of(Book.of(inputs).week().prices)
    every = advise(told, belief, prices)
    assert every.filter(pl.col("account_id") == ids[0])["open"].sum() < every["open"].sum() / len(inputs.population)
    for account in ids:
        assert advise(alone(told, account), belief, prices).equals(every.filter(pl.col("account_id") == account))


def test_what_the_week_chooses_is_what_is_advised(inputs: Inputs) -> None:
    """At the week's prices accounts choose for themselves what the plan chose; but for those on the margin."""
    whole = Book.of(inputs)
    week = whole.week()
    advice = advise(inputs, belief_of(inputs.ranked, inputs.catalogue.priors), Prices.of(week.prices)).filter(
        "chosen"
    )
    both = week.cards.join(advice, on="account_id", suffix="_advised")
    assert (both["action"] == both["action_advised"]).to_numpy().mean() > 0.9


def test_nothing_is_advised_where_hours_bring_more_elsewhere(inputs: Inputs) -> None:
    """At a million an hour only what needs no hours is left."""
    dear = Prices(dict.fromkeys(inputs.population["owner"], 1e6), {}, {})
    advice = advise(inputs, belief_of(inputs.ranked, inputs.catalogue.priors), dear).filter("chosen")
    assert advice["hours"].sum() == 0.0
