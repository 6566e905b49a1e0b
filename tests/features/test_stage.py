"""Where in its journey an account is: by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from consumption.features.rules import UsageRules
from consumption.features.stage import STAGES, journey
from consumption.features.stage_frames import RENEW_DAYS, STEPS
from tests.features.small import DAY, JUNE_1, accounts, contract, events, history, value_of

BEGAN = JUNE_1 - 100 * DAY
VALUE = UsageRules(value_events=frozenset({"share"}))
# Three people: they open on days 1, 2, 3 after the beginning, and share on days 10, 20, 30.
THREE = events(
    *(("acme", BEGAN + day * DAY, "open", user) for day, user in ((1, "ada"), (2, "bob"), (3, "cem"))),
    *(("acme", BEGAN + day * DAY, "share", user) for day, user in ((10, "ada"), (20, "bob"), (30, "cem"))),
)


def on(days: int) -> date:
    """So many days before (or, below zero, after) the first of June."""
    return (JUNE_1 - days * DAY).date()


def stage_of(
    seen: pl.DataFrame, *contracts: dict[str, Any], as_of: datetime = JUNE_1, rules: UsageRules = VALUE
) -> tuple[object, object]:
    """The stage of acme, and the days in it."""
    tables: dict[str, Any] = {"accounts": accounts("acme", since=BEGAN), "events": seen}
    if contracts:
        tables["contracts"] = list(contracts)
    stage, days = (value_of(name, as_of=as_of, rules=rules, **tables) for name in ("stage", "stage_days"))
    return stage, days


def long(**columns: object) -> dict[str, Any]:
    """A contract that is decided in 300 days."""
    return contract("acme", on(100), on(-300), **columns)


def test_an_account_lands_until_it_reaches_value() -> None:
    """Opening is no value: 100 days of landing, since it began."""
    assert stage_of(THREE.filter(event="open"), long()) == ("land", 100)
    assert stage_of(events(), long()) == ("land", 100)


def test_it_adopts_from_the_first_value_and_expands_from_the_third_person_with_it() -> None:
    """Days 10 and 30 after the beginning, 100 days ago; the day itself is seen from the next one on."""
    assert stage_of(THREE.filter(pl.col("timestamp") < BEGAN + 25 * DAY), long()) == ("adopt", 90)
    assert stage_of(THREE, long()) == ("expand", 70)
    assert stage_of(THREE, long(), as_of=BEGAN + 30 * DAY) == ("adopt", 20)
    assert stage_of(THREE, long(), as_of=BEGAN + 31 * DAY) == ("expand", 1)


def test_any_event_is_value_where_none_is_declared() -> None:
    """Ada's first event was on day 1, the third person's on day 3; machines count as people do."""
    assert stage_of(THREE, long(), rules=UsageRules()) == ("expand", 97)
    machines = THREE.with_columns(asset_id=pl.col("user_id"), user_id=pl.lit(None, pl.String))
    assert stage_of(machines, long()) == ("expand", 70)


def test_it_renews_in_the_quarter_before_the_decision() -> None:
    """A term that ends in 91 days has renewed since today; in 92 not yet; whatever use there is."""
    assert stage_of(THREE, contract("acme", on(100), on(-RENEW_DAYS))) == ("renew", 0)
    assert stage_of(THREE, contract("acme", on(100), on(-RENEW_DAYS - 1)))[0] == "expand"
    assert stage_of(events(), contract("acme", on(100), on(-1))) == ("renew", 90)


def test_the_day_for_notice_is_what_decides() -> None:
    """Ends in 120 days with 60 days of notice: decided in 60, so it has renewed for 31 days."""
    running = contract("acme", on(100), on(-120), auto_renews=True, notice_days=60)
    assert stage_of(THREE, running) == ("renew", 31)


def test_a_short_term_renews_from_its_beginning_on() -> None:
    """A month's contract, begun 10 days ago, cannot renew for longer than it runs."""
    assert stage_of(THREE, contract("acme", on(10), on(-20))) == ("renew", 10)


