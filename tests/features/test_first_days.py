"""The first days of a period, of a term and of a customer: what is known of use then, and what is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from consumption.features.rules import Meter, UsageRules
from tests.features.small import DAY, JUNE_1, contract, events, value_of

TODAY = JUNE_1.date()
BY_RATE = (
    "projected_utilisation", "idle_value", "consumption_gap", "breakage_value", "overage_value", "days_to_exhaustion",
)  # fmt: skip


def bundle(starts_on: date, ends_on: date, quantity: float, **columns: object) -> dict[str, Any]:
    """A contract of acme for so many credits, 3,600 a year."""
    return contract("acme", starts_on, ends_on, unit="credit", quantity=quantity, arr=3600.0) | columns


def daily(amount: float, days: int, *, before: int = 0) -> pl.DataFrame:
    """So much used on each of the last days, or of those before."""
    return events(*(("acme", JUNE_1 - (before + d) * DAY, "call", "ada", amount) for d in range(1, days + 1)))


def by_rate(used: pl.DataFrame, *terms: dict[str, Any], **more: Any) -> list[object]:
    """All that depends on the rate of use."""
    return [value_of(name, events=used, contracts=terms, **more) for name in BY_RATE]


def test_the_first_day_of_a_period_is_not_unused() -> None:
    """9 a day were used, of 300 a month at 1 each: June's 30 days will use 270, nine tenths; 300 last 33 days."""
    monthly = bundle(date(2025, 1, 1), date(2026, 1, 1), 300, period="month")
    assert by_rate(daily(9, 120), monthly) == pytest.approx([0.9, 360, 0.1, 30, 0, 300 / 9])
    assert value_of("unit_utilisation", events=daily(9, 120), contracts=[monthly]) == 0


def test_the_first_day_of_a_renewed_term_is_not_unused() -> None:
    """The same of 3,650 for each of two years: 9 of 10 a day; what the last year used is not of this one."""
    terms = [bundle(date(2025 - k, 6, 1), date(2026 - k, 6, 1), 3650, contract_id=f"c{k}") for k in (0, 1)]
    price = 3600 / 3650
    assert by_rate(daily(9, 120), *terms) == pytest.approx([0.9, 360, 0.1, 365 * price, 0, 3650 / 9])
    assert value_of("unit_utilisation", events=daily(9, 120), contracts=terms) == 0


def test_what_was_never_used_is_unused_on_the_first_day_too() -> None:
    """Four weeks of the term before tell that nothing is used."""
    terms = [bundle(date(2025 - k, 6, 1), date(2026 - k, 6, 1), 3650) for k in (0, 1)]
    assert value_of("idle_value", contracts=terms) == 3600
    assert value_of("consumption_gap", contracts=terms) == 1


def test_fewer_than_seven_days_tell_no_rate() -> None:
    """10 a day since a contract's first day, 6 days ago: unknown, not 0; a day later 100 days come to 1,000."""
    six, seven = (bundle(TODAY - days * DAY, TODAY + (100 - days) * DAY, 1000) for days in (6, 7))
    assert by_rate(daily(10, 6), six) == [None] * 6
    assert value_of("unit_utilisation", events=daily(10, 6), contracts=[six]) == 0.06
    assert by_rate(daily(10, 7), seven) == [1, 0, 0, 0, 0, 93]


def test_use_before_the_first_contract_tells_the_rate() -> None:
    """Tried out for 10 days at 10 a day, and bought today; 6 days are too few."""
    bought = bundle(TODAY, TODAY + 100 * DAY, 1000)
    assert value_of("projected_utilisation", events=daily(10, 10), contracts=[bought]) == 1
    assert value_of("projected_utilisation", events=daily(10, 6), contracts=[bought]) is None


def test_a_customer_who_returns_has_no_rate_yet() -> None:
    """The contract of a year ago, and what was used of it, tell nothing about the one that begins today."""
    terms = [
        bundle(TODAY - 400 * DAY, TODAY - 300 * DAY, 1000, contract_id="old"),
        bundle(TODAY, TODAY + 100 * DAY, 1000),
    ]
    assert by_rate(daily(10, 50, before=310), *terms) == [None] * 6


def test_what_else_the_account_bought_tells_no_rate_of_it() -> None:
    """Another product has been in use for long; of this one nothing is known on its third day."""
    used = events(*(("acme", JUNE_1 - d * DAY, "call", "ada", 1.0, "other") for d in range(1, 60)))
    terms = [
        bundle(TODAY - 90 * DAY, TODAY + 90 * DAY, 1000, product="other", contract_id="o"),
        bundle(TODAY - 3 * DAY, TODAY + 90 * DAY, 1000, arr=100.0),
    ]
    assert value_of("consumption_gap", events=used, contracts=terms[1:]) is None
    assert value_of("consumption_gap", events=used, contracts=terms) == pytest.approx(1 - (59 + 28 / 28 * 90) / 1000)


def test_a_counter_was_running_before_its_first_rise() -> None:
    """It showed 100 forty days ago and 128 ten days ago: 28 in the four weeks, and not in ten days."""
    rules = UsageRules(meters={"credit": Meter(("read",), "counter")})
    read = events(*(("acme", JUNE_1 - d * DAY, "read", None, q, None, "m1") for d, q in ((40, 100.0), (10, 128.0))))
    bought = bundle(TODAY, TODAY + 100 * DAY, 200)
    assert value_of("projected_utilisation", events=read, contracts=[bought], rules=rules) == 0.5


def test_seats_are_not_idle_in_their_first_week() -> None:
    """One of ten people has come on the sixth day; a day later nine seats are idle."""
    came = events(("acme", JUNE_1 - 5 * DAY, "open", "ada"))
    six, seven = (contract("acme", TODAY - days * DAY, TODAY + 90 * DAY) for days in (6, 7))
    assert value_of("seat_utilisation_28d", events=came, contracts=[six]) == 0.1
    assert value_of("idle_value", events=came, contracts=[six]) is None
    assert value_of("consumption_gap", events=came, contracts=[six]) is None
    assert value_of("idle_value", events=came, contracts=[seven]) == pytest.approx(0.9 * 12_000)
