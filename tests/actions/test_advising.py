"""Advice about one account, now, is that of the nightly plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.advising import Prices, advise
from consumption.actions.facts import Known
from consumption.actions.inputs import Inputs
from consumption.actions.whatif import Book
from consumption.models.increments.belief import belief_of
from consumption.tables import LAKE
from tests.actions.books import MONDAY, answered, book, decided, knowing, small_catalogue


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


def test_nor_does_it_matter_what_is_known_of_others(inputs: Inputs) -> None:
    """Contracts, contacts, vendors, goals and answers that an account has, or that only others have."""
    ids = inputs.population["account_id"].head(4).to_list()
    told = replace(inputs, known=_much(ids[:2]), catalogue=small_catalogue(*CONTRACT_ACTIONS))
    told = replace(told, snapshot=told.snapshot.with_columns(pl.lit(float("nan")).alias("active_users_28d")))
    belief, prices = belief_of(told.ranked, told.catalogue.priors), Prices({}, {}, {})
    every = advise(told, belief, prices)
    opened = dict(every.group_by("account_id").agg(pl.col("action").filter("open").sort()).iter_rows())
    assert opened[ids[0]] == ["owns", "two"]
    assert opened[ids[1]] == []  # Nobody there wants to be contacted.
    assert opened[ids[2]] == ["none_yet"]
    for account in ids:
        of_one = replace(alone(told, account), known=told.known.about(account))
        assert advise(of_one, belief, prices).equals(every.filter(pl.col("account_id") == account))


CONTRACT_ACTIONS = (
    "owns 1 has_subscription",
    "two 1 products = 2",
    "none_yet 1 contracts = 0",
    "x 1 active_users_28d > 0",
)


def _much(ids: list[str]) -> Known:
    """Two contracts of each, a contact of each (one who must not be contacted), and an answered decision."""
    day = MONDAY.date()
    contracts = [
        {
            "contract_id": f"{a}{p}",
            "account_id": a,
            "product": p,
            "starts_on": day - timedelta(days=9),
            "ends_on": day + timedelta(days=9),
        }
        for a in ids
        for p in ("p", "q")
    ]
    contacts = [{"contact_id": a, "account_id": a, "do_not_contact": a != ids[0]} for a in ids]
    past = decided((ids[0], MONDAY - timedelta(days=20), "none_yet", None))
    return knowing(
        contracts=_rows("contracts", contracts),
        contacts=_rows("contacts", contacts),
        decisions=past,
        responses=answered(("d0", "dismissed"), at=MONDAY - timedelta(days=19)),
    )


def _rows(table: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    schema = LAKE[table].stored_schema
    return pl.concat(
        [pl.DataFrame(schema=schema), pl.DataFrame(rows, schema={n: schema[n] for n in rows[0]})], how="diagonal"
    )


def test_what_the_week_chooses_is_what_is_advised(inputs: Inputs) -> None:
    """At the week's prices accounts choose for themselves what the plan chose; but for those on the margin."""
    whole = Book.of(inputs)
    week = whole.week()
    advice = advise(inputs, belief_of(inputs.ranked, inputs.catalogue.priors), Prices.of(week.prices)).filter(
        "chosen"
    )
    both = week.cards.join(advice, on="account_id", suffix="_advised")
    assert (both["action"] == both["action_advised"]).to_numpy().mean() > 0.9


def test_what_is_told_in_money_is_reckoned_at_prices_in_money(inputs: Inputs) -> None:
    """Weights change what an hour is worth elsewhere, and with it the choice; `more` stays money."""
    belief, weighed = belief_of(inputs.ranked, inputs.catalogue.priors), Prices({}, {}, {"value_review": 7.0})
    told, same = advise(inputs, belief, Prices({}, {}, {}), weighed), advise(inputs, belief, Prices({}, {}, {}))
    assert told.drop("more").equals(same.drop("more"))
    asked = pl.when(pl.col("action") == "value_review").then(7.0).otherwise(0.0)
    assert told["more"].equals(same.select(more=pl.col("value") - asked)["more"])


def test_nothing_is_advised_where_hours_bring_more_elsewhere(inputs: Inputs) -> None:
    """At a million an hour only what needs no hours is left."""
    dear = Prices(dict.fromkeys(inputs.population["owner"], 1e6), {}, {})
    advice = advise(inputs, belief_of(inputs.ranked, inputs.catalogue.priors), dear).filter("chosen")
    assert advice["hours"].sum() == 0.0
