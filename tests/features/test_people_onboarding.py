"""People and onboarding, by hand: who was invited, who carries it, how far they came, where it spreads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, accounts, contract, events, value_of

VALUE = UsageRules(value_events=frozenset({"share", "export"}))
TODAY = JUNE_1.date()


def at(days: float, *rest: object) -> tuple[object, ...]:
    """An event of acme that many days before the first of June."""
    return ("acme", JUNE_1 - days * DAY, *rest)


def ago(days: int) -> date:
    """That many days before the first of June."""
    return TODAY - timedelta(days=days)


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    """Contacts of acme."""
    return pl.DataFrame([{"contact_id": str(k), "account_id": "acme", **row} for k, row in enumerate(rows)])


def test_a_power_user_is_counted() -> None:
    """Twenty days of 28 make one; nineteen do not."""
    seen = events(*(at(d, "open", "ada") for d in range(1, 21)), *(at(d, "open", "bob") for d in range(1, 20)))
    assert value_of("power_users_28d", events=seen) == 1
    assert value_of("power_users_28d") == 0


def test_invitations_of_the_last_twelve_weeks() -> None:
    """Yesterday's and the one 84 days ago; not the one before, nor those written down for today and tomorrow."""
    asked = people(*({"invited_on": ago(days)} for days in (1, 84, 85, 0, -1)))
    assert value_of("invitations_84d", contacts=asked) == 2
    assert value_of("invitations_84d", contacts=asked.slice(2, 1)) == 0


def test_without_dates_of_invitation_nothing_is_known_of_them() -> None:
    """Contacts may be listed without one; that is not a zero."""
    assert value_of("invitations_84d", contacts=people({"user_id": "ada"})) is None
    assert value_of("invitations_84d") is None


def test_invited_people_reach_value_or_only_start() -> None:
    """Of three invited, two started and one got as far as a value event."""
    asked = people(*({"user_id": user, "invited_on": ago(50)} for user in ("ada", "bob", "cyd")))
    seen = events(at(9, "open", "ada"), at(8, "share", "ada"), at(9, "open", "bob"), at(9, "share", "dan"))
    assert value_of("invited_active_share", contacts=asked, events=seen) == 2 / 3
    assert value_of("invited_value_share", contacts=asked, events=seen, rules=VALUE) == 1 / 3
    assert value_of("invited_value_share", contacts=asked, events=seen) is None


def waiting(waits: Sequence[tuple[int, bool]]) -> pl.DataFrame:
    """A user a wait: first seen, and after so many days a value event, or none up to now."""
    rows: list[tuple[object, ...]] = []
    for k, (days, reached) in enumerate(waits):
        rows.append(at(days + 5 if reached else days, "open", f"u{k}"))
        if reached:
            rows.append(at(5, "share", f"u{k}"))
    return events(*rows)


def test_who_only_just_came_does_not_shorten_the_time_to_value() -> None:
    """Two took 4 and 10 days, two came yesterday. Counting their one day as all would say 1 or 4; it is 10."""
    seen = waiting([(4, True), (10, True), (1, False), (1, False)])
    assert value_of("days_to_value", events=seen, rules=VALUE) == 4
    more = waiting([(4, True), (10, True), (20, True), (1, False), (1, False)])
    assert value_of("days_to_value", events=more, rules=VALUE) == 10


def test_where_most_still_wait_the_longest_wait_so_far_is_told() -> None:
    """One of four took 3 days, the others have waited 30, 40 and 50."""
    seen = waiting([(3, True), (30, False), (40, False), (50, False)])
    assert value_of("days_to_value", events=seen, rules=VALUE) == 50


def kaplan_meier(waits: Sequence[tuple[int, bool]]) -> int:
    """The median by fractions, step by step; the longest wait where a half is never reached."""
    share = Fraction(1)
    for day in sorted({days for days, _ in waits}):
        at_risk = sum(days >= day for days, _ in waits)
        share *= 1 - Fraction(sum(days == day and reached for days, reached in waits), at_risk)
        if share <= Fraction(1, 2):
            return day
    return max(days for days, _ in waits)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=30))
def test_time_to_value_is_the_median_of_kaplan_and_meier(waits: list[tuple[int, bool]]) -> None:
    """For any waits, through or not: the same as by exact fractions."""
    assert value_of("days_to_value", events=waiting(waits), rules=VALUE) == kaplan_meier(waits)


