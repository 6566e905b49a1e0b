"""What the benchmark of the signal engine compares: the same telemetry, and values that agree."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("duckdb", reason="the extra `bench` is not installed")

import signals_duckdb
import signals_ours
import signals_pandas
from signals_equal import NotEqual, check_equal, check_same
from signals_ours import NAMES
from signals_world import World

WORLD = World(events=40_000, accounts=60, days=120, seed=3)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where files are made."""
    return tmp_path_factory.mktemp("work")


@pytest.mark.parametrize("days_before_the_end", [0, 3, 40])
def test_three_engines_say_the_same(work: Path, days_before_the_end: int) -> None:
    """A time is worth telling only beside equal values; also of a moment that later events must not touch."""
    as_of = WORLD.as_of - timedelta(days=days_before_the_end)
    given = WORLD.files(work), WORLD.accounts_file(work), as_of
    ours = signals_ours.compute(*given)
    assert ours["active_users_28d"].sum() > 0
    check_equal(ours, signals_duckdb.compute(*given), NAMES, whose="DuckDB")
    check_equal(ours, signals_pandas.compute(*given), NAMES, whose="pandas")


def test_there_are_thirty_signals_and_most_tell_accounts_apart(work: Path) -> None:
    """A column of one value would be equal in any engine and prove nothing."""
    ours = signals_ours.compute(WORLD.files(work), WORLD.accounts_file(work), WORLD.as_of)
    assert len(NAMES) == len(set(NAMES)) == 30
    assert [name for name in NAMES if ours[name].drop_nulls().n_unique() < 3] == []


def test_several_moments_in_one_pass_are_what_each_is_alone(work: Path) -> None:
    """26 snapshots in one pass are cheap only if they are the same snapshots."""
    files, accounts = WORLD.files(work), WORLD.accounts_file(work)
    moments = [WORLD.as_of - timedelta(weeks=back) for back in (0, 5)]
    for moment, together in zip(moments, signals_ours.compute_many(files, accounts, moments), strict=True):
        check_same(together, signals_ours.compute(files, accounts, moment), whose="alone")


def frame(*values: float | None) -> pl.DataFrame:
    """One signal of as many accounts."""
    return pl.DataFrame({"account_id": [f"a{i}" for i in range(len(values))], "events": list(values)})


def test_a_difference_is_told_with_the_signal_the_account_and_both_values() -> None:
    """Whoever sees it must know where to look."""
    with pytest.raises(NotEqual, match=r"DuckDB .*: events of 1 accounts, a1: ours 2\.0, theirs 2\.1"):
        check_equal(frame(1.0, 2.0), frame(1.0, 2.1), ["events"], whose="DuckDB")


@pytest.mark.parametrize(
    ("mine", "other"),
    [(None, 0.0), (0.0, None), (1.0, 1.0 + 1e-8), (0.0, 1e-12), (1e12, 1e12 + 1e4)],
)
def test_unknown_is_not_zero_and_nearly_is_not_equal(mine: float | None, other: float | None) -> None:
    """Nine digits must agree, and what is unknown to one must be unknown to the other."""
    with pytest.raises(NotEqual):
        check_equal(frame(mine), frame(other), ["events"], whose="pandas")


def test_engines_may_differ_in_the_last_bits_in_the_order_of_rows_and_in_how_they_write_unknown() -> None:
    """Sums of floats depend on their order; pandas writes NaN for what is unknown."""
    ours = frame(1.0, None, 3.0)
    theirs = frame(1.0 + 1e-12, float("nan"), 3.0).reverse()
    check_equal(ours, theirs, ["events"], whose="pandas")


def test_missing_accounts_are_a_difference() -> None:
    """An engine that leaves silent accounts out has less to do."""
    with pytest.raises(NotEqual, match="other accounts: 2 and 1"):
        check_equal(frame(1.0, 2.0), frame(1.0), ["events"], whose="DuckDB")


def test_to_the_bit_means_to_the_bit() -> None:
    """What is made day by day must be exactly what is made at once."""
    with pytest.raises(NotEqual, match="anew: other values of events"):
        check_same(frame(1.0), frame(1.0 + 2**-52), whose="anew")
