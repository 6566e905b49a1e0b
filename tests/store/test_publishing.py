"""One publication, in one transaction."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.publication import UnloggedRecommendation
from consumption.store.records import Answer
from consumption.store.sql import Store
from tests.store.book import (
    DAY,
    ENGINEER,
    MONDAY,
    NOON,
    REP,
    STANDINGS,
    Standing,
    publication,
    recommendation_id,
)

ROOT = Path(__file__).parents[2]
BOOK_OF_TWO_THOUSAND = tuple(Standing(f"a{n:05}", "training" if n < 300 else "none") for n in range(2_000))


def test_nothing_is_shown_that_is_not_in_the_log(store: Store) -> None:
    """A recommendation without a decision of the same id stops the publication, and says which."""
    whole = publication()
    with pytest.raises(UnloggedRecommendation, match="rec-20250602-gum"):
        store.publish(replace(whole, decisions=whole.decisions.head(6)))
    assert store.latest_plan() is None
    assert store.decisions_since().is_empty()


def test_a_process_killed_while_it_publishes_leaves_the_plan_before(tmp_path: Path) -> None:
    """Whoever dies half-way leaves the older plan whole: same state, same lists, same log."""
    url = f"sqlite:///{tmp_path / 'consumption.db'}"
    store = Store.open(url)
    store.publish(publication())
    before = (store.state(), store.decisions_since().height, store.accounts(AccountFilter(), visible_to=REP).items)
    script = f"""
import os
from consumption.store import publishing
from consumption.store.sql import Store
from tests.store.book import DAY, MONDAY, publication
store = Store.open({url!r})
with store._writing() as connection:
    assert publishing.publish(connection, publication(MONDAY + DAY))
    os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert killed.returncode == -9
    after = (store.state(), store.decisions_since().height, store.accounts(AccountFilter(), visible_to=REP).items)
    assert after == before
    assert store.publish(publication(MONDAY + DAY))
    store.close()


def test_an_action_that_goes_on_keeps_its_first_date(store: Store) -> None:
    """A card is new only on the first day: the next plan's same action for the account began when the first did."""
    store.publish(publication())
    changed = tuple(replace(s, action="add_seats") if s.account_id == "cedar" else s for s in STANDINGS)
    store.publish(publication(MONDAY + DAY, changed))
    running = store.recommendations(RecommendationFilter(), visible_to=REP).items
    began = {r.account_id: r.created_at for r in running}
    assert began["acme"] == publication().published_at
    assert began["cedar"] == publication(MONDAY + DAY).published_at


def test_a_snooze_that_ran_out_gives_way_to_the_new_plan(store: Store) -> None:
    """While it lasts a snooze stays; once it is over, what the plan says about the account takes its place."""
    store.publish(publication())
    snoozed = recommendation_id("acme")
    store.respond(snoozed, Answer("snoozed", "ada@us.test", until=date(2025, 6, 4)), NOON)
    store.publish(publication(MONDAY + DAY))
    assert store.recommendation(snoozed, visible_to=REP).status == "snoozed"
    store.publish(publication(MONDAY + 2 * DAY))
    assert store.recommendation(snoozed, visible_to=REP).status == "withdrawn"


def test_decisions_nobody_was_shown_stay_in_the_log_only(store: Store) -> None:
    """Yesterday's nothing-to-do rows make no list longer; the log of decisions keeps every one."""
    store.publish(publication())
    store.publish(publication(MONDAY + DAY))
    everything = RecommendationFilter(withheld=True, updated_since=MONDAY)
    kept = store.recommendations(everything, visible_to=ENGINEER, limit=100).items
    assert {r.as_of for r in kept if r.action == "none"} == {MONDAY + DAY}
    assert store.decisions_since().filter(pl.col("action") == "none").height == 6


