"""Frequency, depth, breadth, trend and people, by hand."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from consumption.features.rules import UsageRules
from consumption.features.signal_set import attribute_signals
from tests.features.small import DAY, JUNE_1, MICROSECOND, accounts, events, value_of, values_of

VALUE = UsageRules(value_events=frozenset({"share"}), error_events=frozenset({"crash"}))


def at(days: float, *rest: object) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, *rest)


def test_a_signal_does_not_see_the_moment_it_is_computed_for() -> None:
    """Everything at or after as_of is the future, even by a microsecond."""
    seen = events(at(1, "export", "ada"), at(0, "export", "ada"))
    assert value_of("active_days_28d", events=seen) == 1
    assert value_of("active_days_28d", events=events(("acme", JUNE_1 - MICROSECOND, "export", "ada"))) == 1


def test_a_window_begins_with_its_first_moment() -> None:
    """An event exactly 28 days before as_of is in the window; one a microsecond earlier is not."""
    assert value_of("events_28d", events=events(at(28, "open", "ada"))) == 1
    assert value_of("events_28d", events=events(("acme", JUNE_1 - 28 * DAY - MICROSECOND, "open", "ada"))) == 0


def test_a_window_is_cut_at_the_time_of_day_of_the_moment() -> None:
    """As of noon, the window begins at noon."""
    noon = JUNE_1 + timedelta(hours=12)
    seen = events(("acme", noon - 28 * DAY, "open", "ada"), ("acme", noon - 28 * DAY - MICROSECOND, "open", "ada"))
    assert value_of("events_28d", as_of=noon, events=seen) == 1


def test_an_event_counts_from_when_it_was_received() -> None:
    """What happened in time and was received late is not known yet."""
    late = events(at(5, "open", "ada")).with_columns(received_at=JUNE_1)
    assert value_of("events_28d", events=late) == 0
    assert value_of("events_28d", as_of=JUNE_1 + MICROSECOND, events=late) == 1


def test_a_silent_account_still_has_a_row() -> None:
    """Silence is the loudest signal: no events is zero, not absence."""
    seen = events(at(1, "open", "ada"))
    both = accounts("acme", "quiet")
    assert values_of("active_users_28d", accounts=both, events=seen) == [1, 0]
    assert values_of("days_since_last_event", accounts=both, events=seen) == [0, 400]
    assert values_of("longest_silence_84d", accounts=both, events=seen) == [83, 84]


def test_active_users_are_people_not_machines() -> None:
    """Only named users count as users; events without one still count as events."""
    seen = events(at(1, "open", "ada"), at(2, "open", "ada"), at(3, "open", "bob"), at(3, "ping", None))
    assert value_of("active_users_28d", events=seen) == 2
    assert value_of("active_users_7d", events=seen) == 2
    assert value_of("events_28d", events=seen) == 4


def test_stickiness_is_the_share_of_days_an_active_user_comes() -> None:
    """Two users, three user-days in 28: 3 / (2 x 28)."""
    seen = events(at(1, "open", "ada"), at(2, "open", "ada"), at(2.5, "open", "bob"))
    assert value_of("stickiness_28d", events=seen) == 3 / 56


def test_a_power_user_comes_on_20_of_28_days() -> None:
    """One of two users came on 20 days."""
    seen = events(*(at(d, "open", "ada") for d in range(1, 21)), at(1, "open", "bob"))
    assert value_of("power_user_share_28d", events=seen) == 0.5


def test_time_between_use_is_a_median_of_gaps() -> None:
    """Days 20, 10, 8 and 1 before: 10, 2 and 7 days between them."""
    assert value_of("days_between_use_84d", events=events(*(at(d, "open", "a") for d in (20, 10, 8, 1)))) == 7
    assert value_of("days_between_use_84d", events=events(at(1, "open", "ada"))) is None


def test_silence_counts_before_the_first_day_and_after_the_last() -> None:
    """Of 84 days, active on the 61st and the 31st before: 23 days before, 29 between, 30 after."""
    assert value_of("longest_silence_84d", events=events(at(61, "open", "a"), at(31, "open", "a"))) == 30
    assert value_of("longest_silence_84d", events=events(at(31, "open", "a"))) == 53
    young = accounts("acme", since=JUNE_1 - 40 * DAY)
    assert value_of("longest_silence_84d", accounts=young, events=events(at(31, "open", "a"))) == 30


def test_value_is_unknown_until_it_is_declared() -> None:
    """Without value events in settings their count is unknown, not zero."""
    seen = events(at(1, "share", "ada"), at(2, "open", "bob"))
    assert value_of("value_events_28d", events=seen) is None
    assert value_of("value_events_28d", events=seen, rules=VALUE) == 1
    assert value_of("value_user_share_28d", events=seen, rules=VALUE) == 0.5
    assert value_of("stuck_user_share_28d", events=seen, rules=VALUE) == 0.5
    assert value_of("days_since_value_event", events=seen, rules=VALUE) == 0


def test_the_quantity_of_value_events_is_averaged() -> None:
    """Assessments scored 70 and 80, long ago one of 30; clicks do not count."""
    seen = events(
        at(1, "share", "a", 70), at(9, "share", "a", 80), at(200, "share", "a", 30), at(3, "open", "a", 900)
    )
    assert value_of("quantity_per_value_event_84d", events=seen, rules=VALUE) == 75
    assert value_of("quantity_per_value_event_ever", events=seen, rules=VALUE) == 60
    assert value_of("value_events_ever", events=seen, rules=VALUE) == 3


def test_quantities_are_exact() -> None:
    """A tenth, ten times, is one."""
    assert value_of("quantity_28d", events=events(*[at(1, "open", "a", 0.1)] * 10)) == 1.0


def test_equal_rows_are_events_of_their_own() -> None:
    """The same row twice happened twice."""
    assert value_of("events_28d", events=events(*[at(1, "open", "a")] * 2)) == 2


def test_breadth_counts_features_bought_and_used() -> None:
    """Of four features entitled one is used, of two core features one is not."""
    bought = [{"account_id": "acme", "contract_id": "c", "product": "desk", "starts_on": JUNE_1.date() - 90 * DAY,
               "ends_on": JUNE_1.date() + 90 * DAY, "quantity": 5.0, "arr": 1.0}]  # fmt: skip
    sold = [{"product": "desk", "core_features": "open;share", "entitled_features": "print; export",
             "received_at": JUNE_1 - 90 * DAY}]  # fmt: skip
    tables: dict[str, Any] = {"events": events(at(1, "open", "ada")), "contracts": bought, "products": sold}
    assert value_of("feature_breadth_84d", **tables) == 0.25
    assert value_of("core_features_untouched", **tables) == 1


def test_a_feature_is_new_once() -> None:
    """Used in the window, never before: one of two."""
    seen = events(at(1, "open", "a"), at(1, "share", "a"), at(29, "open", "a"))
    assert value_of("new_features_28d", events=seen) == 1
    assert value_of("top_feature_share_28d", events=seen) == 0.5
    assert value_of("user_breadth_28d", events=seen) == 1


def test_a_trend_is_the_log_ratio_to_the_window_before() -> None:
    """Three events in 28 days, one in the 28 before: log(4 / 2)."""
    seen = events(at(1, "open", "a"), at(2, "open", "a"), at(28, "open", "b"), at(29, "open", "a"))
    assert value_of("events_trend_28d", events=seen) == math.log(2)
    assert value_of("active_users_trend_28d", events=seen) == math.log(3 / 2)
    assert value_of("events_trend_7d", events=seen) == math.log(3)


def test_even_use_falls_in_equal_parts() -> None:
    """Of three events in four weeks one fell in the last; of six in twelve weeks three in the last four."""
    seen = events(*(at(d, "open", "a") for d in (1, 8, 15, 40, 50, 60)))
    assert value_of("last_week_share_28d", events=seen) == 1 / 3
    assert value_of("last_month_share_84d", events=seen) == 0.5
    assert value_of("last_week_share_28d", events=seen.tail(3)) is None


def test_last_year_is_52_weeks_ago() -> None:
    """The same weekdays a year ago; unknown where there was nothing."""
    seen = events(at(1, "open", "a"), at(365, "open", "a"), at(392, "open", "a"), at(393, "open", "a"))
    assert value_of("events_against_last_year_28d", events=seen) == math.log(2 / 3)
    assert value_of("events_against_last_year_28d", events=events(at(1, "open", "a"))) is None


def test_a_slope_is_not_moved_by_one_odd_week() -> None:
    """Weekly events that double each week have the slope log 2, whatever one week does."""
    rows = [at(7 * week + 1, "open", "a") for week in range(12) for _ in range(2 ** (11 - week) - 1)]
    assert value_of("events_slope", events=events(*rows)) == pytest.approx(math.log(2))
    odd = [at(7 * 5 + 1, "open", "a")] * 5000
    assert value_of("events_slope", events=events(*rows, *odd)) == pytest.approx(math.log(2), rel=0.01)


def test_a_week_is_held_against_the_weeks_before() -> None:
    """Usually two events a week, now eight: six above, in spreads of at least one."""
    usual = [at(7 * week + 2, "open", "a") for week in range(1, 26) for _ in range(2)]
    assert value_of("events_deviation", events=events(*usual, *[at(1, "open", "a")] * 8)) == 6


def test_a_young_account_has_only_the_weeks_it_lived() -> None:
    """Weeks before an account began are unknown, not zero."""
    young = accounts("acme", since=JUNE_1 - 21 * DAY)
    seen = events(*(at(d, "open", "a") for d in (1, 8, 15)))
    assert value_of("volatility", accounts=young, events=seen) == 0
    assert value_of("events_slope", accounts=young, events=seen) == 0


def test_users_come_go_and_return() -> None:
    """Ada stays, Bob is new, Cyd left, Dan came back after a pause."""
    seen = events(
        at(1, "open", "ada"), at(30, "open", "ada"), at(2, "open", "bob"), at(40, "open", "cyd"),
        at(3, "open", "dan"), at(90, "open", "dan"),
    )  # fmt: skip
    assert value_of("new_users_28d", events=seen) == 1
    assert value_of("lost_users_28d", events=seen) == 1
    assert value_of("returned_users_28d", events=seen) == 1


def test_the_busiest_user_may_carry_the_account() -> None:
    """Three of four events are Ada's; she was last seen five days ago."""
    seen = events(at(6, "open", "ada"), at(7, "open", "ada"), at(8, "open", "ada"), at(1, "open", "bob"))
    assert value_of("busiest_user_share_28d", events=seen) == 0.75
    assert value_of("busiest_user_silent_days", events=seen) == 5


