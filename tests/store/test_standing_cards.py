"""What a new plan does to the cards that stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from consumption.store.answers import ResponseIncomplete
from consumption.store.filters import RecommendationFilter
from consumption.store.publication import Publication
from consumption.store.records import Answer
from consumption.store.sql import Store
from tests.store.book import DAY, MONDAY, NOON, REP, STANDINGS, publication, recommendation_id

ACME = recommendation_id("acme")


def going_on(*accounts: str, days: int = 1) -> Publication:
    """The plan of a later day, whose cards of these accounts are those of Monday."""
    later = publication(MONDAY + days * DAY)
    same = {recommendation_id(a, MONDAY + days * DAY): recommendation_id(a) for a in accounts}
    return replace(
        later,
        recommendations=later.recommendations.with_columns(pl.col("recommendation_id").replace(same)),
        decisions=later.decisions.with_columns(pl.col("decision_id").replace(same)),
    )


def test_a_card_that_goes_on_is_the_same_card(store: Store) -> None:
    """Its id, its first date and its log stay; what is told of it is today's."""
    store.publish(publication())
    logged = store.decisions_since().height
    store.publish(going_on("acme", "birch"))
    card = store.recommendation(ACME, visible_to=REP)
    assert (card.status, card.created_at) == ("open", publication().published_at)
    assert (card.as_of, card.updated_at) == (MONDAY + DAY, publication(MONDAY + DAY).published_at)
    assert store.decisions_since().height == logged + len(STANDINGS) - 2
    assert len(store.recommendations(RecommendationFilter(account="acme"), visible_to=REP).items) == 1


def test_a_card_that_somebody_started_meanwhile_stays_started(store: Store) -> None:
    """A plan made before the answer came does not open the card again."""
    store.publish(publication())
    store.respond(ACME, Answer("accepted", "ada@us.test"), NOON)
    store.publish(going_on("acme"))
    assert store.recommendation(ACME, visible_to=REP).status == "accepted"


def test_a_snoozed_card_comes_back_by_itself(store: Store) -> None:
    """On its day it is open again, whether the plan knew of the snooze or not; not a day before."""
    quiet = tuple(replace(s, action="none", why_not="no_hours") if s.account_id == "acme" else s for s in STANDINGS)
    store.publish(publication())
    store.respond(ACME, Answer("snoozed", "ada@us.test", until=date(2025, 6, 4)), NOON)
    store.publish(publication(MONDAY + DAY, quiet))
    assert store.recommendation(ACME, visible_to=REP).status == "snoozed"
    store.publish(publication(MONDAY + 2 * DAY, quiet))
    back = store.recommendation(ACME, visible_to=REP)
    assert (back.status, back.snoozed_until) == ("open", None)


def test_a_plan_that_goes_on_with_a_snoozed_card_opens_it(store: Store) -> None:
    """The same card under the same id, told anew."""
    store.publish(publication())
    store.respond(ACME, Answer("snoozed", "ada@us.test", until=date(2025, 6, 4)), NOON)
    store.publish(going_on("acme", days=2))
    back = store.recommendation(ACME, visible_to=REP)
    assert (back.status, back.snoozed_until, back.as_of) == ("open", None, MONDAY + 2 * DAY)


def test_a_card_says_why_it_ended(store: Store) -> None:
    """Its reason cleared, its week was over, or something else stands for the account."""
    first = publication()
    over = pl.when(pl.col("account_id") == "birch").then(pl.lit(MONDAY + DAY)).otherwise(None)
    store.publish(replace(first, recommendations=first.recommendations.with_columns(expires_at=over)))
    nothing = {"acme", "birch"}
    quiet = tuple(replace(s, action="none") if s.account_id in nothing else s for s in STANDINGS)
    cleared = pl.DataFrame({"recommendation_id": [ACME], "because": ["cleared"]})
    store.publish(replace(publication(MONDAY + DAY, quiet), ended=cleared))
    ended = {
        account: store.recommendation(recommendation_id(account), visible_to=REP).ended_because
        for account in ("acme", "birch", "cedar")
    }
    assert ended == {"acme": "cleared", "birch": "week_over", "cedar": "another"}


def test_only_what_fits_can_be_done_instead(store: Store) -> None:
    """An action of the catalogue that does not fit is refused with those that do; own words are always taken."""
    whole = publication()
    fits = whole.recommendations.with_columns(instead=pl.lit("add_seats"))
    store.publish(replace(whole, recommendations=fits))
    assert store.recommendation(ACME, visible_to=REP).instead == ("add_seats",)
    with pytest.raises(ResponseIncomplete, match="does not fit this account") as raised:
        store.respond(ACME, Answer("replaced", "ada@us.test", action="executive_call"), NOON)
    assert "add_seats" in raised.value.remedy
    said = store.respond(ACME, Answer("replaced", "ada@us.test", action="Have lunch with the founder"), NOON)
    assert said.action == "Have lunch with the founder"
