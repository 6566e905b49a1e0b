"""Accounts that are older than telemetry: what they did before it began is unknown, and not nothing."""

from __future__ import annotations

from datetime import date

import pytest

from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, accounts, contract, events, value_of

BEGAN = JUNE_1 - 100 * DAY
OLD, NEW = accounts("acme", since=JUNE_1 - 1000 * DAY), accounts("acme", since=BEGAN)
RULES = UsageRules(value_events=frozenset({"share"}), since=BEGAN.date())


def at(days: float, event: str, user: str, quantity: float = 1.0) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, event, user, quantity)


@pytest.mark.parametrize(
    ("name", "days"), [("days_to_first_event", 2), ("days_in_onboarding", 5), ("days_to_value", 3)]
)
def test_the_time_before_telemetry_is_no_onboarding(name: str, days: int) -> None:
    """An account of 1,000 days is no slow one: how its beginning was nobody saw."""
    seen = events(at(98, "open", "ada"), at(95, "share", "ada"))
    assert value_of(name, accounts=OLD, events=seen, rules=RULES) is None
    assert value_of(name, accounts=NEW, events=seen, rules=RULES) == days
    assert value_of(name, accounts=NEW, rules=RULES) == (None if name == "days_to_value" else 100)


def test_users_who_came_four_weeks_after_telemetry_began_are_new() -> None:
    """Ada was seen on its second day and may be of any age; Bob came on the 29th, and took 6 days."""
    ada = [at(98, "open", "ada"), at(98, "share", "ada")]
    bob = [at(72, "open", "bob"), at(66, "share", "bob")]
    assert value_of("days_to_value", accounts=OLD, events=events(*ada, *bob), rules=RULES) == 6
    early = [at(73, "open", "bob"), at(66, "share", "bob")]
    assert value_of("days_to_value", accounts=OLD, events=events(*ada, *early), rules=RULES) is None


def test_nothing_lapsed_in_months_that_telemetry_does_not_tell_of() -> None:
    """Ten a month at 1 each since February 2024; telemetry from 10 March 2025: April's and May's are told."""
    monthly = contract(
        "acme", date(2024, 2, 1), date(2026, 2, 1), unit="credit", quantity=10.0, period="month", unit_price=1.0
    )
    used = events(at(JUNE_1.toordinal() - date(2025, 4, 5).toordinal(), "call", "ada", 7.0))
    rules = UsageRules(since=date(2025, 3, 10))
    assert value_of("lapsed_value", contracts=[monthly], events=used, rules=rules) == 3 + 10
    assert value_of("lapsed_value", contracts=[monthly], events=used) == 15 * 10 + 3
