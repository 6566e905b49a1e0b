"""Trend: a fall that the season explains, and an account too young to be compared with its past."""

from __future__ import annotations

import math

import pytest

from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, accounts, events, value_of

VALUE = UsageRules(value_events=frozenset({"share"}))


def at(days: float, *rest: object) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, *(rest or ("open", "ada")))


LONG_AGO = at(600)


def test_a_fall_that_last_years_weeks_had_too_is_the_season() -> None:
    """Seven events after fifteen, and a year ago three after seven: the same halving, and nothing beyond it."""
    seen = events(
        LONG_AGO, *[at(1)] * 7, *[at(29)] * 15, *[at(365)] * 3, *[at(393)] * 7
    )  # fmt: skip
    old = accounts("acme", since=JUNE_1 - 700 * DAY)
    assert value_of("events_trend_28d", accounts=old, events=seen) == math.log(8 / 16)
    assert value_of("events_trend_last_year_28d", accounts=old, events=seen) == math.log(4 / 8)
    assert value_of("events_trend_beyond_season_28d", accounts=old, events=seen) == 0


def test_a_fall_in_a_season_that_rises_is_worse_than_it_looks() -> None:
    """Even use where last year's doubled: a halving beyond the season."""
    seen = events(LONG_AGO, *[at(1)] * 3, *[at(29)] * 3, *[at(365)] * 7, *[at(393)] * 3)
    old = accounts("acme", since=JUNE_1 - 700 * DAY)
    assert value_of("events_trend_beyond_season_28d", accounts=old, events=seen) == pytest.approx(-math.log(2))


def test_without_last_year_the_season_is_unknown() -> None:
    """Neither an account that was not there, nor one that was silent in both windows, tells of a season."""
    this_year = events(*[at(1)] * 3, *[at(29)] * 7)
    young = accounts("acme", since=JUNE_1 - 380 * DAY)
    for name in ("events_trend_last_year_28d", "events_trend_beyond_season_28d"):
        assert value_of(name, accounts=young, events=events(*[at(1)] * 3, *[at(365)] * 7)) is None
        assert value_of(name, accounts=accounts("acme", since=JUNE_1 - 700 * DAY), events=this_year) is None


def test_the_window_before_is_taken_by_the_days_an_account_lived() -> None:
    """Two events in 28 days after one in the account's first seven: 1 in 7 days is 4 in 28, so log(3 / 5)."""
    seen = events(at(1), at(2), at(30))
    young = accounts("acme", since=JUNE_1 - 35 * DAY)
    assert value_of("events_trend_28d", accounts=young, events=seen) == math.log(3 / 5)
    old = accounts("acme", since=JUNE_1 - 56 * DAY)
    assert value_of("events_trend_28d", accounts=old, events=seen) == math.log(3 / 2)


def test_less_than_a_week_of_a_window_is_no_rate() -> None:
    """Six days are too few to compare with; so are none."""
    seen = events(at(1), at(2), at(30))
    for days in (34, 28, 10):
        young = accounts("acme", since=JUNE_1 - days * DAY)
        assert value_of("events_trend_28d", accounts=young, events=seen.head(2)) is None
    week_old = accounts("acme", since=JUNE_1 - 13 * DAY)
    assert value_of("events_trend_7d", accounts=week_old, events=seen.head(2)) is None
    assert value_of("events_trend_7d", accounts=accounts("acme", since=JUNE_1 - 14 * DAY), events=seen) == math.log(3)


def test_people_are_compared_only_with_a_whole_window() -> None:
    """Distinct users do not grow in step with days, so half a window says nothing of a whole one."""
    seen = events(at(1), at(30))
    assert value_of("active_users_trend_28d", accounts=accounts("acme", since=JUNE_1 - 55 * DAY), events=seen) is None
    assert value_of("active_users_trend_28d", accounts=accounts("acme", since=JUNE_1 - 56 * DAY), events=seen) == 0


def test_an_account_begins_with_its_first_event_where_it_was_written_down_late() -> None:
    """Created in the books twenty days ago, in use for sixty: it lived in both windows."""
    late = accounts("acme", since=JUNE_1 - 20 * DAY)
    assert value_of("events_trend_28d", accounts=late, events=events(at(1), at(30), at(60))) == 0
    assert value_of("events_trend_28d", accounts=late, events=events(at(1), at(25))) is None


def test_value_events_of_a_young_account_are_a_rate_too() -> None:
    """One value event in the 12 weeks, one in the six weeks before that it lived: two in 12, so log(2 / 3)."""
    young = accounts("acme", since=JUNE_1 - 126 * DAY)
    seen = events(at(1, "share", "ada"), at(100, "share", "ada"))
    found = value_of("value_events_trend_84d", accounts=young, events=seen, rules=VALUE)
    assert found == pytest.approx(math.log(2 / 3))


def test_last_years_weeks_are_a_rate_of_the_days_there_were() -> None:
    """The account began in the middle of last year's weeks: one event in 14 days is two in 28."""
    young = accounts("acme", since=JUNE_1 - 378 * DAY)
    seen = events(at(1), at(370))
    assert value_of("events_against_last_year_28d", accounts=young, events=seen) == math.log(2 / 3)


def test_an_account_that_ends_inside_a_window_falls() -> None:
    """Its silence after the end counts: nothing is scaled up for days that are over."""
    seen = events(*(at(d) for d in range(20, 57)))
    ended = [{
        "contract_id": "c", "account_id": "acme", "product": "desk", "starts_on": (JUNE_1 - 300 * DAY).date(),
        "ends_on": (JUNE_1 - 20 * DAY).date(), "quantity": 5.0, "arr": 1.0,
    }]  # fmt: skip
    assert value_of("events_trend_28d", events=seen, contracts=ended) == math.log(10 / 29)
    assert value_of("events_28d", events=seen, contracts=ended) == 9
    assert value_of("products_owned", events=seen, contracts=ended) is None
