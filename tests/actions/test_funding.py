"""Who pays for an action: the plan sets against its effect what it costs us, and no more."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from consumption.actions.catalogue import Catalogue, parse
from consumption.actions.choices import choices
from consumption.actions.recommend import recommend
from consumption.actions.rules import CapacityRules, HoldoutRules, PolicyRules
from consumption.actions.week_told import AFTER_COSTS
from consumption.actions.whatif import Book
from tests.actions.books import book, default_catalogue, touch_all

ENTRY = """
[[action]]
id = "{id}"
title = "T"
motion = "help"
service_line = "field"
hours = 2
travel_hours = 1
delivery = "on_site"
cost = 50
eligible = "true"
steps = ["go"]
{more}
[[action.prior]]
outcome = "churn"
driver = "constant"
odds = -0.3
accounts = 300
"""
PAYS = {
    "included": ('funding = "included"', 3 * 100.0 + 50.0),
    "billable": ('funding = "billable"', 0.0),
    "paid_offer": ('funding = "paid_offer"', 300.0),
    "sponsored": ('funding = "sponsored"\nvendor = "Acme"\nsponsored_until = 2027-01-01', 300.0),
    "conceding": ("discount = 0.02", 350.0 + 0.02 * 10_000.0),
}
PLAIN: dict[str, Any] = {
    "policy": PolicyRules(plans=4, explore=0.0, hour_cost=100.0), "holdout": HoldoutRules(share=0.0),
}  # fmt: skip


def catalogue(*names: str) -> Catalogue:
    """Actions that are alike but for who pays."""
    return parse("".join(ENTRY.format(id=name, more=PAYS[name][0]) for name in names), [])


@pytest.mark.parametrize("name", PAYS)
def test_what_an_action_costs_us_is_what_nobody_else_pays(name: str) -> None:
    """Three hours at 100 and 50 more are ours where included, the customer's where billed.

    Where a vendor sponsors, or the cost is in a price, the hours stay ours. A discount of 2 % of 10,000 is 200.
    """
    given = touch_all(book(2, catalogue=catalogue(name), **PLAIN), arr=pl.lit(10_000.0), weight=pl.lit(10_000.0))
    pairs = choices(given, given.believed).pairs
    assert pairs["spent"].to_list() == pytest.approx([PAYS[name][1]] * 2)
    assert (pairs["effect"] - pairs["value"]).to_list() == pytest.approx([PAYS[name][1]] * 2)


def test_without_money_nothing_costs_anything() -> None:
    """Accounts that count one each cannot be set against hours or discounts."""
    given = book(2, money=False, catalogue=catalogue("included", "conceding"), **PLAIN)
    assert choices(given, given.believed).pairs["spent"].to_list() == [0.0] * 4


def test_hours_that_are_billed_are_hours_of_the_week_all_the_same() -> None:
    """Who pays changes what an action is worth, never how many of them fit."""
    given = book(9, owners=1, catalogue=catalogue("billable"), capacity=CapacityRules(hours_per_week=7), **PLAIN)
    done = recommend(given)
    chosen = done.recommendations.filter(pl.col("action") != "none")
    assert (chosen.height, chosen["hours"].sum()) == (2, 6.0)
    assert chosen["expected_value"].to_list() == pytest.approx(chosen["effect"].to_list())
    week = Book.of(given).week()
    assert week.money == pytest.approx(week.adds)
    assert "as far as we pay for it" in AFTER_COSTS


def test_of_several_that_are_alike_the_one_that_costs_us_least_is_chosen() -> None:
    """What somebody else pays for comes first, and a discount that nobody needs is not given away."""
    given = book(6, owners=1, catalogue=catalogue("conceding", "included", "paid_offer"), **PLAIN)
    chosen = recommend(given).recommendations.filter(pl.col("action") != "none")["action"]
    assert chosen.unique().to_list() == ["paid_offer"]


def test_what_the_packages_actions_cost_is_borne_by_us() -> None:
    """A cost stands only where nobody else pays it, so none of them is written in vain; nothing is conceded twice."""
    costly = [action for action in default_catalogue() if action.cost]
    assert {action.id: action.our_cost for action in costly} == {
        "health_check_on_site": 250.0, "multi_year_renewal": 200.0, "in_product_nudges": 15.0,
    }  # fmt: skip
    assert not any(action.discount for action in default_catalogue())
    assert [action.id for action in default_catalogue() if not action.our_hours and action.hours] == [
        "integration_help"
    ]
