"""What an action asks of an account, in words and not as the catalogue writes it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from consumption.actions.eligibility import eligible
from consumption.features.signal_set import SIGNALS
from consumption.serving.views.conditions import in_words
from consumption.serving.views.why import UNFIT, why_not_this
from consumption.store.records import Plan, SignalText
from tests.actions.books import default_catalogue, small_catalogue

TEXTS = {s.name: SignalText(s.name, s.unit, s.label) for s in SIGNALS}
PLAN = Plan(
    plan_id=1, as_of=datetime(2026, 6, 1, tzinfo=UTC), published_at=datetime(2026, 6, 1, tzinfo=UTC),
    model_versions={}, policy_version="p1", seed=0, currency="EUR", money=True, summary={}, actions=(),
    signals=tuple(TEXTS.values()),
)  # fmt: skip
SEATS, NOTICE = "seats in use below 60 %", "notice has been given"
UNKNOWN = "worth a year not known"
DAYS = "days in use, among similar accounts, in the"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("notice_given", NOTICE),
        ("NOT notice_given", "no notice has been given"),
        ("seat_utilisation_28d < 0.6", SEATS),
        ("0.6 > seat_utilisation_28d", SEATS),
        ("NOT seat_utilisation_28d >= 0.6", SEATS),
        ("seat_utilisation_28d < 0.6 AND notice_given", f"{SEATS}; {NOTICE}"),
        ("arr IS NULL OR seat_utilisation_28d < 0.6", f"{UNKNOWN} or {SEATS}"),
        ("notice_given AND (arr > 5000 OR arr IS NULL)", f"{NOTICE}; either worth a year above €5k or {UNKNOWN}"),
        ("NOT (notice_given OR seat_utilisation_28d >= 0.6)", f"no {NOTICE}; {SEATS}"),
        ("(notice_given AND arr > 5000) OR legal_dispute", f"({NOTICE}; worth a year above €5k) or a legal dispute"),
        ("active_days_28d_percentile < 0.2", f"{DAYS} lowest 20 %"),
        ("active_days_28d_percentile >= 0.6", f"{DAYS} highest 40 %"),
        ("days_to_decision BETWEEN 0 AND 150", "days until they can leave between 0 days and 150 days"),
        ("COALESCE(open_severe_ticket_days, 0) = 0", "oldest severe ticket still open: none, or 0 days"),
        ("errors_per_100_events_84d > 5", "errors per 100 events above 5"),
        ("ends_in_half_year = 1", "comes to an end within half a year: yes"),
        ("segment IN ('small', 'mid')", "segment small or mid"),
        ("region <> 'north'", "region other than north"),
        ("cloud_region = 'eu'", "cloud region eu"),
    ],
)  # fmt: skip
def test_a_condition_is_said_with_the_names_of_its_signals(condition: str, said: str) -> None:
    """Each signal by its label, each value in its unit, each yes or no of a contract in words."""
    assert in_words(condition, TEXTS, "EUR").replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("pacing > 1.05", "pace of use against time passed above 1.05"),
        ("pacing > 5", "pace of use against time passed above 5"),
        ("seat_utilisation_28d > 0.605", "seats in use above 60.5 %"),
        ("seat_utilisation_28d < 0.005", "seats in use below 0.5 %"),
        ("seat_utilisation_28d > 0.07", "seats in use above 7 %"),
        ("seat_utilisation_28d > 1.2", "seats in use above 120 %"),
        ("seat_utilisation_28d = 0", "seats in use 0 %"),
        ("arr >= 12499", "worth a year at least €12,499"),
        ("arr >= 12000", "worth a year at least €12k"),
        ("arr < 4250", "worth a year below €4,250"),
        ("arr < 4200", "worth a year below €4.2k"),
        ("arr > 1250000", "worth a year above €1,250,000"),
        ("arr > 1200000", "worth a year above €1.2 M"),
        ("arr > 0.5", "worth a year above €0.5"),
        ("arr > -12499", "worth a year above \N{MINUS SIGN}€12,499"),
        ("arr = 0", "worth a year €0"),
        ("active_users_28d > 2.25", "active users in 4 weeks above 2.25"),
        ("events_28d >= 1234567", "events in 4 weeks at least 1,234,567"),
        ("events_28d = 0", "events in 4 weeks: none"),
        ("products != 0", "products in force: some"),
        ("days_since_last_event = 0", "days since last use 0 days"),
        ("days_since_last_event <> 0", "days since last use other than 0 days"),
        ("days_since_last_event = 1", "days since last use 1 day"),
        ("days_since_last_event < 10.25", "days since last use below 10.25 days"),
        ("COALESCE(days_since_last_event, 9) = 0", "days since last use 0 days"),
        ("COALESCE(open_severe_ticket_days, 0) <> 0", "oldest severe ticket still open other than 0 days"),
        ("events_trend_28d < 0", "use against the 4 weeks before below 0 %"),
        ("events_trend_28d < -0.2", "use against the 4 weeks before below -18.127 %"),
        ("events_trend_28d > 0.005", "use against the 4 weeks before above +0.50125 %"),
        ("active_days_28d_percentile >= 0.625", f"{DAYS} highest 37.5 %"),
        ("active_days_28d_percentile > 0.7", f"{DAYS} highest 30 %"),
        ("unheard_of > 1250000.5", "unheard of above 1,250,000.5"),
        ("renewal_on > '2026-01-01'", "renewal after 2026-01-01"),
        ("'2026-01-01' >= renewal_on", "renewal on or before 2026-01-01"),
        ("renewal_on < '2026-01-01'", "renewal before 2026-01-01"),
        ("NOT renewal_on < '2026-01-01'", "renewal on or after 2026-01-01"),
        ("renewal_on = '2026-01-01'", "renewal on 2026-01-01"),
        ("renewal_on BETWEEN '2026-01-01' AND '2026-03-31'", "renewal between 2026-01-01 and 2026-03-31"),
    ],
)  # fmt: skip
def test_a_bound_is_said_as_it_stands(condition: str, said: str) -> None:
    """Not rounded: 60.3 % is above 60 %, and not above 60.5 %. Only what is counted has none; a date has a before."""
    assert in_words(condition, TEXTS, "EUR").replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    "condition", ["arr / 2 > 3", "length(name) > 3", "arr BETWEEN", "arr >", "", "(notice_given"]
)
def test_what_has_no_words_is_not_said_in_code(condition: str) -> None:
    """A rep reads then that it does not fit, and no more."""
    assert in_words(condition, TEXTS, "EUR") == ""
    assert why_not_this(f"Its condition does not hold: {condition}", PLAN) == UNFIT


def test_every_action_that_comes_with_the_package_has_words() -> None:
    """No name of a column, and no sign of SQL, is left in any of them."""
    for action in default_catalogue():
        said = in_words(action.eligible, TEXTS, "EUR")
        assert said, action.eligible
        assert not re.search(r"[<>=]|\w_\w|[A-Z]{2}", said.replace("EUR", "")), said


def test_why_it_lost_says_what_it_needs() -> None:
    """The plan's own sentence, of an action open for one vendor's products too."""
    facts = pl.DataFrame({"account_id": ["a"], "active_users_28d": [9.0]})
    catalogue = small_catalogue("x 1 active_users_28d < 3")
    needs = "It needs: active users in 4 weeks below 3"
    assert why_not_this(eligible(catalogue, facts)["why"][0], PLAN) == f"{UNFIT} {needs}."
    ours = replace(catalogue, actions=tuple(replace(action, vendor="Lumen") for action in catalogue))
    assert why_not_this(eligible(ours, facts)["why"][0], PLAN) == f"{UNFIT} {needs}, and a product of Lumen."
    assert why_not_this("It was done not long ago", PLAN) == "It was done not long ago."
    assert why_not_this("seat_utilisation_28d is odd", PLAN) == UNFIT
