"""What a rep says on the phone, for every unit."""

from __future__ import annotations

import re

import polars as pl
import pytest

from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, by_name
from consumption.features.units import UNITS
from consumption.models.reasons.words import Said, sentence

KNOWN = by_name()


def say(name: str, value: float | None, baseline: float | None = None, peer: float | None = None) -> str:
    """A signal of the product in words."""
    return sentence(Said(KNOWN[name], value, baseline, peer))


PLAN = Signal("attr_plan", "word", "attributes", "The plan.", "Plan", "account", pl.col("plan"))


@pytest.mark.parametrize(
    ("name", "figures", "text"),
    [
        ("active_users_7d", (58, 96, 71), "Weekly active users fell from 96 to 58; similar accounts: 71"),
        ("active_users_7d", (0, 96, 71), "Weekly active users fell from 96 to none; similar accounts: 71"),
        ("active_users_7d", (58.2, 58.4, 71), "Weekly active users stayed at 58; similar accounts: 71"),
        ("active_users_7d", (58, None, 71), "Weekly active users: 58; similar accounts: 71"),
        ("active_users_7d", (58, None, None), "Weekly active users: 58"),
        ("active_users_7d", (0, None, 71), "Weekly active users: none; similar accounts: 71"),
        ("active_users_7d", (None, 96, 71), "Weekly active users are not known; similar accounts: 71"),
        ("events_28d", (12_400, 9_000, None), "Events in 4 weeks rose from 9,000 to 12,400"),
        ("events_per_user_28d", (12.4, 31, 28), "Events per active user fell from 31 to 12 in 4 weeks; "
                                                "similar accounts: 28"),
        ("days_since_last_event", (21, 1, 2), "It has been 21 days since last use, up from 1; "
                                               "similar accounts: 2"),
        ("longest_silence_84d", (21, 3, 4), "Longest silence rose from 3 to 21 days in 12 weeks; "
                                            "similar accounts: 4 days"),
        ("seat_utilisation_28d", (0.4, 0.82, 0.71), "Seats in use fell from 82 % to 40 % in 4 weeks; "
                                                    "similar accounts: 71 %"),
        ("unit_utilisation", (0.4, 0.82, 0.71), "Used of what was bought: 40 %, down from 82 %; "
                                                "similar accounts: 71 %"),
        ("errors_per_100_events_84d", (6.25, 2.0, 1.5), "Errors per 100 events rose from 2 to 6.2 in 12 weeks; "
                                                        "similar accounts: 1.5"),
        ("events_trend_28d", (-0.51, None, 0.0), "Use fell by 40 % against the 4 weeks before; "
                                                 "similar accounts: no change"),
        ("events_trend_28d", (0.0, None, 0.05), "Use held steady against the 4 weeks before; "
                                                 "similar accounts: up 5 %"),
        ("events_slope", (-0.03, None, None), "Change of use a week, over 12 weeks: down 3 %"),
        ("nps_last", (4, 9, 8), 'Last answer on "would recommend us" fell from 9 to 4; similar accounts: 8'),
        ("unpaid_amount", (31_400, 0, None), "Unpaid invoices rose from nothing to 31k"),
        ("days_to_decision", (52, 52, 208), "They can leave in 52 days; similar accounts: 208"),
        ("days_to_first_event", (1, None, None), "It took 1 day from start to first use"),
        ("nps_last", (10, None, 8), 'Last answer on "would recommend us": 10; similar accounts: 8'),
        ("invited_active_share", (0.6, None, None), "Invited people who started: 60 %"),
        ("ends_in_half_year", (1, None, None), "It comes to an end within half a year"),
        ("features_used_28d_percentile", (0.12, None, None), "88 % of similar accounts are ahead in features used"),
        ("events_28d_percentile", (0.93, None, None), "They are ahead of 93 % of similar accounts in use"),
    ],
)  # fmt: skip
def test_a_signal_is_said_in_a_sentence(
    name: str, figures: tuple[float | None, float | None, float | None], text: str
) -> None:
    """Own baseline, value and peers, in the words of the trade and rounded as spoken."""
    assert say(name, *figures) == text


def test_a_category_is_said_as_it_is() -> None:
    """Words have no baseline; the most frequent of the peers stands beside it."""
    assert sentence(Said(PLAN, "Basic", None, "Pro")) == "Plan is Basic; most similar accounts: Pro"
    assert sentence(Said(PLAN, None, None, "Pro")) == "Plan is not known; most similar accounts: Pro"


USUAL = [
    (0.0, 0.4, 0.7),
    (0.25, None, 0.7),
    (3.0, 12.0, None),
    (41.5, 41.4, 40.0),
    (31_000.0, 9.0, 0.0),
    (None, 1.0, 2.0),
]
SMALL = [(0.0, 0.4, 0.7), (-0.5, None, 0.1), (0.02, 0.01, None), (None, 0.5, 0.2), (1.2, 0.3, 0.3)]
FIGURES = {"change": SMALL, "share": SMALL, "flag": [(0.0, 1.0, 0.0), (1.0, None, None), (None, None, 1.0)]}
NOT_SPOKEN = r"\bnan\b|None|median|percentile|standard|quantile|\d\.\d{3}|  "


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_every_signal_of_the_product_can_be_said(signal: Signal) -> None:
    """Every unit and every case: a capital or a figure first, no statistics words, no endless decimals."""
    for value, baseline, peer in FIGURES.get(signal.unit, USUAL):
        for change in (True, False):
            text = sentence(Said(signal, value, baseline, peer), change=change)
            assert text[0].isupper() or text[0].isdigit()
            assert not re.search(NOT_SPOKEN, text), text
            assert not text.endswith((".", ":", ";", " "))


def test_every_unit_is_among_the_signals_tried() -> None:
    """A new unit needs words; a test must say them."""
    assert {s.unit for s in SIGNALS} | {PLAN.unit} == set(UNITS)
