"""Frequency, depth and breadth, by hand: who comes on a usual day, how deep they go, what was never tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from consumption.features.rules import UsageRules
from consumption.features.signal_set import by_name, fingerprints
from consumption.features.units import UNITS
from tests.features.small import DAY, JUNE_1, contract, events, value_of

VALUE = UsageRules(value_events=frozenset({"share"}))


def at(days: float, *rest: object) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, *rest)


def test_daily_actives_are_a_mean_over_all_days() -> None:
    """Ada on two days, Bob on one of them, nobody on 26: three user-days over 28 days."""
    seen = events(at(1, "open", "ada"), at(2, "open", "ada"), at(2, "open", "bob"), at(3, "ping", None))
    assert value_of("daily_active_users_28d", events=seen) == 3 / 28
    assert value_of("daily_active_users_28d", events=seen.tail(1)) == 0


def test_a_typical_user_is_the_median_one() -> None:
    """Users of 1, 2 and 12 active days: two; who came only in the window before does not count."""
    seen = events(
        at(1, "open", "ada"), at(1, "open", "bob"), at(2, "open", "bob"),
        *(at(d, "open", "cyd") for d in range(1, 13)), at(30, "open", "dan"),
    )  # fmt: skip
    assert value_of("days_per_user_28d", events=seen) == 2
    assert value_of("days_per_user_28d", events=seen.tail(1)) is None


def test_mean_active_days_of_a_user_are_stickiness_told_otherwise() -> None:
    """L28 has the mean 28 times stickiness, so only its median and its upper end are signals of their own."""
    seen = events(at(1, "open", "ada"), *(at(d, "open", "bob") for d in range(1, 8)))
    assert value_of("stickiness_28d", events=seen) == pytest.approx((1 + 7) / 2 / 28)


def test_quantity_is_shared_out_among_active_users() -> None:
    """Ten of one and twenty of the other: fifteen each; what machines add is the account's."""
    seen = events(at(1, "open", "ada", 10), at(1, "open", "bob", 20), at(1, "ping", None, 6))
    assert value_of("quantity_per_user_28d", events=seen) == 18
    assert value_of("quantity_per_user_28d", events=seen.tail(1)) is None


def test_the_top_tier_reaches_value_in_every_week() -> None:
    """Ada shared in each of four weeks, Bob in three of them and twice in one, Cyd only opened: one of three."""
    weekly = [at(7 * week + 1, "share", "ada") for week in range(4)]
    seen = events(
        *weekly, *(at(7 * week + 1, "share", "bob") for week in (0, 1, 2)), at(3, "share", "bob"),
        *(at(7 * week + 1, "open", "cyd") for week in range(4)),
    )  # fmt: skip
    assert value_of("top_tier_user_share_28d", events=seen, rules=VALUE) == 1 / 3
    assert value_of("top_tier_user_share_28d", events=seen.tail(4), rules=VALUE) == 0
    assert value_of("top_tier_user_share_28d", events=seen) is None


def test_weeks_of_the_top_tier_are_counted_back_from_the_moment() -> None:
    """The first and the last moment of each week lie in it: days 1 and 7 before are one week, 8 the next."""
    edges = events(*(at(d, "share", "ada") for d in (7, 14, 21, 28)))
    assert value_of("top_tier_user_share_28d", events=edges, rules=VALUE) == 1
    three_weeks = events(*(at(d, "share", "ada") for d in (1, 7, 14, 21)))
    assert value_of("top_tier_user_share_28d", events=three_weeks, rules=VALUE) == 0


def test_a_session_is_as_long_as_its_event_says() -> None:
    """Sessions of 10 and 25 minutes, and clicks whose quantity is something else."""
    rules = UsageRules(session_events=frozenset({"session_ended"}))
    seen = events(at(1, "session_ended", "ada", 10), at(2, "session_ended", "bob", 25), at(2, "open", "bob", 500))
    assert value_of("session_length_28d", events=seen, rules=rules) == 17.5
    assert value_of("session_length_28d", events=seen) is None
    assert value_of("session_length_28d", events=seen.tail(1), rules=rules) is None
    assert UNITS["minutes"].say(17.5) == "18 minutes"


def test_a_setting_changes_the_signals_made_of_it() -> None:
    """A model trained with other session or value events can tell that these signals moved."""
    names = (
        "session_length_28d", "top_tier_user_share_28d", "milestones_reached", "days_in_onboarding", "days_to_value",
    )  # fmt: skip
    signals = [by_name()[name] for name in names]
    before = fingerprints(signals, UsageRules())
    after = fingerprints(signals, UsageRules(session_events=frozenset({"end"}), value_events=frozenset({"share"})))
    assert {name for name in names if before[name] != after[name]} == set(names)


def bought(*names: str) -> list[dict[str, Any]]:
    """Contracts of acme for these products, in force."""
    day = JUNE_1.date()
    half = timedelta(days=180)
    return [contract("acme", day - half, day + half, contract_id=n, product=n, unit=None) for n in names]


def test_a_core_feature_is_untouched_only_if_nobody_ever_used_it() -> None:
    """Of three core features one is in use, one was given up half a year ago, one was never tried."""
    sold = [{"product": "desk", "core_features": "open; share;plan", "received_at": JUNE_1 - 400 * DAY},
            {"product": "lab", "core_features": "mix", "received_at": JUNE_1 - 400 * DAY}]  # fmt: skip
    tables: dict[str, Any] = {
        "events": events(at(84, "open", "ada"), at(85, "share", "ada")), "contracts": bought("desk"), "products": sold
    }  # fmt: skip
    assert value_of("core_features_untouched", **tables) == 1
    assert value_of("core_features_dropped", **tables) == 1
    assert value_of("core_features_untouched", **tables | {"contracts": bought("desk", "lab")}) == 2
    assert value_of("core_features_untouched", **tables | {"contracts": bought("spare")}) is None
    assert value_of("core_features_dropped", **tables | {"products": []}) is None
