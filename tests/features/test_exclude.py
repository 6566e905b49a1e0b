"""What our own staff does at a customer is no use of the customer's."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.rules import NO_RULES, Meter, UsageRules
from consumption.features.signal_set import by_name, fingerprints
from consumption.lake.history import History
from tests.features.small import DAY, JUNE_1, accounts, events, value_of

CONTACTS = [
    {"contact_id": "c1", "account_id": "acme", "user_id": "u1", "email": "Ola@Vendor.Example"},
    {"contact_id": "c2", "account_id": "acme", "user_id": "u2", "email": "ada@acme.example"},
    {"contact_id": "c3", "account_id": "acme", "user_id": "u3", "email": "eve@notvendor.example"},
]
USED = events(
    ("acme", JUNE_1 - DAY, "export", "u1"),
    ("acme", JUNE_1 - DAY, "export", "u2"),
    ("acme", JUNE_1 - DAY, "export", "u3"),
    ("acme", JUNE_1 - 2 * DAY, "health_check", "u2"),
    ("acme", JUNE_1 - 3 * DAY, "export", "bob@vendor.example"),
    ("acme", JUNE_1 - 4 * DAY, "export", "test-robot"),
    ("acme", JUNE_1 - 5 * DAY, "export", None),
)


@pytest.mark.parametrize(
    ("rules", "users", "days"),
    [
        (NO_RULES, 5, 5),
        (UsageRules(excluded_users=frozenset({"test-robot", "u1"})), 3, 4),
        (UsageRules(excluded_domains=frozenset({"vendor.example"})), 3, 4),
        (UsageRules(excluded_domains=frozenset({"@VENDOR.example"})), 3, 4),
        (UsageRules(excluded_events=frozenset({"health_check"})), 5, 4),
    ],
)
def test_users_domains_and_events_of_our_staff_count_nowhere(rules: UsageRules, users: int, days: int) -> None:
    """A user by id, by the domain of an id that is an e-mail, or by that of the contact; nobody else."""
    told: dict[str, Any] = {"events": USED, "contacts": CONTACTS, "rules": rules}
    assert value_of("active_users_28d", **told) == users
    assert value_of("active_days_28d", **told) == days


def test_what_staff_does_uses_up_nothing_and_is_no_error() -> None:
    """Meters, errors and counters of quantity leave it out as well."""
    used = events(
        ("acme", JUNE_1 - DAY, "call", "ada", 30.0, "desk"),
        ("acme", JUNE_1 - DAY, "call", "robot", 50.0, "desk"),
        ("acme", JUNE_1 - DAY, "crash", "robot", 1.0, "desk"),
    )
    bought = [
        {"contract_id": "c", "account_id": "acme", "product": "desk", "unit": "credit", "quantity": 100.0,
         "arr": 1000.0, "starts_on": (JUNE_1 - 100 * DAY).date(), "ends_on": (JUNE_1 + 265 * DAY).date()}
    ]  # fmt: skip
    rules = UsageRules(
        meters={"credit": Meter(("call",))}, error_events=frozenset({"crash"}), excluded_users=frozenset({"robot"})
    )
    told: dict[str, Any] = {"events": used, "contracts": bought, "rules": rules}
    assert value_of("unit_utilisation", **told) == pytest.approx(0.3)
    assert value_of("errors_per_100_events_84d", **told) == 0


def test_leaving_staff_out_gives_what_there_would_be_without_their_events() -> None:
    """To the bit, in every signal."""
    rules = UsageRules(
        excluded_users=frozenset({"test-robot"}),
        excluded_domains=frozenset({"vendor.example"}),
        excluded_events=frozenset({"health_check"}),
    )
    tables = {"accounts": accounts("acme", "bolt"), "contacts": pl.DataFrame(CONTACTS)}
    staff = pl.col("user_id").is_in(["u1", "bob@vendor.example", "test-robot"]).fill_null(value=False)
    without = USED.filter(~staff, pl.col("event") != "health_check")
    found = compute_signals(History.of(**tables, events=USED), as_of=JUNE_1, rules=rules)
    assert found.equals(compute_signals(History.of(**tables, events=without), as_of=JUNE_1))


def test_a_model_notices_that_other_events_count() -> None:
    """Definitions change with what is left out; where nothing is, they are as without the setting."""
    signal = [by_name()["active_users_28d"]]
    staff = UsageRules(excluded_users=frozenset({"robot"}))
    more = UsageRules(excluded_users=frozenset({"robot", "ola"}))
    assert fingerprints(signal, NO_RULES) == fingerprints(signal, UsageRules())
    assert len({str(fingerprints(signal, rules)) for rules in (NO_RULES, staff, more)}) == 3
