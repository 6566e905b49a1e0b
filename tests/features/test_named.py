"""Features that settings name, each with signals of its own."""

from __future__ import annotations

from consumption.features.named import feature_signals
from tests.features.small import DAY, JUNE_1, accounts, events, values_of

REPORT_USE, ALL_PAGES, PAGES = feature_signals(["Report shared"])


def test_a_named_feature_has_its_events_and_their_quantity_in_all_and_each() -> None:
    """Two reports of 10 and 20 pages within the year are 2, 30 and 15; other features, older events do not count."""
    used = events(
        ("acme", JUNE_1 - DAY, "Report shared", "ada", 10.0),
        ("acme", JUNE_1 - 300 * DAY, "Report shared", "bob", 20.0),
        ("acme", JUNE_1 - 2 * DAY, "login", "ada", 7.0),
        ("acme", JUNE_1 - 365 * DAY, "Report shared", "ada", 100.0),
    )
    assert values_of(REPORT_USE, accounts=accounts("acme"), events=used) == [2.0]
    assert values_of(ALL_PAGES, accounts=accounts("acme"), events=used) == [30.0]
    assert values_of(PAGES, accounts=accounts("acme"), events=used) == [15.0]


def test_a_feature_never_used_is_no_use_and_an_unknown_quantity() -> None:
    """Silence is zero events; a mean of nothing is not zero."""
    used = events(("acme", JUNE_1 - DAY, "login", "ada"))
    assert values_of(REPORT_USE, accounts=accounts("acme"), events=used) == [0.0]
    assert values_of(ALL_PAGES, accounts=accounts("acme"), events=used) == [0.0]
    assert values_of(PAGES, accounts=accounts("acme"), events=used) == [None]


def test_the_column_of_a_feature_can_be_named_in_a_condition() -> None:
    """Small letters, digits and underscores only, whatever the event is called."""
    assert REPORT_USE.name == "feature_report_shared_364d"
    assert PAGES.name == "feature_report_shared_size_364d"
