"""Products that peers own and an account does not."""

from __future__ import annotations

from datetime import date
from typing import Any

from consumption.features.peer_groups import peer_groups
from consumption.features.whitespace import whitespace
from tests.features.small import JUNE_1, accounts, contract, history, value_of, values_of

START, END = date(2025, 1, 1), date(2026, 1, 1)
OWNED = {
    "a0": ["desk"],
    "a1": ["desk", "lab"],
    "a2": ["desk", "lab"],
    "a3": ["desk", "lab", "spare"],
    "a4": ["desk"],
    "a5": ["desk"],
}


def book(owned: dict[str, list[str]]) -> dict[str, Any]:
    """Accounts of one segment with those products, the first of them worth most."""
    contracts = [
        contract(account, START, END, product=product, contract_id=f"{account}-{product}", arr=1000.0 - place)
        for account, products in owned.items()
        for place, product in enumerate(products)
    ]
    return {"accounts": accounts(*owned, segment="small"), "contracts": contracts}


def test_a_product_of_a_third_of_peers_is_whitespace() -> None:
    """A lab is owned by 3 of 6, a spare by 1 of 6: the first is usual, and its share the largest that is lacked."""
    tables = book(OWNED)
    assert values_of("whitespace_products", **tables) == [1, 0, 0, 0, 1, 1]
    assert values_of("whitespace_share", **tables) == [3 / 6, 1 / 6, 1 / 6, 0, 3 / 6, 3 / 6]


def test_exactly_a_third_is_usual() -> None:
    """Two of six own a lab."""
    tables = book(OWNED | {"a1": ["desk"]})
    assert values_of("whitespace_products", **tables) == [1, 1, 0, 0, 1, 1]


def test_whitespace_is_listed_with_who_owns_it() -> None:
    """For pages and offers: the product that most peers own first."""
    rows = whitespace(peer_groups(history(**book(OWNED)), JUNE_1))
    assert rows.filter(account_id="a0").rows() == [("a0", "lab", 3, 6, 0.5), ("a0", "spare", 1, 6, 1 / 6)]
    assert rows.filter(account_id="a1").rows() == [("a1", "spare", 1, 6, 1 / 6)]
    assert rows.filter(account_id="a3").is_empty()


def test_four_peers_say_nothing_of_what_is_usual() -> None:
    """Nor do accounts that own nothing."""
    few = {name: OWNED[name] for name in ("a0", "a1", "a2", "a3")}
    assert values_of("whitespace_products", **book(few)) == [None] * 4
    assert value_of("whitespace_share") is None
    assert whitespace(peer_groups(history(**book(few)), JUNE_1)).is_empty()


def test_a_product_that_goes_with_one_owned_can_be_offered() -> None:
    """The desk goes with a lab and a lamp; who has the lab lacks the lamp; the lab itself goes with nothing."""
    products = [{"product": "desk", "complements": "lab; lamp"}, {"product": "lab", "complements": None}]
    tables = book({"a0": ["desk"], "a1": ["desk", "lab"], "a2": ["lab"]})
    assert values_of("complements_not_owned", products=products, **tables) == [2, 1, None]
