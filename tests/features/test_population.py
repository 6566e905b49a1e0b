"""Who is ranked."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consumption.features.population import population
from consumption.tables import ACCOUNT_KINDS
from tests.features.small import DAY, JUNE_1, accounts, contract, history

TODAY = JUNE_1.date()
YEAR_AHEAD, YEAR_AGO = date(2026, 6, 1), date(2024, 6, 1)


def test_customers_in_force_are_ranked_by_their_worth() -> None:
    """Trials, the ended, the not yet begun and the worthless are not; an account without a kind is a customer."""
    book = accounts("a", "b", "c", "d", "e", kind=["customer", "trial", None, "customer", "customer"])
    contracts = [
        contract("a", YEAR_AGO, YEAR_AHEAD, contract_id="1", arr=1000.5),
        contract("a", YEAR_AGO, YEAR_AHEAD, contract_id="2", arr=2000.25),
        contract("b", YEAR_AGO, YEAR_AHEAD),
        contract("c", TODAY, YEAR_AHEAD),
        contract("d", YEAR_AGO, TODAY),
        contract("e", YEAR_AGO, YEAR_AHEAD, arr=0.0),
    ]
    ranked = population(history(accounts=book, contracts=contracts), JUNE_1)
    assert ranked.select("account_id", "arr", "weight").rows() == [("a", 3000.75, 3000.75), ("c", 12000.0, 12000.0)]


@pytest.mark.parametrize("kind", [kind for kind in ACCOUNT_KINDS if kind != "customer"])
def test_only_customers_are_ranked(kind: str) -> None:
    """Trials, partners, our own and test accounts are not, with contracts in force or without any contract."""
    book = accounts("a", "b", kind=["customer", kind])
    contracts = [contract(name, YEAR_AGO, YEAR_AHEAD) for name in "ab"]
    assert population(history(accounts=book, contracts=contracts), JUNE_1)["account_id"].to_list() == ["a"]
    assert population(history(accounts=book), JUNE_1)["account_id"].to_list() == ["a"]


def test_a_lost_account_was_ranked_before_it_left() -> None:
    """Its end, once it is known, does not reach back."""
    book = history(contracts=[contract("acme", YEAR_AGO, YEAR_AHEAD, ended_on=TODAY)])
    assert population(book, JUNE_1 - DAY)["account_id"].to_list() == ["acme"]
    assert population(book, JUNE_1).is_empty()


def test_renewal_and_decision_are_the_nearest() -> None:
    """The first end, the first decision point not past, and whether notice was given, as known."""
    contracts = [
        contract("acme", YEAR_AGO, TODAY + 20 * DAY, contract_id="1", auto_renews=True, notice_days=30),
        contract("acme", YEAR_AGO, TODAY + 90 * DAY, contract_id="2", auto_renews=True, notice_days=30,
                 notice_given_on=TODAY),
    ]  # fmt: skip
    book = history(contracts=contracts)
    columns = ("renewal_on", "decision_on", "notice_given")
    assert population(book, JUNE_1).select(columns).row(0) == (TODAY + 20 * DAY, TODAY + 60 * DAY, False)
    assert population(book, JUNE_1 + DAY)["notice_given"].to_list() == [True]


def test_the_top_parent_is_followed_up() -> None:
    """Through parents that are known; itself where there is none; a circle ends."""
    book = accounts("a", "b", "c", "d", "e", "f", parent_id=["b", "c", None, "gone", "f", "e"])
    contracts = [contract(one, YEAR_AGO, YEAR_AHEAD) for one in "abcdef"]
    ranked = population(history(accounts=book, contracts=contracts), JUNE_1)
    assert ranked["top_parent"].to_list()[:4] == ["c", "c", "c", "d"]
    assert set(ranked["top_parent"].to_list()[4:]) <= {"e", "f"}


def test_without_contracts_every_customer_counts_one() -> None:
    """Created before the moment, with no churn before it; money is unknown."""
    book = accounts("a", "b", "c").vstack(accounts("late", since=JUNE_1))
    left = [
        {"account_id": "b", "occurred_on": TODAY - DAY, "kind": "churn"},
        {"account_id": "c", "occurred_on": TODAY, "kind": "churn"},
    ]
    ranked = population(history(accounts=book, outcomes=left), JUNE_1)
    assert ranked.select("account_id", "arr", "weight", "decision_on").rows() == [
        ("a", None, 1, None),
        ("c", None, 1, None),
    ]


def test_a_part_without_contracts_may_belong_to_a_whole_with_them() -> None:
    """Whoever ranks a part says whether the workspace has contracts."""
    assert population(history(), JUNE_1, money=True).is_empty()
    assert population(history(), JUNE_1).height == 1


def test_contracts_known_later_do_not_change_who_was_ranked() -> None:
    """Received on 1 June: from the day after on it is ranked by money, the very moment before by one each."""
    bought = contract("acme", YEAR_AGO, YEAR_AHEAD) | {"received_at": JUNE_1}
    book = history(accounts=accounts("acme", "zeta"), contracts=[bought])
    assert population(book, JUNE_1).select("account_id", "arr", "weight").rows() == [
        ("acme", None, 1), ("zeta", None, 1),
    ]  # fmt: skip
    assert population(book, JUNE_1 + DAY).select("account_id", "arr").rows() == [("acme", 12_000)]


def test_children_of_a_merged_parent_are_the_survivors() -> None:
    """With c under b under a: once b was merged into d, which has e above it, e is over c; before, a was."""
    before = accounts("a", "b", "c", "d", "e", parent_id=[None, "a", "b", "e", None])
    before = before.with_columns(merged_into=pl.lit(None, dtype=pl.String), received_at=JUNE_1 - 300 * DAY)
    merged = before.filter(account_id="b").with_columns(merged_into=pl.lit("d"), received_at=JUNE_1)
    book = history(
        accounts=pl.concat([before, merged]), contracts=[contract(one, YEAR_AGO, YEAR_AHEAD) for one in "abcde"]
    )
    tops = [dict(population(book, day).select("account_id", "top_parent").rows()) for day in (JUNE_1, JUNE_1 + DAY)]
    assert tops == [
        {"a": "a", "b": "a", "c": "a", "d": "e", "e": "e"},
        {"a": "a", "c": "e", "d": "e", "e": "e"},
    ]


def test_an_account_merged_into_another_is_ranked_no_more() -> None:
    """From when the merge is known."""
    merged = accounts("a", "b", merged_into=[None, "a"]).with_columns(received_at=JUNE_1)
    apart = merged.with_columns(merged_into=pl.lit(None, dtype=pl.String), received_at=JUNE_1 - 300 * DAY)
    book = history(
        accounts=pl.concat([apart, merged]), contracts=[contract(one, YEAR_AGO, YEAR_AHEAD) for one in "ab"]
    )
    assert population(book, JUNE_1)["account_id"].to_list() == ["a", "b"]
    assert population(book, JUNE_1 + DAY)["account_id"].to_list() == ["a"]
