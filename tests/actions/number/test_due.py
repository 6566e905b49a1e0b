"""What is due, by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from consumption.actions.number.due import Due, Horizon, renewals, so_far
from consumption.actions.number.quarters import Quarter, quarters_between
from consumption.lake.history import History
from tests.actions.number.test_worth import known

TODAY = date(2026, 5, 1)
Q2 = Quarter(date(2026, 4, 1))
LOOKS = Horizon(182, 14)


def contracts(*rows: tuple[str, date, float]) -> pl.DataFrame:
    """In force since January, by account, end and yearly value."""
    made = [
        {
            "contract_id": f"{a}{n}", "account_id": a, "product": "p", "starts_on": date(2026, 1, 1), "ends_on": end,
            "quantity": 1.0, "arr": arr,
        }
        for n, (a, end, arr) in enumerate(rows)
    ]  # fmt: skip
    return History.of(contracts=pl.DataFrame(made)).before(datetime(2026, 5, 1, tzinfo=UTC)).contracts.collect()


def ranked(**churn: float) -> pl.DataFrame:
    """One in four that stays grows by half; nobody shrinks."""
    return pl.DataFrame(
        {"account_id": list(churn), "p_churn": list(churn.values())},
    ).with_columns(p_contraction=0.0, s_contraction=0.3, p_expansion=0.25, s_expansion=0.5)


def test_a_renewal_is_expected_by_its_probabilities() -> None:
    """Of 1,000, .8 x 1,000 stay, and a quarter of those grow by half: 900, with the spread of that one account."""
    found = renewals(contracts(("ash", date(2026, 6, 1), 1_000.0)), ranked(ash=0.2), Q2, TODAY, LOOKS)
    assert (found.contracts, found.worth) == (1, 1_000.0)
    assert found.renewed == pytest.approx(800.0)
    assert found.after is not None
    assert found.after.value == pytest.approx(900.0)
    variance = 0.8 * (0.75 * 1.0 + 0.25 * 1.5**2) - 0.9**2
    assert found.after.high == pytest.approx(900 + 1.959964 * 1_000 * math.sqrt(variance))


def test_contracts_of_one_account_move_together() -> None:
    """Two contracts of one account are as uncertain as one twice as large; those of two accounts are less."""
    end = date(2026, 6, 1)
    together = renewals(contracts(("ash", end, 500.0), ("ash", end, 500.0)), ranked(ash=0.2), Q2, TODAY, LOOKS)
    apart = renewals(contracts(("ash", end, 500.0), ("elm", end, 500.0)), ranked(ash=0.2, elm=0.2), Q2, TODAY, LOOKS)
    assert together.after is not None
    assert apart.after is not None
    assert together.after.value == pytest.approx(apart.after.value)
    assert together.after.length > 1.3 * apart.after.length


def test_only_what_still_ends_in_the_quarter_is_up_for_renewal() -> None:
    """A contract that ended before today, or ends in another quarter, is not."""
    rows = contracts(
        ("ash", date(2026, 4, 15), 1.0), ("bay", date(2026, 6, 30), 10.0), ("elm", date(2026, 7, 1), 100.0)
    )
    assert renewals(rows, None, Q2, TODAY, LOOKS).worth == 10.0
    assert renewals(rows, None, Q2.following, TODAY, LOOKS).worth == 100.0
    assert renewals(rows, None, Q2, TODAY, LOOKS).after is None


def test_probabilities_are_stretched_to_a_later_end() -> None:
    """A fifth in 70 days is over a third in 140: 1 - .8^2."""
    rows = contracts(("ash", date(2026, 9, 18), 100.0))
    found = renewals(rows, ranked(ash=0.2), Q2.following, TODAY, Horizon(56, 14))
    assert found.renewed == pytest.approx(64.0)


def test_the_quarter_so_far_is_what_was_kept_of_its_beginning() -> None:
    """Of 300, one account lost 50 and another won 30: 250 of 300 without growth, 280 with it."""
    end = date(2027, 1, 1)
    worth = known(
        ("ash", date(2026, 1, 1), date(2026, 4, 20), 100.0), ("ash", date(2026, 4, 20), end, 50.0),
        ("elm", date(2026, 1, 1), date(2026, 4, 20), 200.0), ("elm", date(2026, 4, 20), end, 230.0),
        ("new", date(2026, 4, 20), end, 999.0),
    )  # fmt: skip
    found = so_far(worth, pl.Series(["ash", "elm", "new"]), Q2, TODAY)
    assert found is not None
    assert found.worth == 300.0
    assert found.gross == pytest.approx(250 / 300)
    assert found.net == pytest.approx(280 / 300)
    assert so_far(worth, pl.Series(["ash"]), Q2, Q2.start) is None


def test_what_ended_on_the_first_morning_is_this_quarters_loss() -> None:
    """A term that ended on 1 April was in force when the quarter began, and is not kept; today counts as it is."""
    end = date(2027, 1, 1)
    worth = known(
        ("ash", date(2025, 4, 1), Q2.start, 100.0), ("elm", date(2025, 4, 1), end, 200.0),
        ("oak", date(2025, 4, 1), TODAY, 100.0),
    )  # fmt: skip
    found = so_far(worth, pl.Series(["ash", "elm", "oak"]), Q2, TODAY)
    assert found is not None
    assert (found.worth, found.gross) == (400.0, 0.5)


def test_the_gap_is_what_the_target_lacks() -> None:
    """Against what is expected at the quarter's end; against today where no plan has ranked anybody."""
    said: dict[str, Any] = {"renewals": (), "so_far": None, "in_force": 900.0, "money": True}
    assert Due(**said, expected=800.0, target=1_000.0).gap == 200.0
    assert Due(**said, expected=None, target=1_000.0).gap == 100.0
    assert Due(**said, expected=800.0, target=None).gap is None


def test_quarters_are_those_of_the_calendar() -> None:
    """Three months each, and frozen when contracts signed late have come."""
    assert [q.name for q in quarters_between(date(2025, 11, 30), date(2026, 4, 1))] == [
        "2025 Q4",
        "2026 Q1",
        "2026 Q2",
    ]
    assert (Q2.end, Q2.following.end) == (date(2026, 7, 1), date(2026, 10, 1))
    assert Q2.frozen_on(30) == date(2026, 7, 31)
