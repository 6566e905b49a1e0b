"""Whether two engines say the same: checked before any time is told."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

TOLERANCE = 1e-9


class NotEqual(AssertionError):
    """Two engines disagree, so their times cannot be compared."""


def check_equal(ours: pl.DataFrame, theirs: pl.DataFrame, names: Sequence[str], *, whose: str) -> None:
    """Raises `NotEqual` with the signals and accounts that differ; what is not finite counts as unknown."""
    left, right = (
        frame.sort("account_id").with_columns(pl.col("account_id").cast(pl.String)) for frame in (ours, theirs)
    )
    if left["account_id"].to_list() != right["account_id"].to_list():
        raise NotEqual(f"{whose} has other accounts: {left.height:,} and {right.height:,}")
    wrong = [said for name in names if (said := _difference(left["account_id"], left[name], right[name]))]
    if wrong:
        raise NotEqual(f"{whose} has other values: {'; '.join(wrong)}")


def _difference(accounts: pl.Series, ours: pl.Series, theirs: pl.Series) -> str:
    both = pl.DataFrame({"account": accounts, "ours": ours.cast(pl.Float64), "theirs": theirs.cast(pl.Float64)})
    both = both.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in ("ours", "theirs")
    )
    far = (pl.col("ours") - pl.col("theirs")).abs() > TOLERANCE * pl.max_horizontal(pl.col("ours").abs(), 1e-9)
    differ = both.filter((pl.col("ours").is_null() != pl.col("theirs").is_null()) | far.fill_null(value=False))
    if differ.is_empty():
        return ""
    account, mine, other = differ.row(0)
    return f"{ours.name} of {differ.height:,} accounts, {account}: ours {mine}, theirs {other}"


def check_same(ours: pl.DataFrame, other: pl.DataFrame, *, whose: str) -> None:
    """Raises `NotEqual` unless both are the same to the bit, whatever the order of their rows."""
    left, right = (frame.sort("account_id") for frame in (ours, other))
    if not left.equals(right, null_equal=True):
        differ = [name for name in left.columns if not left[name].equals(right[name], null_equal=True)]
        raise NotEqual(f"{whose}: other values of {', '.join(differ) or 'other accounts'}")
