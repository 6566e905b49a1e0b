"""An hour has one price: in the number, in the plan, and whatever is on the lists already."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from consumption.actions.amounts import Unit
from consumption.actions.hour_prices import OneHour
from consumption.actions.inputs import Inputs
from consumption.actions.number.planned import planned
from consumption.actions.number.words import planned_lines
from consumption.actions.recommend import Recommended, recommend
from consumption.actions.rule_costs import RuleCosts
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.whatif import Book, Week
from consumption.jobs.plan import PlanDone
from tests.actions.books import MONDAY, book, touch_all

ONE = ("owner", "skill", "action")


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """240 accounts, half of them held out; every thirtieth gave notice, and must be called in either arm."""
    given = book(240, owners=4, policy=PolicyRules(plans=6), holdout=HoldoutRules(share=0.5))
    gone = pl.Series([n % 30 == 7 for n in range(240)])
    return touch_all(given, notice_given=gone)


@pytest.fixture(scope="module")
def night(inputs: Inputs) -> Recommended:
    """The plan that is published."""
    return recommend(inputs)


@pytest.fixture(scope="module")
def shown(inputs: Inputs, night: Recommended) -> Week:
    """The week solved again beside the cards of that plan, as `consumption plan` does."""
    cards = night.recommendations.filter(pl.col("rank").is_not_null() & ~pl.col("mandatory")).select(
        "account_id", "action", decision_id="recommendation_id", chosen_in=pl.lit("first"), propensities=pl.lit("{}")
    )
    return Book.of(replace(inputs, members=night.members), cards).week()


def test_an_hour_has_the_same_price_in_a_plan_and_beside_its_cards(night: Recommended, shown: Week) -> None:
    """Row by row, in money: an hour goes to served accounts, and a full list makes it worth no less."""
    assert_frame_equal(
        night.prices.select(*ONE, "price").sort(ONE), shown.prices.select(*ONE, "price").sort(ONE), rel_tol=1e-9
    )
    assert (night.prices["price"] > 0).any()


def test_number_and_plan_tell_it_in_the_same_words(inputs: Inputs, night: Recommended, shown: Week) -> None:
    """On average over the team, and where it is worth most: one line, letter by letter."""
    about = {"summary": night.summary, "prices": night.prices.to_dicts(), "money": True}
    number = planned(about, night.recommendations, inputs.ranked, as_of=MONDAY, published=True)
    (said,) = [line for line in planned_lines(number, Unit("EUR")) if line.startswith("one more hour")]
    assert said in PlanDone(MONDAY, shown, RuleCosts(), None, (), "EUR").text.splitlines()
    best = max(shown.prices.filter(pl.col("skill").is_null() & pl.col("action").is_null())["price"])
    assert said.endswith(f"{best:,.0f} EUR where it is worth most")


def test_duties_at_held_out_accounts_take_hours_in_what_if_too(night: Recommended, shown: Week) -> None:
    """Who gave notice is called in either arm: the week is the published one, hour by hour."""
    done = night.recommendations.filter(pl.col("rank").is_not_null())
    held = night.members.filter(pl.col("arm") == "holdout")
    assert done.join(held, on="account_id", how="semi")["hours"].sum() > 0
    assert set(done.select("account_id", "action").rows()) == set(
        shown.cards.filter(pl.col("delivery") != "self_service").select("account_id", "action").rows()
    )


def test_hours_of_a_skill_and_limits_are_not_hours_of_the_team() -> None:
    """By hand: 10 and 30 an hour make 20 on average; the price of a skill or of an action is neither."""
    rows = [
        {"owner": "a", "skill": None, "action": None, "price": 10.0},
        {"owner": "b", "skill": None, "action": None, "price": 30.0},
        {"owner": "b", "skill": "training", "action": None, "price": 99.0},
        {"owner": None, "skill": None, "action": "right_size", "price": 500.0},
    ]
    assert OneHour.of(rows) == OneHour(20.0, 30.0)
    assert OneHour.of([]).text(Unit("EUR")).startswith("one more hour would add 0 EUR after costs on average")


@pytest.mark.parametrize(
    ("value", "hour", "amount"),
    [
        (0.0, "0% of an account kept", "0.0 accounts"),
        (0.0037, "0.37% of an account kept", "0.0037 accounts"),
        (0.25, "25% of an account kept", "0.25 accounts"),
        (-0.004, "-0.40% of an account kept", "-0.0040 accounts"),
        (3.21, "321% of an account kept", "3.2 accounts"),
    ],
)
def test_without_contracts_an_hour_is_told_in_figures_that_tell_something(
    value: float, hour: str, amount: str
) -> None:
    """Accounts count 1 each, and an hour seldom keeps a whole one: 0.00 accounts says nothing."""
    unit = Unit(None)
    assert (unit.of_an_hour(value), unit.amount(value)) == (hour, amount)
    assert Unit("EUR").of_an_hour(922.4) == "922 EUR"