def test_a_champion_is_silent_by_name() -> None:
    """Only contacts say who is a champion; one who has left is not waited for."""
    people = [
        {"contact_id": "1", "account_id": "acme", "user_id": "ada", "role": "champion", "left_on": None},
        {
            "contact_id": "2",
            "account_id": "acme",
            "user_id": "bob",
            "role": "sponsor",
            "left_on": (JUNE_1 - DAY).date(),
        },
    ]
    seen = events(at(15, "open", "ada"), at(3, "open", "bob"))
    assert value_of("champion_silent_days", contacts=people, events=seen) == 14
    assert value_of("champions_gone", contacts=people, events=seen) == 1
    assert value_of("champion_silent_days", events=seen) is None


def test_time_to_value_keeps_those_who_still_wait() -> None:
    """Ada took 4 days, Bob 10, Cyd has waited 30 so far: the median is 10."""
    seen = events(
        at(24, "open", "ada"), at(20, "share", "ada"), at(20, "open", "bob"), at(10, "share", "bob"),
        at(30, "open", "cyd"),
    )  # fmt: skip
    assert value_of("days_to_value", events=seen, rules=VALUE) == 10
    assert value_of("activated_user_share", events=seen, rules=VALUE) == pytest.approx(2 / 3)


def test_tenure_is_whole_days() -> None:
    """An account of 400 days, whose first event came on its second day."""
    assert value_of("tenure_days") == 400
    assert value_of("days_to_first_event", events=events(at(398.5, "open", "a"))) == 1
    assert value_of("days_to_first_event") == 400


