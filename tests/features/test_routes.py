"""Whose use it is, where accounts have parents or were merged."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.family import family
from consumption.lake.history import History
from tests.features.small import DAY, JUNE_1, SIGNAL, accounts, contract, events

LONG = (date(2025, 1, 1), date(2026, 1, 1))
YESTERDAY = JUNE_1 - DAY


def users(history: History) -> dict[str, float]:
    """Active users of each account."""
    found = compute_signals(history, as_of=JUNE_1, signals=[SIGNAL["active_users_28d"]])
    return dict(found.select("account_id", "active_users_28d").iter_rows())


def of(people: pl.DataFrame, rows: pl.DataFrame, *contracts: dict[str, object]) -> History:
    """A history of accounts, events and contracts."""
    bought = {"contracts": pl.DataFrame(contracts)} if contracts else {}
    return History.of(accounts=people, events=rows, **bought)


def test_use_of_what_the_parent_bought_is_the_parents() -> None:
    """A subsidiary without a contract of the product works on its parent's."""
    people = accounts("group", "unit", parent_id=[None, "group"])
    rows = events(("unit", YESTERDAY, "open", "ada", 1.0, "desk"), ("group", YESTERDAY, "open", "bob", 1.0, "desk"))
    assert users(of(people, rows, contract("group", *LONG))) == {"group": 2, "unit": 0}


def test_use_of_what_an_account_bought_itself_is_its_own() -> None:
    """Also where its parent bought the same."""
    people = accounts("group", "unit", parent_id=[None, "group"])
    rows = events(("unit", YESTERDAY, "open", "ada", 1.0, "desk"))
    both = (contract("group", *LONG), contract("unit", *LONG))
    assert users(of(people, rows, *both)) == {"group": 0, "unit": 1}


def test_the_nearest_parent_that_bought_it_counts() -> None:
    """A grandparent's contract serves only where the parent has none."""
    people = accounts("top", "mid", "low", parent_id=[None, "top", "mid"])
    rows = events(("low", YESTERDAY, "open", "ada", 1.0, "desk"))
    assert users(of(people, rows, contract("top", *LONG))) == {"top": 1, "mid": 0, "low": 0}
    both = (contract("top", *LONG), contract("mid", *LONG))
    assert users(of(people, rows, *both)) == {"top": 0, "mid": 1, "low": 0}


def test_use_that_names_no_product_goes_up_only_from_who_bought_nothing() -> None:
    """With any contract of its own, an account's use of whatever it is stays its own."""
    people = accounts("group", "unit", parent_id=[None, "group"])
    rows = events(("unit", YESTERDAY, "open", "ada"))
    assert users(of(people, rows, contract("group", *LONG))) == {"group": 1, "unit": 0}
    other = contract("unit", *LONG, product="fleet")
    assert users(of(people, rows, contract("group", *LONG), other)) == {"group": 0, "unit": 1}


def test_use_stays_where_no_account_above_bought_the_product() -> None:
    """Nobody is given use of what they have no contract of."""
    people = accounts("group", "unit", parent_id=[None, "group"])
    rows = events(("unit", YESTERDAY, "open", "ada", 1.0, "fleet"))
    assert users(of(people, rows, contract("group", *LONG))) == {"group": 0, "unit": 1}


def test_a_contract_that_ended_serves_no_one_below() -> None:
    """Whose use it is, is asked at the moment, not of all times."""
    people = accounts("group", "unit", parent_id=[None, "group"])
    rows = events(("unit", YESTERDAY, "open", "ada", 1.0, "desk"))
    over = contract("group", date(2024, 1, 1), date(2025, 5, 1))
    assert users(of(people, rows, over)) == {"group": 0, "unit": 1}


def test_parents_in_a_circle_lead_nowhere() -> None:
    """Two accounts that name each other as parent keep their own use, unless the other bought what they use."""
    people = accounts("a", "b", parent_id=["b", "a"])
    rows = events(("a", YESTERDAY, "open", "ada", 1.0, "desk"))
    assert users(of(people, rows)) == {"a": 1, "b": 0}


def test_what_a_merged_account_did_is_the_survivors_once_the_merge_is_known() -> None:
    """Before it is known, both stand for themselves; then users of both are counted once."""
    rows = events(("old", YESTERDAY - DAY, "open", "ada"), ("new", YESTERDAY, "open", "ada"),
                  ("old", YESTERDAY, "open", "bob"))  # fmt: skip
    told = accounts("old", "new").with_columns(pl.lit(None, dtype=pl.String).alias("merged_into"))
    known = pl.lit(YESTERDAY, dtype=pl.Datetime("us", "UTC")).alias("received_at")
    merge = accounts("old").with_columns(pl.lit("new").alias("merged_into"), known)
    both = History.of(accounts=pl.concat([told, merge], how="diagonal"), events=rows)
    assert users(both) == {"old": 0, "new": 2}
    before = compute_signals(both, as_of=YESTERDAY, signals=[SIGNAL["active_users_28d"]])
    assert dict(before.select("account_id", "active_users_28d").iter_rows()) == {"old": 1, "new": 0}


def test_contracts_and_contacts_of_a_merged_account_go_with_it() -> None:
    """Every row of the old account is the survivor's, down a chain of merges."""
    people = accounts("one", "two", "three", merged_into=["two", "three", None])
    tickets = pl.DataFrame(
        {"interaction_id": ["t"], "account_id": ["one"], "timestamp": [YESTERDAY], "channel": ["ticket"]}
    )
    history = History.of(accounts=people, interactions=tickets, contracts=pl.DataFrame([contract("two", *LONG)]))
    wanted = [SIGNAL["tickets_84d"], SIGNAL["arr"]]
    found = compute_signals(history, as_of=JUNE_1, signals=wanted).select("account_id", "tickets_84d", "arr")
    assert found.rows() == [("one", 0.0, None), ("three", 1.0, 12000.0), ("two", 0.0, None)]


def test_a_parent_that_was_merged_keeps_its_children() -> None:
    """What the child uses of the old parent's contract counts for the account that survived."""
    people = accounts("child", "new", "old", parent_id=["old", None, None], merged_into=[None, None, "new"])
    rows = events(("child", YESTERDAY, "open", "ada", 1.0, "desk"))
    assert users(of(people, rows, contract("old", *LONG))) == {"child": 0, "new": 1, "old": 0}


@pytest.mark.parametrize("into", ["old", "gone"])
def test_a_merge_that_leads_nowhere_is_none(into: str) -> None:
    """An account merged into itself, or into one that nobody knows, keeps its rows."""
    people = accounts("old", merged_into=[into])
    assert users(History.of(accounts=people, events=events(("old", YESTERDAY, "open", "ada")))) == {"old": 1}


def test_a_family_is_all_below_and_all_above_those() -> None:
    """Nothing that could count for an account, or take from it, is left out; siblings without a bearing are."""
    links = pl.DataFrame(
        {
            "account_id": ["top", "mid", "low", "side", "old", "alone"],
            "parent_id": [None, "top", "mid", "top", None, None],
            "merged_into": [None, None, None, None, "low", None],
        },
        schema_overrides={"merged_into": pl.String},
    )
    assert family(links, pl.Series(["mid"])).to_list() == ["low", "mid", "old", "top"]
    assert family(links, pl.Series(["alone"])).to_list() == ["alone"]
