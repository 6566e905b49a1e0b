"""Entitlement, commitment and meters, by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest

from consumption.features.rules import Meter, UsageRules, WrongMeter
from tests.features.small import DAY, JUNE_1, accounts, contract, events, value_of

TODAY = JUNE_1.date()
YEAR_AHEAD, YEAR_AGO = date(2026, 6, 1), date(2024, 6, 1)


def at(days: float, *rest: object) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, *rest)


def test_an_account_renewed_on_as_of_is_in_force_on_as_of() -> None:
    """The old term ends and the new begins on the day: the new one counts, and only it."""
    old = contract("acme", YEAR_AGO, TODAY, arr=10_000.0)
    new = contract("acme", TODAY, YEAR_AHEAD, arr=15_000.0, quantity=20.0)
    assert value_of("arr", contracts=[old, new]) == 15_000
    assert value_of("seats_bought", contracts=[old, new]) == 20
    assert value_of("arr", contracts=[old]) is None


def test_a_contract_cancelled_later_is_in_force_now() -> None:
    """Before it comes, its early end is not known."""
    cut = [contract("acme", YEAR_AGO, YEAR_AHEAD, ended_on=TODAY)]
    assert value_of("arr", contracts=cut) is None
    assert value_of("arr", as_of=JUNE_1 - DAY, contracts=cut) == 12_000


def test_a_renewal_that_was_received_late_was_not_known() -> None:
    """A contract in force on paper, entered a week later, is not part of that week's snapshots."""
    late = [contract("acme", TODAY - 3 * DAY, YEAR_AHEAD, received_at=JUNE_1 + DAY)]
    assert value_of("arr", contracts=late) is None
    assert value_of("arr", as_of=JUNE_1 + 2 * DAY, contracts=late) == 12_000


def test_seat_utilisation_is_active_users_over_seats() -> None:
    """Three users in 28 days on ten seats; a user of another product, and of long ago, do not count."""
    seen = events(
        at(1, "open", "ada", 1, "desk"), at(28, "open", "bob", 1, "desk"), at(29, "open", "old", 1, "desk"),
        at(2, "open", "cyd", 1, None), at(2, "open", "eve", 1, "lab"), at(2, "sync", None, 1, "desk"),
    )  # fmt: skip
    running = [contract("acme", YEAR_AGO, YEAR_AHEAD)]
    assert value_of("seat_utilisation_28d", events=seen, contracts=running) == 0.3
    assert value_of("seat_utilisation_28d", events=seen) is None


def test_seats_of_several_contracts_add_up() -> None:
    """Two users of ten desk seats and one of ten lab seats: 3 / 20."""
    seen = events(at(1, "open", "a", 1, "desk"), at(1, "open", "b", 1, "desk"), at(1, "open", "a", 1, "lab"))
    running = [
        contract("acme", YEAR_AGO, YEAR_AHEAD),
        contract("acme", YEAR_AGO, YEAR_AHEAD, contract_id="lab", product="lab"),
    ]
    assert value_of("seat_utilisation_28d", events=seen, contracts=running) == 0.15


def test_without_products_in_events_all_events_count() -> None:
    """Events that name no product count for each of the account's contracts."""
    running = [contract("acme", YEAR_AGO, YEAR_AHEAD, unit="credit", quantity=100.0)]
    assert value_of("unit_utilisation", events=events(at(3, "call", "a", 40)), contracts=running) == 0.4


def test_a_summed_unit_counts_from_the_first_day_of_its_term() -> None:
    """What was used in the term before is not part of this one's."""
    term = contract("acme", TODAY - 100 * DAY, TODAY + 100 * DAY, unit="credit", quantity=100.0)
    seen = events(at(101, "call", "a", 70), at(100, "call", "a", 20), at(1, "call", "a", 5))
    assert value_of("unit_utilisation", events=seen, contracts=[term]) == 0.25
    assert value_of("pacing", events=seen, contracts=[term]) == 0.5


@pytest.mark.parametrize(
    ("period", "used"), [("term", 31.0), ("year", 15.0), ("quarter", 7.0), ("month", 3.0), (None, 31.0)]
)
def test_a_summed_unit_counts_from_the_first_day_of_its_period(period: str | None, used: float) -> None:
    """Years, quarters and months are counted from the contract's first day, here the 20th of January 2024."""
    begins = date(2024, 1, 20)
    term = contract("acme", begins, date(2027, 1, 20), unit="credit", quantity=100.0, period=period)
    days = (date(2024, 1, 20), date(2025, 1, 20), date(2025, 4, 20), date(2025, 5, 20), date(2025, 5, 31))
    rows = [
        ("acme", JUNE_1 - (TODAY - day), "call", "a", float(q)) for day, q in zip(days, (16, 8, 4, 2, 1), strict=True)
    ]
    old = accounts("acme", since=JUNE_1 - 900 * DAY)
    assert value_of("unit_utilisation", accounts=old, events=events(*rows), contracts=[term]) == used / 100