def test_errors_are_counted_per_hundred_events() -> None:
    """One of four events is an error."""
    seen = events(at(1, "crash", "a"), *(at(d, "open", "a") for d in (2, 3, 4)))
    assert value_of("errors_per_100_events_84d", events=seen, rules=VALUE) == 25
    assert value_of("errors_per_100_events_84d", events=seen) is None


def test_machines_report_or_do_not() -> None:
    """One of two machines installed sent an event in 28 days; a removed one does not count."""
    base = [
        {"asset_id": "m1", "account_id": "acme", "warranty_until": JUNE_1.date(), "removed_on": None},
        {"asset_id": "m2", "account_id": "acme", "warranty_until": (JUNE_1 + DAY).date(), "removed_on": None},
        {"asset_id": "m3", "account_id": "acme", "warranty_until": None, "removed_on": (JUNE_1 - DAY).date()},
    ]
    seen = events(at(3, "run", None, 1, None, "m1"), at(3, "run", None, 1, None, "m3"))
    faults = events(at(3, "crash", None, 1, None, "m1"))
    assert value_of("faults_per_asset_84d", assets=base, events=faults, rules=VALUE) == 0.5
    assert value_of("reporting_asset_share", assets=base, events=seen) == 0.5
    assert value_of("out_of_warranty_share", assets=base, events=seen) == 0.5


def test_an_attribute_named_in_settings_becomes_a_signal() -> None:
    """As a word, or as a number where settings say so."""
    rules = UsageRules(attributes=("plan", "credits:number", "region"))
    from_file = accounts("acme", "bond", plan=["free", None], credits=["60", "120"], region=["north", "south"])
    names = ("attr_plan", "attr_credits", "attr_region")
    found = [values_of(s, accounts=from_file, rules=rules) for s in attribute_signals(rules)]
    assert [s.name for s in attribute_signals(rules)] == list(names)
    assert found == [["free", None], [60.0, 120.0], ["north", "south"]]
