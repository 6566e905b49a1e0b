"""What is logged of a plan: everything that chance or anybody decided, and nothing of accounts that had no chance."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.recommend import Recommended, recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from tests.actions.books import book, decided, knowing, small_catalogue


@pytest.fixture(scope="module")
def planned() -> Recommended:
    """A plan of a few hours for 120 accounts, half of them held out."""
    rules = HoldoutRules(share=0.5, always_served=0.1)
    given = book(120, owners=3, catalogue=small_catalogue("x 2 true"), holdout=rules)
    return recommend(replace(given, policy=PolicyRules(plans=6, explore=0.4, hour_cost=1.0)))


def test_only_accounts_with_a_chance_are_logged(planned: Recommended) -> None:
    """Of the others the summary says how many there are, and how many could have got something."""
    said = [json.loads(text) for text in planned.decisions["propensities"]]
    assert 0 < planned.decisions.height < 60
    assert all(chances["none"] < 1 for chances in said)
    assert planned.summary["not_logged"] == 120 - planned.decisions.height
    assert planned.summary["not_logged_eligible"] == planned.summary["not_logged"]
    silent = planned.recommendations.join(planned.decisions, on="account_id", how="anti")
    assert set(silent.select("action", "propensity").rows()) == {("none", 1.0)}


def test_what_is_shown_and_what_is_withheld_is_logged_with_its_chance_to_be_served(planned: Recommended) -> None:
    """Every card and every would-be; a half in both arms, 1 where exempt."""
    logged = set(planned.decisions["decision_id"])
    shown = planned.recommendations.filter((pl.col("action") != "none") | pl.col("would_be").is_not_null())
    assert shown["would_be"].is_not_null().any()
    assert set(shown["recommendation_id"]) <= logged
    assert set(planned.decisions.select("arm", "served_chance").rows()) <= {
        ("treated", 0.5), ("holdout", 0.5), ("exempt", 1.0)
    }  # fmt: skip


def test_another_share_later_leaves_what_is_logged_true() -> None:
    """Whoever was drawn with a tenth has nine tenths, whatever settings say by now."""
    given = book(60, owners=6, holdout=HoldoutRules(share=0.1))
    members = recommend(given).members
    for share in (0.0, 0.5):
        found = recommend(replace(given, members=members, holdout=HoldoutRules(share=share))).decisions
        drawn = found.filter(pl.col("arm") != "exempt")
        assert drawn.height > 0
        assert set(drawn["served_chance"]) == {0.9}
        assert found.filter(pl.col("would_be").is_not_null())["propensity"].to_numpy().min() > 0.05


def test_a_card_that_ends_in_its_week_is_logged_as_ended() -> None:
    """The row says that the plan had nothing for the account any more, or the card would come back the next night."""
    given = book(6, owners=1, catalogue=small_catalogue("x 2 false", "y 2 false"))
    known = knowing(decisions=decided(("acct-00000", given.as_of, "x", None)))
    found = recommend(replace(given, known=known, as_of=given.as_of + timedelta(days=1))).decisions
    assert found.select("account_id", "action").rows() == [("acct-00000", "none")]