def test_a_month_begins_on_the_last_day_where_its_own_is_missing() -> None:
    """A contract of the 31st has a month that begins on the 28th of February."""
    term = contract("acme", date(2025, 1, 31), date(2026, 1, 31), unit="credit", period="month")
    march_1 = JUNE_1.replace(month=3)
    rows = [("acme", march_1 - 2 * DAY, "call", "a", 3.0), ("acme", march_1 - DAY, "call", "a", 2.0)]
    assert value_of("unit_utilisation", as_of=march_1, events=events(*rows), contracts=[term]) == 0.2


def test_only_the_events_of_a_meter_use_up_its_unit() -> None:
    """Settings name the events; others leave the unit alone."""
    rules = UsageRules(meters={"credit": Meter(("call",), "sum")})
    term = [contract("acme", YEAR_AGO, YEAR_AHEAD, unit="credit", quantity=10.0)]
    seen = events(at(3, "call", "a", 4), at(3, "open", "a", 100))
    assert value_of("unit_utilisation", events=seen, contracts=term, rules=rules) == 0.4


def test_a_counter_adds_up_its_rises_and_survives_a_reset() -> None:
    """Readings 100, 130 before the term; 150, then reset to 10, then 40: 20 + 10 + 30 in the term."""
    rules = UsageRules(meters={"hour": Meter(("hours",), "counter")})
    term = [contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, unit="hour", quantity=120.0)]
    readings = [(70, 100), (60, 130), (40, 150), (20, 10), (10, 40)]
    seen = events(*(at(days, "hours", None, value, None, "m1") for days, value in readings))
    assert value_of("unit_utilisation", events=seen, contracts=term, rules=rules) == 0.5


def test_counters_of_machines_are_told_apart() -> None:
    """Two machines with their own readings: 5 and 10 hours, not the differences between them."""
    rules = UsageRules(meters={"hour": Meter(("hours",), "counter")})
    term = [contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, unit="hour", quantity=30.0)]
    seen = events(
        at(9, "hours", None, 1000, None, "m1"), at(8, "hours", None, 10, None, "m2"),
        at(7, "hours", None, 1005, None, "m1"), at(6, "hours", None, 20, None, "m2"),
    )  # fmt: skip
    assert value_of("unit_utilisation", events=seen, contracts=term, rules=rules) == 0.5


def test_a_gauge_shows_its_last_reading() -> None:
    """A disk at 80 that was cleared to 30 idles at 70 %; storage is a level, not a sum."""
    rules = UsageRules(meters={"gigabyte": Meter(("disk",), "last")})
    term = [contract("acme", YEAR_AGO, YEAR_AHEAD, unit="gigabyte", quantity=100.0, arr=1000.0)]
    seen = events(at(200, "disk", None, 80), at(100, "disk", None, 30))
    assert value_of("idle_value", events=seen, contracts=term, rules=rules) == 700
    assert value_of("unit_utilisation", events=seen, contracts=term, rules=rules) is None


def test_assets_are_counted_by_reporting() -> None:
    """The unit `asset` counts machines active in 28 days."""
    term = [contract("acme", YEAR_AGO, YEAR_AHEAD, unit="asset", quantity=4.0, arr=1000.0)]
    seen = events(
        at(3, "run", None, 1, None, "m1"), at(4, "run", None, 1, None, "m2"), at(40, "run", None, 1, None, "m3")
    )
    assert value_of("idle_value", events=seen, contracts=term) == 500


def test_use_is_projected_at_the_recent_rate() -> None:
    """28 units in the last 28 days, 50 days to go: 28 + 50 of 100; at one a day 72 units last 72 days."""
    term = [contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, unit="credit", quantity=100.0, overage_price=2.0)]
    seen = events(*(at(day, "call", "a", 1) for day in range(1, 29)))
    assert value_of("projected_utilisation", events=seen, contracts=term) == 0.78
    assert value_of("days_to_exhaustion", events=seen, contracts=term) == 72
    assert value_of("overage_value", events=seen, contracts=term) == 0
    busy = events(*(at(day, "call", "a", 3) for day in range(1, 29)))
    assert value_of("overage_value", events=busy, contracts=term) == 2 * (84 + 150 - 100)


