"""A week's list is stable: what stays, what comes back, what ends, and what may take its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.catalogue import NONE
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import Recommended, recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.standing import taken_up, waiting
from consumption.tables import RESPONSES_TABLE, TIMESTAMP
from tests.actions.books import MONDAY, answered, book, decided, knowing, small_catalogue, touch_all

DAY = timedelta(days=1)
QUICK = PolicyRules(plans=10)


def log_of(done: Recommended) -> pl.DataFrame:
    """What a plan logged, as it comes back from the lake."""
    told = pl.format('{{"second_pass":{}}}', pl.col("second_pass"))
    return done.decisions.with_columns(attributes=told, timestamp=pl.col("as_of").cast(TIMESTAMP))


def next_day(inputs: Inputs, done: Recommended, responses: pl.DataFrame | None = None, days: int = 1) -> Inputs:
    """The same book some days later, knowing what was decided and answered."""
    known = replace(inputs.known, decisions=log_of(done), responses=answered() if responses is None else responses)
    return replace(inputs, as_of=MONDAY + days * DAY, known=known, members=done.members)


def snoozed(decision: str, until: str) -> pl.DataFrame:
    """A snooze until a day, given on Monday morning."""
    row = answered((decision, "snoozed"), at=MONDAY + timedelta(hours=9))
    return row.with_columns(attributes=pl.lit(f'{{"until":"{until}"}}')).select(*RESPONSES_TABLE.stored_schema)


def cards(done: Recommended) -> pl.DataFrame:
    """What is done about whom, under which id."""
    return done.recommendations.filter(pl.col("action") != NONE).select("recommendation_id", "account_id", "action")


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Sixty accounts of three owners."""
    return book(60, policy=QUICK)


@pytest.fixture(scope="module")
def monday(inputs: Inputs) -> Recommended:
    """Monday's plan."""
    return recommend(inputs)


def test_a_card_that_stays_keeps_its_id_over_the_nights(inputs: Inputs, monday: Recommended) -> None:
    """Whoever opened it on Monday finds it under the same address on Tuesday, the withheld ones too."""
    tuesday = recommend(next_day(inputs, monday))
    stays = monday.recommendations.filter((pl.col("action") != NONE) | pl.col("would_be").is_not_null())
    same = stays.join(tuesday.recommendations, on=["recommendation_id", "account_id", "action"], how="semi")
    assert same.height == stays.height > 0
    assert tuesday.ended.is_empty()


def test_a_rescue_that_waits_keeps_its_id() -> None:
    """What must be done is decided anew each night, and is still the same card."""
    given = touch_all(book(6, policy=QUICK), notice_given=pl.col("account_id") == "acct-00001")
    monday = recommend(given)
    tuesday = recommend(next_day(given, monday))
    first, second = (
        done.recommendations.filter("mandatory")["recommendation_id"].to_list() for done in (monday, tuesday)
    )
    assert first == second
    assert len(first) == 1


def test_started_work_keeps_its_hours(inputs: Inputs, monday: Recommended) -> None:
    """What somebody started on Monday is no card on Tuesday, and nobody else gets its hours."""
    mine = monday.recommendations.filter(pl.col("rank") == 1).sort("owner").row(0, named=True)
    started = answered((mine["recommendation_id"], "accepted"), at=MONDAY + timedelta(hours=9))
    tuesday = recommend(next_day(inputs, monday, started))
    lists = tuesday.recommendations.filter(pl.col("rank").is_not_null())
    assert mine["account_id"] not in lists["account_id"].to_list()
    left = tuesday.hours.filter((pl.col("owner") == mine["owner"]) & pl.col("skill").is_null())["hours"].item()
    assert left == pytest.approx(8.0 - mine["hours"])
    spent = tuesday.recommendations.filter((pl.col("owner") == mine["owner"]) & (pl.col("action") != NONE))["hours"]
    assert spent.sum() <= left + 1e-9


def test_work_started_this_week_on_a_card_of_last_week_takes_this_weeks_hours() -> None:
    """The week in which it is done pays for it."""
    past = decided(("acct-00000", MONDAY - 3 * DAY, "enablement_training", None))
    row = taken_up(past, answered(("d0", "accepted"), at=MONDAY + timedelta(hours=2))).row(0, named=True)
    assert row["worked_on"]
    assert row["worked_at"] == MONDAY + timedelta(hours=2)


def test_a_card_whose_reason_cleared_ends_and_says_so() -> None:
    """Where the condition no longer holds the card goes, with that as its reason."""
    given = book(6, owners=1, catalogue=small_catalogue("x 1 active_users_28d > 5"), policy=QUICK)
    given = replace(given, snapshot=given.snapshot.with_columns(active_users_28d=pl.lit(10.0)))
    monday = recommend(given)
    one = cards(monday).row(0, named=True)
    quiet = pl.when(pl.col("account_id") == one["account_id"]).then(1.0).otherwise("active_users_28d")
    cleared = replace(given, snapshot=given.snapshot.with_columns(active_users_28d=quiet))
    tuesday = recommend(next_day(cleared, monday))
    assert tuesday.ended.rows() == [(one["recommendation_id"], "cleared")]


