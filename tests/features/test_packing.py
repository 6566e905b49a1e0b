"""Grouping by codes and days: whatever way is taken, the same groups and the same whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from consumption.features.addresses import Addresses, How
from consumption.features.digits import Digit
from consumption.features.packing import grouped, one_of_each

MANY = 30_000
USERS = pl.Categorical(pl.Categories("users of test_packing"))


def rows(count: int, *, accounts: int, users: int, shared: float = 0.0, nobody: float = 0.0) -> pl.DataFrame:
    """Rows of users who belong to one account each, but for those shared, and rows of nobody."""
    draw = np.random.default_rng(0)
    user = draw.integers(0, users, count)
    account = np.where(draw.random(count) < shared, draw.integers(0, accounts, count), user % accounts)
    names = pl.Enum([f"a{number:05}" for number in range(accounts)])
    return pl.DataFrame(
        {
            "account_id": pl.Series(account, dtype=pl.UInt32).cast(pl.String).str.zfill(5).str.replace("^", "a"),
            "user_id": pl.Series(user).cast(pl.String).set(pl.Series(draw.random(count) < nobody), None),
            "day": pl.Series(draw.integers(20_000, 20_030, count), dtype=pl.Int32).cast(pl.Date),
            "quantity": draw.integers(-(10**15), 10**15, count),
            "reached": pl.Series(draw.integers(20_000, 20_030, count), dtype=pl.Int32).cast(pl.Date).set(
                pl.Series(draw.random(count) < 0.9), None
            ),
            "is_value": draw.random(count) < 0.1,
        }
    ).with_columns(pl.col("account_id").cast(names), pl.col("user_id").cast(USERS))  # fmt: skip


def plainly(given: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The same by Polars alone."""
    return given.group_by(by).agg(
        pl.col("quantity").sum(), pl.col("reached").min(), pl.col("day").max().alias("last"), pl.col("is_value").any()
    )


def ours(given: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """By the way that `grouped` takes."""
    how: dict[str, How] = {"quantity": "sum", "reached": "min", "last": "max", "is_value": "max"}
    return grouped(given.with_columns(last="day"), by, how)


WORLDS = {
    "few rows": rows(300, accounts=5, users=40, shared=0.2, nobody=0.1),
    "users of one account each": rows(MANY, accounts=2_000, users=9_000),
    "some users of several accounts": rows(MANY, accounts=2_000, users=9_000, shared=0.02, nobody=0.05),
    "any user in any account": rows(MANY, accounts=3_000, users=3_000, shared=1.0),
    "nobody is named": rows(MANY, accounts=2_000, users=9_000, nobody=1.1),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    "by", [("account_id",), ("account_id", "user_id"), ("account_id", "user_id", "day"), ("day",)]
)
def test_groups_are_those_of_a_plain_group_by(world: str, by: tuple[str, ...]) -> None:
    """Sums, least and most, and null where there is nothing but null, are the same to the last digit."""
    given = WORLDS[world]
    assert_frame_equal(ours(given, by), plainly(given, by), check_row_order=False)


@pytest.mark.parametrize("world", WORLDS)
def test_one_row_stands_for_each_group(world: str) -> None:
    """As many rows are marked as there are groups, and they are of different groups."""
    by = ["account_id", "user_id"]
    marked = WORLDS[world].filter(one_of_each(WORLDS[world], by)).select(by)
    assert_frame_equal(marked, WORLDS[world].select(by).unique(), check_row_order=False)


def test_users_who_belong_to_one_account_need_no_more_places_than_there_are_users() -> None:
    """Two thousand accounts and nine thousand users make eighteen million pairs: few of them occur."""
    given = WORLDS["users of one account each"]
    found = Addresses.of(given, [Digit.of(given["account_id"]), Digit.of(given["user_id"])])
    assert found is not None
    # And one for nobody.
    assert found.size == given["user_id"].n_unique() + 1


def test_groups_far_more_than_rows_get_no_places() -> None:
    """Nobody goes through an array that is nearly empty."""
    given = WORLDS["any user in any account"]
    by = ("user_id", "day", "account_id")
    assert Addresses.of(given, [Digit.of(given[name]) for name in by]) is None


def test_what_is_summed_up_is_exact_where_a_float_would_not_be() -> None:
    """Two to the power of 53 and one more is a whole number that a float does not know."""
    large = pl.DataFrame({"day": [date(2025, 1, 1)] * MANY, "quantity": [2**53] + [1] + [0] * (MANY - 2)})
    assert grouped(large, ("day",), {"quantity": "sum"})["quantity"].to_list() == [2**53 + 1]


def test_what_is_no_whole_number_is_not_made_one() -> None:
    """Places hold whole numbers; halves are grouped as they are."""
    halves = pl.DataFrame({"day": [date(2025, 1, 1)] * MANY, "share": [0.5] * MANY})
    assert grouped(halves, ("day",), {"share": "sum"})["share"].to_list() == [MANY / 2]
