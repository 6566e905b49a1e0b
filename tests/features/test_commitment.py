"""Commitments: when units run out, what lapses and what overage costs, by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest

from consumption.features.rules import Meter, UsageRules
from tests.features.small import DAY, JUNE_1, contract, events, value_of

TODAY = JUNE_1.date()
YEAR_AGO = date(2024, 6, 1)
T_SQUARED = 1.6377**2


def term(ahead: int, quantity: float, **columns: object) -> dict[str, Any]:
    """A contract of acme for so many credits, begun 100 days ago, that ends in so many days."""
    usual = {"unit": "credit", "quantity": quantity, "arr": 1000.0}
    return contract("acme", TODAY - 100 * DAY, TODAY + ahead * DAY, **(usual | columns))


def weekly(*used: float) -> Any:
    """Events of acme: so much used in the middle of each week, newest first."""
    return events(*(("acme", JUNE_1 - (4 + 7 * k) * DAY, "call", "a", amount) for k, amount in enumerate(used)))


def runs_out(used: Any, *terms: dict[str, Any]) -> tuple[object, ...]:
    """Days to exhaustion, earliest and latest."""
    names = ("days_to_exhaustion", "days_to_exhaustion_low", "days_to_exhaustion_high")
    return tuple(value_of(name, events=used, contracts=terms) for name in names)


def test_steady_use_leaves_no_doubt() -> None:
    """70 a week, 280 of 1,000 used: 720 left last 72 days, give or take nothing."""
    assert runs_out(weekly(70, 70, 70, 70), term(100, 1000)) == (72, 72, 72)


def test_uneven_use_gives_an_interval() -> None:
    """Weeks of 40, 100, 60 and 80: the days at which 10 d = 720 + or - t sqrt(v (d + d²/28)).

    The variance of a week is 2000/3, that of a day a seventh of it. Both days solve the equation they come from, and
    the expected one lies between.
    """
    days, low, high = runs_out(weekly(40, 100, 60, 80), term(100, 1000))
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert days == 72
    assert low < 72 < high
    v = 2000 / 3 / 7
    for day, side in ((low, 1), (high, -1)):
        assert 10 * day + side * math.sqrt(T_SQUARED * v * (day + day**2 / 28)) == pytest.approx(720)


def test_use_that_may_as_well_stop_has_no_latest_day() -> None:
    """All of four weeks' use in one of them tells nothing about the end, and little about the beginning."""
    days, low, high = runs_out(weekly(0, 280, 0, 0), term(100, 1000))
    assert (days, high) == (72, None)
    assert isinstance(low, float)
    assert 0 < low < 40


def test_units_that_are_gone_run_out_today() -> None:
    """1,200 of 1,000 used."""
    assert runs_out(weekly(300, 300, 300, 300), term(100, 1000)) == (0, 0, 0)


def test_a_contract_younger_than_four_weeks_has_no_interval() -> None:
    """Two weeks of 70 tell a rate of 10 a day, and nothing about how it varies."""
    young = contract("acme", TODAY - 14 * DAY, TODAY + 90 * DAY, unit="credit", quantity=1000.0)
    assert runs_out(weekly(70, 70), young) == (86, None, None)


def test_the_interval_belongs_to_the_contract_that_runs_out_first() -> None:
    """Of two products, the one with 36 days left."""
    terms = [term(100, 1000, product="a"), term(100, 640, product="b", contract_id="b")]
    used = events(*(("acme", JUNE_1 - (4 + 7 * k) * DAY, "call", "a", 70.0, p) for k in range(4) for p in "ab"))
    assert runs_out(used, *terms) == (36, 36, 36)


def test_a_pot_holds_what_earlier_months_left() -> None:
    """140 or 170 a month roll over from April on, and 280 were used in May.

    On the first of June there are 3 x 140 - 280 = 140, for 14 days at 10 a day; or 3 x 170 - 280 = 230, for 23.
    """
    year = {"period": "month", "rolls_over": True, "unit": "credit"}
    pots = [contract("acme", date(2025, 4, 1), date(2026, 1, 1), quantity=q, **year) for q in (140.0, 170.0)]
    assert [runs_out(weekly(70, 70, 70, 70), pot)[0] for pot in pots] == [14, 23]


def test_a_pot_that_is_filled_in_time_lasts_longer() -> None:
    """200 a month: 320 are there on the first of June, for 32 days; July's 200 come after 30, and last to day 52.

    August's come too late.
    """
    year = {"period": "month", "rolls_over": True, "unit": "credit"}
    pot = contract("acme", date(2025, 4, 1), date(2026, 1, 1), quantity=200.0, **year)
    assert runs_out(weekly(70, 70, 70, 70), pot)[0] == 52