def test_an_arm_once_drawn_is_kept(store: Store) -> None:
    """Hold-out membership is stored when an account is first seen; a later draw of the same account is ignored."""
    store.publish(publication())
    redrawn = publication(MONDAY + DAY)
    store.publish(replace(redrawn, holdout=redrawn.holdout.with_columns(arm=pl.lit("treated"))))
    arms = dict(store.holdout_members().select("account_id", "arm").iter_rows())
    assert (arms["elm"], arms["acme"]) == ("control", "treated")


def test_without_contracts_there_is_no_money(store: Store) -> None:
    """Money is empty, not zero; accounts count one each, and the plan says so."""
    store.publish(publication(money=False))
    plan, acme = store.latest_plan(), store.account("acme", visible_to=REP)
    assert plan is not None
    assert not plan.money
    assert (acme.arr, acme.value_at_stake, acme.currency, acme.weight) == (None, None, None, 1.0)


def test_an_empty_book_is_a_plan_too(store: Store) -> None:
    """On the first day, before any account, publishing works and lists are empty."""
    assert store.publish(publication(standings=()))
    assert store.accounts(AccountFilter(), visible_to=REP).items == ()


def test_a_book_of_thousands_is_published_at_once(store: Store) -> None:
    """Rows go in together, thousands at a time, and every one arrives."""
    assert store.publish(publication(standings=BOOK_OF_TWO_THOUSAND))
    assert store.count_accounts(AccountFilter()) == 2_000
    assert store.recommendations(RecommendationFilter(), visible_to=REP, limit=500).items[299].account_id == "a00299"


def test_missing_extras_are_empty_not_wrong(store: Store) -> None:
    """A recommendation needs only the contract's columns; what it does not carry is left out."""
    whole = publication()
    plain = replace(whole, recommendations=whole.recommendations.drop("probability", "why_not", "model_version"))
    assert store.publish(plain)
    found = store.recommendation(recommendation_id("acme"), visible_to=REP)
    assert (found.title, found.probability, found.contract_id) == ("Run role-based training", None, None)


def test_what_is_sent_by_itself_is_listed_apart(store: Store) -> None:
    """No card among the cards, and every one of them among what is to be sent; both where nobody asks."""
    given = publication()
    by_itself = pl.when(pl.col("account_id") == "birch").then(pl.lit("self_service")).otherwise(pl.lit("remote"))
    store.publish(replace(given, recommendations=given.recommendations.with_columns(delivery=by_itself)))

    def ids(*, by_itself: bool | None) -> set[str]:
        which = RecommendationFilter(by_itself=by_itself)
        return {item.account_id for item in store.recommendations(which, visible_to=REP).items}

    assert (ids(by_itself=True), ids(by_itself=False)) == ({"birch"}, {"acme", "cedar", "gum"})
    assert ids(by_itself=None) == {"acme", "birch", "cedar", "gum"}


def test_an_account_that_had_no_chance_is_shown_without_being_logged(store: Store) -> None:
    """Nothing to do needs no row in the log: the account is there, and says why; no decision of it is listed."""
    whole = publication()
    quiet = whole.decisions.filter(pl.col("account_id") != "delta")
    store.publish(replace(whole, decisions=quiet))
    assert store.account("delta", visible_to=REP).why_not == "no_hours"
    assert store.decisions_since().filter(pl.col("account_id") == "delta").is_empty()
    every = store.recommendations(RecommendationFilter(withheld=True), visible_to=ENGINEER, limit=50).items
    assert "delta" not in {found.account_id for found in every}


def test_the_chance_of_a_draw_is_stored_once(store: Store) -> None:
    """Another share later changes nobody's; who was drawn before shares were stored gets the one of the next plan."""
    first = publication().holdout
    store.draw(first.head(2).with_columns(share=pl.lit(None, pl.Float64)))
    store.draw(first.head(3).with_columns(share=pl.lit(0.2)))
    store.draw(first.with_columns(share=pl.lit(0.4)))
    assert store.holdout_members().sort("account_id")["share"].value_counts().sort("share").rows() == [
        (0.2, 3), (0.4, first.height - 3)
    ]  # fmt: skip
