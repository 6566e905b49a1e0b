"""The number in words: three parts, and what is not known is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from consumption.actions.amounts import Unit
from consumption.actions.number.arms import Interval
from consumption.actions.number.due import Due, Renewals, SoFar
from consumption.actions.number.findings import Finding
from consumption.actions.number.leading import Leading
from consumption.actions.number.planned import planned
from consumption.actions.number.power import CanProve
from consumption.actions.number.proven import Proven
from consumption.actions.number.quarters import Quarter
from consumption.actions.number.words import Told, due_lines, planned_lines, proven_lines
from consumption.actions.recommend import recommend
from consumption.actions.week_told import AFTER_COSTS
from tests.actions.books import MONDAY, book

EURO, NO_MONEY = Unit("EUR"), Unit(None)
Q2 = Quarter(date(2026, 4, 1))


def found(low: float, high: float) -> Finding:
    """A total of 10 % between some bounds."""
    share = Interval(0.10, low, high)
    return Finding("total", share, share.times(50_000), 300, 40, None)


def test_due_is_told_with_its_interval_and_the_gap() -> None:
    """What is up for renewal, what to expect, the quarter so far, and what the target lacks."""
    renewal = Renewals(Q2, 12, 1_000_000.0, 900_000.0, Interval(950_000.0, 800_000.0, 1_100_000.0))
    due = Due((renewal,), SoFar(Q2, 5e6, 0.97, 1.01), 5_000_000.0, 4_950_000.0, 5_200_000.0, money=True)
    lines = "\n".join(due_lines(due, EURO))
    assert "2026 Q2: 1,000,000 EUR up for renewal in 12 contracts" in lines
    assert "expected after: 950,000 EUR (800,000 to 1,100,000), of it 900,000 EUR without growth" in lines
    assert "97.0% kept without growth (GRR), 101.0% with it (NRR)" in lines
    assert "250,000 EUR short" in lines


def test_without_contracts_it_says_so_and_counts_accounts() -> None:
    """No money is made up: accounts and shares of accounts kept."""
    due = Due((), SoFar(Q2, 80.0, 0.95, None), 76.0, None, None, money=False)
    lines = "\n".join(due_lines(due, NO_MONEY))
    assert "without contracts" in lines
    assert "76.0 accounts in force today" in lines
    assert "95.0% of accounts kept" in lines
    assert "EUR" not in lines


def test_the_plan_says_what_its_hours_and_one_more_should_add() -> None:
    """From a real plan: its increments, its hours, and the price of an hour, of no person in particular."""
    inputs = book(120, owners=4)
    done = recommend(inputs)
    about = {"summary": done.summary, "prices": done.prices.to_dicts(), "money": True}
    plan = planned(about, done.recommendations, inputs.ranked, as_of=MONDAY, published=False)
    chosen = done.recommendations.filter(done.recommendations["action"] != "none")
    assert plan.adds == pytest.approx(chosen["effect"].sum())
    assert plan.net == pytest.approx(chosen["expected_value"].sum())
    assert plan.best_hour >= plan.hour > 0
    lines = "\n".join(planned_lines(plan, EURO))
    alone = (chosen["delivery"] == "self_service").sum()
    assert alone > 0
    assert f"{chosen.height} recommendations, {alone} of them to be sent, should add" in lines
    assert f"{plan.net:,.0f} EUR {AFTER_COSTS}" in lines
    assert f"their hours: {chosen['hours'].sum():g} of " in lines
    assert not [owner for owner in done.recommendations["owner"].unique() if owner in lines]
    assert "no plan yet" in next(planned_lines(None, EURO))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.02, 0.18, "more than nothing"), (-0.05, 0.25, "not told apart from nothing"), (-0.3, -0.1, "it did harm")],
)
def test_only_an_interval_beside_zero_proves_anything(low: float, high: float, said: str) -> None:
    """A figure without proof is not called one."""
    proven = Proven(date(2026, 1, 5), found(low, high), (), ())
    assert said in next(iter(proven_lines(proven, None, None, EURO)))


def test_proven_leading_and_can_prove_stand_on_lines_of_their_own() -> None:
    """What telemetry leads with is never called proof, and what can be proven is said in any case."""
    can = CanProve(600, 60, 25.0, 1.0, ((date(2026, 12, 1), None), (date(2027, 6, 1), 0.1106)))
    nothing = Proven(None, Finding("total", None, None, 0, 0, "none", frozen=False), (), ())
    lines = list(proven_lines(nothing, Leading(Interval(1.2, -0.3, 2.7), 100, 20), can, EURO))
    assert lines[0].startswith("not enough data yet")
    assert lines[1].startswith("leading, not proof: +1.2 active days in 28")
    assert lines[2].startswith("what this book can prove: 600 customers, 60 of them held out, 25 new a week")
    assert lines[2].endswith(
        "nothing by 2026-12-01; an effect of half a year can be proven if it is about 11% of ARR by 2027-06-01"
    )
    missing = Finding("2026 Q2", None, None, 90, 9, "9 held-out customers counted so far, 20 are the least")
    some = Proven(date(2026, 1, 5), missing, (missing,), ())
    assert "not enough data yet (9 held-out customers" in next(iter(proven_lines(some, None, None, EURO)))


def test_a_correction_stands_beside_what_was_frozen() -> None:
    """The figure that was told stays; what came in since is said after it."""
    quarter = replace(found(0.02, 0.18), name="2026 Q1", frozen=True, corrected=0.083)
    line = list(proven_lines(Proven(date(2026, 1, 5), found(0, 1), (quarter,), ()), None, None, EURO))[1]
    assert line.startswith("2026 Q1 (frozen): 5,000 EUR (1,000 to 9,000), +10.0%")
    assert line.endswith("correction: by what came in since it would be +8.3%")


def test_without_contracts_what_can_be_proven_is_told_in_accounts() -> None:
    """Where an account is 1 in place of money there is no ARR to have a share of."""
    can = CanProve(600, 60, 25.0, 1.0, ((date(2027, 6, 1), 0.11),), money=False)
    assert can.text.endswith("if it is about 11% of accounts kept by 2027-06-01")
    assert "ARR" not in can.text


def test_the_three_parts_never_mix() -> None:
    """Each under its own head, in this order."""
    text = Told(datetime(2026, 5, 1, tzinfo=UTC).date(), ("a",), ("b",), ("c",)).text
    assert text.splitlines()[1:] == ["Due", "  a", "In the plan", "  b", "Proven", "  c"]
