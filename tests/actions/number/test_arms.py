"""Served against held-out, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.actions.number.arms import ROWS, compare


def arm(name: str, customers: int, lost: int, *, worth: float = 100.0, expected: float = 0.0) -> pl.DataFrame:
    """So many customers of one size, the first of which leave."""
    return pl.DataFrame(
        {
            "account_id": [f"{name}{n:03d}" for n in range(customers)],
            "top_parent": [f"{name}{n:03d}" for n in range(customers)],
            "arm": [name] * customers,
            "worth": [worth] * customers,
            "change": [-worth if n < lost else 0.0 for n in range(customers)],
            "expected": [expected * worth] * customers,
        },
        schema=ROWS,
    )


def both(served: tuple[int, int], withheld: tuple[int, int]) -> pl.DataFrame:
    """Customers and losses of the two arms."""
    return pl.concat([arm("treated", *served), arm("holdout", *withheld)])


def test_the_effect_is_the_difference_of_what_each_arm_kept() -> None:
    """Served lose 5 of 100, held-out 10 of 50: 15 % of yearly value more is kept, 1,500 of the served's 10,000."""
    found = compare(both((100, 5), (50, 10)))
    assert found.effect == pytest.approx(0.15)
    assert found.worth == 10_000
    assert found.fixed().times(found.worth).value == pytest.approx(1_500)
    assert (found.served, found.withheld, found.missing) == (100, 50, None)


def test_the_interval_is_that_of_two_shares() -> None:
    """The held-out's own variance is .2 x .8 / 50; all customers' is 85 in 1,000: the interval lies between them."""
    found = compare(both((100, 5), (50, 10)))
    low, high = 0.05 * 0.95 / 100 + 0.085 / 50, 0.085 / 100 + 0.2 * 0.8 / 49
    assert low < found.variance < high * 1.05
    assert found.fixed().low < 0.15 < found.fixed().high
    assert found.fixed().low == pytest.approx(2 * 0.15 - found.fixed().high)


def test_where_both_arms_are_alike_there_is_no_effect() -> None:
    """A tenth lost on both sides proves nothing, and zero lies inside."""
    found = compare(both((300, 30), (50, 5)))
    assert found.effect == pytest.approx(0.0)
    assert found.fixed().low < 0 < found.fixed().high


def test_accounts_of_one_parent_are_one_customer() -> None:
    """Five accounts of each parent that leave together are as uncertain as one account five times as large."""
    five = pl.concat(
        [
            both((100, 5), (50, 10)).with_columns(account_id=pl.format("{}-{}", "account_id", pl.lit(n)))
            for n in range(5)
        ]
    )
    once, again = compare(both((100, 5), (50, 10))), compare(five)
    assert (again.served, again.withheld) == (100, 50)
    assert again.variance == pytest.approx(once.variance)
    alone = compare(five.with_columns(top_parent="account_id"))
    assert alone.variance < 0.3 * once.variance


def test_what_was_expected_anyway_is_taken_off() -> None:
    """Where all change was foreseen nothing is left to doubt, and c is told by the held-out alone."""
    rng = np.random.default_rng(2)
    rows = both((100, 0), (50, 0)).with_columns(expected=pl.Series(rng.normal(0, 10, 150)))
    foreseen = rows.with_columns(change=2 * pl.col("expected") / 2)
    found = compare(foreseen)
    assert found.adjusted == pytest.approx(1.0)
    assert found.effect == pytest.approx(0.0, abs=1e-12)
    assert found.variance == pytest.approx(0.0, abs=1e-12)
    served = pl.when(pl.col("arm") == "treated").then(3 * pl.col("change") + 7.0).otherwise("change")
    moved = compare(foreseen.with_columns(change=served))
    assert moved.adjusted == pytest.approx(1.0)
    mean = float(foreseen.filter(pl.col("arm") == "treated")["change"].sum()) / 10_000
    assert moved.effect == pytest.approx(0.07 + 2 * mean)


def test_few_customers_or_few_changes_are_not_enough() -> None:
    """Under twenty held-out customers, or where hardly anybody's contract has come up, nothing is said."""
    assert "19 held-out customers" in str(compare(both((200, 20), (19, 3))).missing)
    assert "too few contracts" in str(compare(both((200, 2), (30, 1))).missing)
    assert compare(both((200, 40), (30, 4))).missing is None
    assert compare(arm("treated", 50, 5)).missing is not None


def test_looking_every_week_costs_length() -> None:
    """The interval that holds at every look is longer than that of one look, and around the same figure."""
    found = compare(both((300, 30), (50, 5)))
    planned = found.variance * found.scale**2
    assert found.anytime(planned).value == found.fixed().value
    assert 1.2 < found.anytime(planned).length / found.fixed().length < 2.0