def test_a_snoozed_card_comes_back_by_itself_on_its_day() -> None:
    """Until then the account is left alone; on the day the same card stands there again."""
    given = book(6, owners=1, catalogue=small_catalogue("x 1 true"), policy=QUICK)
    monday = recommend(given)
    one = cards(monday).row(0, named=True)
    later = snoozed(one["recommendation_id"], "2026-03-05")
    wednesday, thursday = (recommend(next_day(given, monday, later, days)) for days in (2, 3))
    assert one["account_id"] not in cards(wednesday)["account_id"].to_list()
    assert one["recommendation_id"] in cards(thursday)["recommendation_id"].to_list()


def test_what_is_sent_meanwhile_does_not_take_a_snoozed_cards_place() -> None:
    """Neither a hint on Tuesday nor a plan without it keeps a card from coming back; what it ended stays so."""
    tuesday = MONDAY + DAY
    past = decided(
        ("a", MONDAY, "x", None), ("a", tuesday, "hint", None), ("b", tuesday, "hint", None),
        ("c", MONDAY, "x", None), ("c", tuesday, "none", None),
        ("d", MONDAY, "x", None), ("d", tuesday, "none", None),
    )  # fmt: skip
    later = answered(("d0", "snoozed"), ("d3", "snoozed"), at=MONDAY + timedelta(hours=9)).with_columns(
        attributes=pl.lit('{"until":"2026-03-04"}')
    )
    found = waiting(past, later, tuesday + DAY, ("hint",)).sort("account_id")
    assert found.select("account_id", "action").rows() == [("a", "x"), ("b", "hint"), ("c", "x")]


def test_a_snooze_over_a_weekend_ends_on_monday() -> None:
    """A day on which nobody works is no day to come back on."""
    given = book(6, owners=1, catalogue=small_catalogue("x 1 true"), policy=QUICK)
    monday = recommend(given)
    one = cards(monday).row(0, named=True)
    next_monday = recommend(next_day(given, monday, snoozed(one["recommendation_id"], "2026-03-07"), days=7))
    assert one["recommendation_id"] in cards(next_monday)["recommendation_id"].to_list()


def one_hour_a_week(values: dict[str, float]) -> Inputs:
    """Accounts of one owner who has one hour, worth in proportion to their yearly value."""
    given = book(len(values), owners=1, catalogue=small_catalogue("x 1 true"), holdout=HoldoutRules(share=0.0))
    worth = pl.Series(list(values.values()), dtype=pl.Float64)
    given = touch_all(given, arr=worth, weight=worth)
    ranked = given.ranked.with_columns(arr=worth, weight=worth, p_churn=pl.lit(0.2))
    drivers = given.drivers.with_columns(low_adoption=pl.lit(1.0))
    rules = PolicyRules(plans=4, explore=0.0, hour_cost=1.0)
    capacity = replace(given.capacity, hours_per_week=1.0)
    return replace(given, ranked=ranked, drivers=drivers, policy=rules, capacity=capacity)


@pytest.mark.parametrize(("grown", "stays"), [(1.2, True), (4.0, False)])
def test_only_what_is_worth_much_more_takes_a_cards_place(grown: float, stays: bool) -> None:
    """One hour, one card: a rival worth a fifth more changes nothing; one worth four times as much displaces it."""
    given = one_hour_a_week({"a": 100_000.0, "b": 50_000.0})
    monday = recommend(given)
    card = cards(monday).row(0, named=True)
    assert card["account_id"] == "acct-00000"
    values = pl.Series([100_000.0, 100_000.0 * grown])
    richer = replace(
        touch_all(given, arr=values, weight=values), ranked=given.ranked.with_columns(arr=values, weight=values)
    )
    tuesday = recommend(next_day(richer, monday))
    if stays:
        assert cards(tuesday).rows() == cards(monday).rows()
        assert tuesday.ended.is_empty()
    else:
        assert cards(tuesday)["account_id"].to_list() == ["acct-00001"]
        assert tuesday.ended.rows() == [(card["recommendation_id"], "displaced")]


def test_what_was_withheld_rests_the_account_as_the_action_would_have() -> None:
    """Next week a held-out account is not chosen again at once, for a served one would rest; nobody reads of it."""
    past = decided(("acct-00000", MONDAY - 4 * DAY, "none", "x"), ("acct-00001", MONDAY - 4 * DAY, "x", None))
    known = knowing(decisions=past, responses=answered(("d1", "accepted"), at=MONDAY - 3 * DAY))
    given = book(8, owners=1, catalogue=small_catalogue("x 1 true"), known=known, policy=QUICK)
    rows = recommend(given).recommendations
    assert rows["would_be"][0] is None
    assert rows["why_not"].to_list()[:2] == ["held_out", "contacted_recently"]
    assert rows["reason_text"][0] == "Not in this quarter's plan"


def test_withheld_actions_rest_as_often_as_served_ones_are_taken_up() -> None:
    """Where half of the served cards are taken up, about half of the withheld ones count as if they had been."""
    served = [(f"s{n:03}", MONDAY - 9 * DAY, "x", None) for n in range(200)]
    held = [(f"h{n:03}", MONDAY - 9 * DAY, "none", "x") for n in range(400)]
    found = taken_up(decided(*served, *held), answered(*((f"d{n}", "dismissed") for n in range(100))))
    assert found.filter(~pl.col("withheld")).height == 100
    assert 160 <= found.filter("withheld").height <= 240
    assert not found.filter("withheld")["worked_on"].any()
