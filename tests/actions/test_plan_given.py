"""What a plan is made from: read as it is meant where that is plain, else refused in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.actions.planner import NotAPlan, Plan, plan
from tests.odd_input import answered, frames

WEEK = pl.DataFrame(
    {
        "account_id": ["a", "a", "b", "c", "d", "e"],
        "action": ["x", "y", "x", "y", "x", "x"],
        "value": [10.0, 12.0, 5.0, 7.0, -3.0, 4.0],
        "hours": [1.0, 2.0, 1.0, 3.0, 1.0, 0.5],
        "owner": ["ann", "ann", "ann", "bob", "bob", "ann"],
        "skill": [None, "talk", None, "talk", None, "talk"],
    }
)
HOURS = pl.DataFrame({"owner": ["ann", "bob", "ann"], "skill": [None, None, "talk"], "hours": [3.0, 8.0, 2.0]})
LIMITS: list[Any] = [
    None, {}, {"x": 1}, {"x": 0.5}, {"x": 2.0}, {"x": None}, {"x": -1}, {"x": True}, {"x": "2"}, {1: 1}, {None: 1},
    {"x": float("nan")}, {"x": float("inf")}, {"x": np.int64(1)}, {"x": Decimal(2)}, {"x": 10**400}, [("x", 1)], 3,
]  # fmt: skip
EXTRA = ("mandatory", "__row", "row", "spent", "capacity", "amount")


def is_finite(made: Plan) -> bool:
    """Whether every figure of a plan is a number."""
    figures = [made.value, made.bound, made.gap, *made.prices["price"], *made.chosen["value"], *made.chosen["hours"]]
    return bool(np.isfinite(figures).all())


@given(frames(WEEK, EXTRA), frames(HOURS, EXTRA), st.sampled_from(LIMITS))
@settings(max_examples=80, deadline=None)
def test_whatever_is_given_is_planned_or_refused_in_words(candidates: Any, hours: Any, limits: Any) -> None:
    """Wrong types, nulls, no numbers, doubled or missing rows: a plan of finite figures, or what is wrong."""
    made = answered(lambda: plan(candidates, hours, limits))
    if made is not None:
        assert is_finite(made)
        assert made.chosen["account_id"].is_unique().all()


def test_what_is_plainly_meant_is_read_so() -> None:
    """1 and 0 are true and false; lazy frames, categories, whole numbers and decimals are what they stand for."""
    plain = WEEK.with_columns(mandatory=pl.col("action") == "y", value=pl.col("value").round())
    meant = plain.with_columns(
        pl.col("mandatory").cast(pl.Int8),
        pl.col("value").cast(pl.Decimal(10, 2)),
        pl.col("owner").cast(pl.Categorical),
    )
    lazy: Any = meant.lazy(), HOURS.with_columns(pl.col("owner").cast(pl.Enum(["ann", "bob"]))).lazy(), {"x": 2.0}
    made = plan(*lazy)
    assert made.chosen.equals(plan(plain, HOURS, {"x": 2}).chosen)


WRONG: list[tuple[Any, Any, Any, str]] = [
    (WEEK.with_columns(mandatory=pl.lit("yes")), HOURS, None, "candidates: mandatory is String, not true or false"),
    (WEEK.with_columns(mandatory=2), HOURS, None, "candidates: 6 rows whose mandatory is neither 0 nor 1"),
    (WEEK.with_columns(value=pl.lit("10")), HOURS, None, "candidates: value is String, not numbers"),
    (WEEK.with_columns(account_id=pl.lit(None)), HOURS, None, "candidates: 6 rows whose account_id is null"),
    (WEEK.with_columns(owner=pl.lit([1])), HOURS, None, "candidates: owner is List"),
    (WEEK, HOURS.with_columns(hours=pl.lit(float("inf"))), None, "hours: 3 rows whose hours is not a number"),
    (WEEK, HOURS.with_columns(owner=pl.lit(None)), None, "hours: 3 rows whose owner is null"),
    (WEEK, HOURS, {"x": None}, "limits that are not whole numbers from 0 on: x: None"),
    (WEEK, HOURS, {"x": 0.5, "y": 1}, "limits that are not whole numbers from 0 on: x: 0.5\n"),
    (WEEK, HOURS, [("x", 1)], "limits is a list"),
    (WEEK.to_dict(), HOURS, None, "candidates is a dict, not a Polars frame"),
    (WEEK.lazy().select("lost"), HOURS, None, "candidates cannot be collected: "),
]


@pytest.mark.parametrize(("candidates", "hours", "limits", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_what_cannot_be_read_is_named_with_its_column_and_rows(
    candidates: Any, hours: Any, limits: Any, said: str
) -> None:
    """Which frame, which column, how many rows; the first row is told, too."""
    with pytest.raises(NotAPlan) as raised:
        plan(candidates, hours, limits)
    assert str(raised.value).startswith(said)
    assert raised.value.remedy


def test_the_first_wrong_row_is_told() -> None:
    """So that it can be looked at: the third row is row 2, counted from 0."""
    gap = WEEK.with_columns(pl.when(pl.int_range(pl.len()) != 2).then("account_id").alias("account_id"))
    with pytest.raises(NotAPlan, match=r"1 rows whose account_id is null \(the first: row 2, counted from 0\)"):
        plan(gap, HOURS)
