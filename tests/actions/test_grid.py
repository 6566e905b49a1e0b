"""What is known of accounts and actions is found by where they stand."""

from __future__ import annotations

import polars as pl

from consumption.actions.grid import places, rows_of


def test_what_is_not_there_takes_a_row_of_nulls() -> None:
    """As a left join would: each name its row, in the order asked, null where there is none."""
    frame = pl.DataFrame({"name": ["a", "b"], "value": [1, 2]})
    found = frame[rows_of(["b", "x", "a"], frame["name"])]
    assert found["value"].to_list() == [2, None, 1]
    assert frame.clear()[rows_of(["b"], [])]["value"].to_list() == [None]


def test_of_two_of_a_name_the_last_counts() -> None:
    """Series and lists are read alike."""
    assert places(pl.Series(["a", "c"]), ["a", "b", "a"]).tolist() == [2, -1]
    assert rows_of(pl.Series(["a", "c"]), pl.Series(["a", "b", "a"])).to_list() == [2, None]