def test_overage_and_breakage_are_told_in_money() -> None:
    """280 used in 100 days and 10 a day for 100 more: 1,280, of 1,000 or of 1,500.

    A unit costs 2; beyond those bought 3, or as much as the others where the contract does not say.
    """
    used = weekly(70, 70, 70, 70)
    priced = {"unit_price": 2.0, "overage_price": 3.0}
    assert value_of("overage_value", events=used, contracts=[term(100, 1000, **priced)]) == 840
    assert value_of("overage_value", events=used, contracts=[term(100, 1000, unit_price=2.0)]) == 560
    assert value_of("breakage_value", events=used, contracts=[term(100, 1500, **priced)]) == 440
    assert value_of("breakage_value", events=used, contracts=[term(100, 1000, **priced)]) == 0


def test_overage_of_a_level_is_told_at_a_years_price() -> None:
    """15 licences are reported where 10 were bought: 5 at 100 a year, or 12 times 10 a month, or 300 beyond those.

    Where the contract names no price, at 12,000 for ten.
    """
    rules = UsageRules(meters={"licence": Meter(("report",), "last")})
    told = events(("acme", JUNE_1 - DAY, "report", None, 15.0, "desk"))

    def beyond(**columns: object) -> object:
        held = contract("acme", YEAR_AGO, TODAY + 90 * DAY, unit="licence") | columns
        return value_of("overage_value", events=told, contracts=[held], rules=rules)

    assert beyond(unit_price=100.0) == 500
    assert beyond(unit_price=10.0, period="month") == 600
    assert beyond(unit_price=100.0, overage_price=300.0) == 1500
    assert beyond() == 6000
    assert beyond(quantity=20.0) == 0
    # What is held now is known on the first day.
    assert beyond(unit_price=100.0, starts_on=TODAY) == 500


def test_overage_of_seats_is_told_in_money() -> None:
    """Three users on one seat of 12,000 a year: two more seats; breakage is of what is used up only."""
    three = events(*(("acme", JUNE_1 - DAY, "open", user, 1.0, "desk") for user in "abc"))
    seat = [contract("acme", YEAR_AGO, TODAY + 90 * DAY, quantity=1.0)]
    assert value_of("overage_value", events=three, contracts=seat) == 24_000
    assert value_of("breakage_value", events=three, contracts=seat) is None


def test_a_price_that_the_contract_does_not_name_is_reckoned() -> None:
    """1,000 a year for 100 a month is 1,000 / 1,200 a unit; for 1,000 in 200 days it is 1,000 / 1,825."""
    used = weekly(0, 0, 0, 0)
    monthly = term(100, 100, period="month")
    left = value_of("breakage_value", events=used, contracts=[monthly])
    assert left == pytest.approx(100 * 1000 / 1200)
    whole = value_of("breakage_value", events=used, contracts=[term(100, 1000)])
    assert whole == pytest.approx(1000 * 1000 / (1000 * 365 / 200))


def test_a_used_unit_costs_what_was_paid_for_it() -> None:
    """Half of the term has passed and a quarter of the units is used: each has cost twice its price."""
    assert value_of("price_per_used_unit", events=weekly(0, 250), contracts=[term(100, 1000, unit_price=2.0)]) == 4
    assert value_of("price_per_used_unit", contracts=[term(100, 1000, unit_price=2.0)]) is None
    seats = [contract("acme", YEAR_AGO, TODAY + 90 * DAY)]
    assert value_of("price_per_used_unit", events=weekly(1), contracts=seats) is None


def test_the_renewal_is_told_apart_from_the_decision() -> None:
    """A term that ends in 100 days with 60 of notice: 100 to the one, 40 to the other."""
    terms = [contract("acme", YEAR_AGO, TODAY + 100 * DAY, auto_renews=True, notice_days=60)]
    assert value_of("days_to_renewal", contracts=terms) == 100
    assert value_of("days_to_decision", contracts=terms) == 40
    assert value_of("days_to_renewal", as_of=JUNE_1 + 41 * DAY, contracts=terms) == 59


def test_seats_and_units_make_one_gap() -> None:
    """A seat contract of 3,000 with nine of ten idle, a credit contract of 1,000 used up: .9 x 3 / 4 of the value."""
    terms = [
        contract("acme", YEAR_AGO, TODAY + 90 * DAY, product="a", arr=3000.0),
        term(1, 100, product="b", contract_id="b"),
    ]
    used = events(("acme", JUNE_1 - DAY, "open", "ada", 1.0, "a"), ("acme", JUNE_1 - 50 * DAY, "x", "", 200.0, "b"))
    assert value_of("consumption_gap", events=used, contracts=terms) == pytest.approx(0.9 * 3 / 4)


def test_what_lapsed_is_counted_for_each_period_that_is_over() -> None:
    """Of 10 a month at 1 each, 7, 12 and nothing were used: 3 + 0 + 10 have lapsed."""
    begins = TODAY - timedelta(days=100)
    monthly = contract(
        "acme", begins, date(2026, 2, 21), unit="credit", quantity=10.0, period="month", unit_price=1.0
    )
    rows = [("acme", JUNE_1 - days * DAY, "call", "a", q) for days, q in ((100, 7.0), (70, 12.0), (5, 4.0))]
    assert begins == date(2025, 2, 21)
    assert value_of("lapsed_value", events=events(*rows), contracts=[monthly]) == 13
