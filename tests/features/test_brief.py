"""What a person sees of an account at a glance."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from consumption.features.brief import briefs
from consumption.features.rules import UsageRules
from tests.features.small import DAY, JUNE_1, accounts, contract, events, history

TODAY = JUNE_1.date()
RULES = UsageRules(value_events=frozenset({"share"}))


def brief(**tables: Any) -> dict[str, Any]:
    """The brief of the first account."""
    read: dict[str, Any] = json.loads(briefs(history(**tables), JUNE_1, RULES)["brief"][0])
    return read


def test_a_silent_account_has_a_brief() -> None:
    """26 empty weeks, and nothing else."""
    quiet = brief()
    assert [week["events"] for week in quiet["weekly"]] == [0] * 26
    assert (quiet["weekly"][0]["week"], quiet["weekly"][-1]["week"]) == ("2024-12-01", "2025-05-25")
    assert (quiet["contracts"], quiet["entitlements"], quiet["interactions"], quiet["people"]) == ([], [], [], [])


def test_weeks_end_at_the_moment() -> None:
    """The last seven days are the last week; the day before them belongs to the week before."""
    seen = events(
        *(("acme", JUNE_1 - d * DAY, e, u) for d, e, u in ((1, "share", "a"), (7, "open", "b"), (8, "open", "b")))
    )
    last, before = brief(events=seen)["weekly"][-1], brief(events=seen)["weekly"][-2]
    assert last == {"week": "2025-05-25", "active_users": 2, "events": 2, "value_events": 1}
    assert before == {"week": "2025-05-18", "active_users": 1, "events": 1, "value_events": 0}


def test_an_entitlement_shows_used_bought_and_projected() -> None:
    """Seats as a level, credits with a projection; empty fields are left out."""
    seen = events(*(("acme", JUNE_1 - d * DAY, "call", "ada", 1, "api") for d in range(1, 29)))
    contracts = [
        contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, unit="credit", product="api", quantity=100.0),
        contract("acme", TODAY - 50 * DAY, TODAY + 50 * DAY, contract_id="z", product="api", kind="subscription"),
    ]
    calls, seats = brief(events=seen, contracts=contracts)["entitlements"]
    assert (calls["used"], calls["bought"], calls["projected"], "kind" in calls) == (28, 100, 78, False)
    assert (seats["used"], seats["bought"], seats["projected"], seats["kind"]) == (1, 10, 1, "subscription")
    assert (seats["starts_on"], seats["ends_on"]) == ("2025-04-12", "2025-07-21")


def test_the_latest_ten_contacts_come_newest_first() -> None:
    """What customers wrote comes through as it is."""
    said = 'He said: "cost",\n"x":null, 100 %'
    rows = [
        {
            "interaction_id": f"{n:02}",
            "account_id": "acme",
            "timestamp": JUNE_1 - n * DAY,
            "channel": "call",
            "text": said,
        }
        for n in range(12)
    ]
    found = brief(interactions=rows)["interactions"]
    assert len(found) == 10
    assert found[0] == {"timestamp": "2025-05-31T00:00:00Z", "channel": "call", "text": said}


def test_the_busiest_people_come_first() -> None:
    """By active days, then events, then name; at most five."""
    rows = [("acme", JUNE_1 - timedelta(days=d), "open", f"u{n}") for n in range(7) for d in range(1, n + 2)]
    people = brief(events=events(*rows))["people"]
    assert [p["user_id"] for p in people] == ["u6", "u5", "u4", "u3", "u2"]
    assert people[0] == {"user_id": "u6", "active_days_28d": 7, "last_seen": "2025-05-31"}


def test_briefs_know_nothing_of_the_future() -> None:
    """One row an account known; nothing at or after the moment."""
    later = {"interaction_id": "1", "account_id": "acme", "timestamp": JUNE_1, "channel": "call"}
    known = history(
        accounts=accounts("acme").vstack(accounts("new", since=JUNE_1)),
        events=events(("acme", JUNE_1, "open", "ada")),
        interactions=[later],
    )
    found = briefs(known, JUNE_1)
    assert found["account_id"].to_list() == ["acme"]
    assert json.loads(found["brief"][0])["interactions"] == []