SOLD = [{"product": "desk", "core_features": "open;plan", "entitled_features": "open;share;print",
         "received_at": JUNE_1 - 400 * DAY}]  # fmt: skip


def owned(product: str = "desk") -> list[dict[str, Any]]:
    """A contract of acme, in force."""
    return [contract("acme", ago(90), ago(-90), product=product)]


def test_milestones_are_what_matters_of_what_was_bought() -> None:
    """Open, plan (core) and share (value, entitled); print is neither and export was not bought: two of three."""
    seen = events(at(60, "open", "ada"), at(300, "share", "ada"), at(9, "export", "ada"), at(9, "print", "ada"))
    tables: dict[str, Any] = {"events": seen, "contracts": owned(), "products": SOLD, "rules": VALUE}
    assert value_of("milestones_reached", **tables) == 2 / 3
    assert value_of("milestones_reached", **tables | {"rules": UsageRules()}) == 1 / 2


def test_without_a_list_of_products_every_value_event_is_a_milestone() -> None:
    """Of share and export one was reached; with neither list nor value events nothing is known."""
    seen = events(at(9, "export", "ada"))
    assert value_of("milestones_reached", events=seen, rules=VALUE) == 1 / 2
    assert value_of("milestones_reached", events=seen, contracts=owned("spare"), rules=VALUE) == 1 / 2
    assert value_of("milestones_reached", events=seen) is None


def test_onboarding_lasts_until_half_of_the_milestones_are_reached() -> None:
    """Three milestones, the second on day 40 of the account."""
    seen = events(at(95, "open", "ada"), at(60, "share", "ada"))
    tables: dict[str, Any] = {"contracts": owned(), "products": SOLD, "rules": VALUE}
    young = accounts("acme", since=JUNE_1 - 100 * DAY)
    assert value_of("days_in_onboarding", accounts=young, events=seen, **tables) == 40
    assert value_of("days_in_onboarding", accounts=young, events=seen.head(1), **tables) == 100
    assert value_of("days_in_onboarding", accounts=young, **tables) == 100
    only_core = tables | {"rules": UsageRules()}
    assert value_of("days_in_onboarding", accounts=young, events=seen, **only_core) == 5, "one of two is half"


def test_more_users_beyond_seats_than_before() -> None:
    """Ten seats, eleven users before and thirteen now: two more; from nine to eleven: one."""
    now = [at(1, "open", f"u{k}") for k in range(13)]
    before = [at(30, "open", f"u{k}") for k in range(11)]
    name = "users_beyond_seats_growth_28d"
    assert value_of(name, events=events(*now, *before), contracts=owned()) == 2
    assert value_of(name, events=events(*now[:11], *before[:9]), contracts=owned()) == 1
    assert value_of(name, events=events(*now[:9], *before[:5]), contracts=owned()) == 0
    assert value_of(name, events=events(*now)) is None


def test_a_team_is_new_when_its_first_user_comes() -> None:
    """Sales came a year ago, the lab last week; the field has people who never came."""
    team = people(
        {"user_id": "ada", "team": "sales"}, {"user_id": "bob", "team": "sales"}, {"user_id": "cyd", "team": "lab"},
        {"user_id": "dan", "team": "field"},
    )  # fmt: skip
    seen = events(at(300, "open", "ada"), at(2, "open", "bob"), at(3, "open", "cyd"))
    assert value_of("new_teams_84d", contacts=team, events=seen) == 1
    assert value_of("new_teams_84d", contacts=team, events=seen.tail(2)) is None, "the account itself is new"
    assert value_of("new_teams_84d", contacts=team.drop("team"), events=seen) is None
    department = team.rename({"team": "department"})
    assert value_of("new_teams_84d", contacts=department, events=seen) == 1


def test_a_place_is_new_with_its_first_user_or_machine() -> None:
    """People of the north came long ago; a machine in a new hall reported last week."""
    north = people({"user_id": "ada", "region": "north"})
    halls = [{"asset_id": "m1", "account_id": "acme", "site": "hall 2"}]
    seen = events(at(300, "open", "ada"), at(4, "run", None, 1, None, "m1"))
    assert value_of("new_places_84d", contacts=north, assets=halls, events=seen) == 1
    assert value_of("new_places_84d", contacts=north, events=seen) == 0
    assert value_of("new_teams_84d", contacts=north, assets=halls, events=seen) is None