def test_after_a_renewal_it_is_back_where_it_was_from_that_day_on() -> None:
    """The term before ended 40 days ago; another product bought later renews nothing."""
    terms = [contract("acme", on(100), on(40)), contract("acme", on(40), on(-300))]
    other = contract("acme", on(5), on(-300), product="lab", contract_id="x")
    assert stage_of(THREE, *terms) == ("expand", 40)
    assert stage_of(THREE, *terms, other) == ("expand", 40)
    assert stage_of(events(), *terms) == ("land", 100)


def test_it_renews_itself_when_the_day_for_notice_has_passed() -> None:
    """Decided 5 days ago, in force for 55 more: back where it was since the day after; with notice it is leaving."""
    running = contract("acme", on(100), on(-55), auto_renews=True, notice_days=60)
    assert stage_of(THREE, running) == ("expand", 4)
    assert stage_of(THREE, running | {"notice_given_on": on(20)}) == ("renew", 96)


def test_who_has_left_has_no_stage() -> None:
    """All contracts have ended; without any contract ever, use alone tells."""
    assert stage_of(THREE, contract("acme", on(100), on(1))) == (None, None)
    assert stage_of(THREE) == ("expand", 70)


def test_the_date_entered_can_be_read() -> None:
    """With each step of the journey; without a stage it is unknown, and the steps are there all the same."""
    told = history(accounts=accounts("acme", since=BEGAN), events=THREE, contracts=[long()])
    rows = journey(told, JUNE_1, VALUE).select("account_id", "stage", "entered_on").unique()
    assert rows.rows() == [("acme", "expand", (BEGAN + 30 * DAY).date())]
    assert rows["stage"][0] in STAGES
    left = history(accounts=accounts("acme", since=BEGAN), events=THREE, contracts=[contract("acme", on(100), on(1))])
    gone = journey(left, JUNE_1, VALUE)
    assert gone.select("stage", "entered_on").unique().rows() == [(None, None)]
    assert gone["reached_on"].count() > 0


PRODUCTS = [{"product": "desk", "core_features": "share; print", "received_at": BEGAN}]


def steps_of(seen: pl.DataFrame, **tables: Any) -> tuple[object, object]:
    """Steps passed and missed by acme."""
    given: dict[str, Any] = {"accounts": accounts("acme", since=BEGAN), "events": seen, "contracts": [long()]}
    passed, missed = (value_of(name, rules=VALUE, **(given | tables)) for name in ("steps_passed", "steps_missed"))
    return passed, missed


def test_steps_are_passed_or_missed_by_their_day() -> None:
    """After 100 days all but five features; the second product is not due before a year."""
    assert steps_of(THREE, products=PRODUCTS) == (5, 1)
    assert steps_of(events(), products=PRODUCTS) == (0, 6)


def test_a_step_that_cannot_be_taken_is_neither() -> None:
    """No core feature is known, or no contract at all."""
    assert steps_of(THREE) == (4, 1)
    assert steps_of(THREE, contracts=[]) == (4, 1)
    assert steps_of(events(), contracts=[]) == (0, 5)


def test_the_journey_says_when_each_step_was_reached() -> None:
    """And when it was due: as many days after the beginning as its definition says."""
    second = contract("acme", on(7), on(-300), product="lab", contract_id="x")
    told = history(
        accounts=accounts("acme", since=BEGAN), events=THREE, contracts=[long(), second], products=PRODUCTS
    )
    rows = {row["step"]: row for row in journey(told, JUNE_1, VALUE).iter_rows(named=True)}
    reached = {name: row["reached_on"] and (row["reached_on"] - BEGAN.date()).days for name, row in rows.items()}
    assert reached == {
        "first_event": 1, "first_value": 10, "three_users": 3, "core_feature": 10, "three_with_value": 30,
        "five_features": None, "second_product": 93,
    }  # fmt: skip
    assert [rows[step.name]["due_on"] - BEGAN.date() for step in STEPS] == [
        timedelta(days=step.due_days) for step in STEPS
    ]
    assert [name for name, row in rows.items() if row["is_missed"]] == ["five_features"]