def test_utilisation_of_several_units_is_weighted_by_worth() -> None:
    """Nothing of 3,000 a year and all of 1,000 a year: a quarter."""
    term = [
        contract(
            "acme", YEAR_AGO, YEAR_AHEAD, contract_id="1", product="a", unit="credit", quantity=10.0, arr=3000.0
        ),
        contract("acme", YEAR_AGO, YEAR_AHEAD, contract_id="2", product="b", unit="call", quantity=10.0, arr=1000.0),
    ]
    assert value_of("unit_utilisation", events=events(at(3, "x", "a", 10, "b")), contracts=term) == 0.25


def test_the_decision_point_of_a_self_renewing_contract_is_its_notice() -> None:
    """A term that ends in 100 days with 60 days of notice is decided in 40; once that is past, not at all."""
    term = contract("acme", YEAR_AGO, TODAY + 100 * DAY, auto_renews=True, notice_days=60)
    assert value_of("days_to_decision", contracts=[term]) == 40
    assert value_of("days_to_decision", as_of=JUNE_1 + 41 * DAY, contracts=[term]) is None
    assert value_of("days_to_decision", contracts=[term | {"auto_renews": False}]) == 100
    assert value_of("ends_in_half_year", contracts=[term]) == 1
    assert value_of("ends_in_half_year", contracts=[contract("acme", YEAR_AGO, YEAR_AHEAD)]) == 0


def test_the_first_decision_point_of_several_counts() -> None:
    """Products owned are counted once; the nearest end decides."""
    terms = [
        contract("acme", YEAR_AGO, TODAY + 90 * DAY, contract_id="1"),
        contract("acme", YEAR_AGO, TODAY + 30 * DAY, contract_id="2", product="lab", auto_renews=True, arr=36_000.0),
        contract("acme", YEAR_AGO, TODAY + 60 * DAY, contract_id="3", product="lab"),
    ]
    assert value_of("days_to_decision", contracts=terms) == 30
    assert value_of("products_owned", contracts=terms) == 2
    assert value_of("auto_renewing_share", contracts=terms) == 0.6


def test_worth_is_held_against_a_year_ago() -> None:
    """Doubled in 52 weeks: log 2; unknown for one who was not there."""
    long_ago = TODAY - timedelta(days=500)
    grown = [
        contract("acme", long_ago, TODAY - 10 * DAY),
        contract("acme", TODAY - 10 * DAY, YEAR_AHEAD, arr=24_000.0),
    ]
    assert value_of("arr_trend", contracts=grown) == math.log(2)
    assert value_of("arr_trend", contracts=grown[1:]) is None


def test_wallet_and_price_per_user() -> None:
    """12,000 of 48,000 spent is a quarter; with two users a seat costs 6,000 a year."""
    rich = accounts("acme", yearly_spend=48_000.0)
    term = [contract("acme", YEAR_AGO, YEAR_AHEAD, quantity=1.0)]
    seen = events(at(1, "open", "a"), at(1, "open", "b"))
    assert value_of("share_of_wallet", accounts=rich, contracts=term) == 0.25
    assert value_of("price_per_user_28d", contracts=term, events=seen) == 6000
    assert value_of("users_beyond_seats_28d", contracts=term, events=seen) == 1


def test_assigned_seats_are_told_apart_from_bought_ones() -> None:
    """Of ten seats two are assigned, of those one is in use."""
    people = [
        {"contact_id": u, "account_id": "acme", "user_id": u, "seat_assigned_on": day, "left_on": None}
        for u, day in (("ada", TODAY - 5 * DAY), ("bob", TODAY - 9 * DAY), ("cyd", TODAY), ("dan", None))
    ]
    tables: dict[str, Any] = {
        "contacts": people,
        "contracts": [contract("acme", YEAR_AGO, YEAR_AHEAD)],
        "events": events(at(1, "x", "ada")),
    }
    assert value_of("seats_assigned_share", **tables) == 0.2
    assert value_of("assigned_seats_active", **tables) == 0.5


def test_a_meter_that_does_not_exist_is_refused() -> None:
    """The remedy lists the meters there are."""
    with pytest.raises(WrongMeter, match="distinct_users"):
        Meter(("call",), "average")  # type: ignore[arg-type] # what a file may say


def test_use_that_two_contracts_could_claim_counts_once() -> None:
    """Ten people on two contracts of ten seats each use half of the seats, not all of them."""
    seen = events(*(at(3, "open", f"u{n}", 1, "desk") for n in range(10)))
    both = [contract("acme", YEAR_AGO, YEAR_AHEAD, contract_id=name, quantity=10.0) for name in ("one", "two")]
    assert value_of("seat_utilisation_28d", events=seen, contracts=both) == 0.5
