"""Overlap: which signals say the same, and which of them may."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.features.overlap import REASONS, overlaps, unexplained
from consumption.features.signal_set import by_name

DRAW = np.random.default_rng(0)


def snapshot(count: int = 300, **columns: object) -> pl.DataFrame:
    """One row an account, with these columns."""
    return pl.DataFrame({"account_id": [f"a{i:03d}" for i in range(count)], **columns})


def test_signals_that_rank_alike_are_found_up_or_down() -> None:
    """A logarithm of another ranks exactly as that does, and its opposite exactly against it; noise does neither."""
    x = DRAW.uniform(1, 9, 300)
    found = overlaps([snapshot(x=x, log=np.log(x), down=-x, noise=DRAW.uniform(size=300))])
    assert found.select("signal", "other").rows() == [("down", "log"), ("down", "x"), ("log", "x")]
    assert found["correlation"].round(9).to_list() == [-1, -1, 1]
    assert found["accounts"].to_list() == [300] * 3


def test_ties_share_their_rank() -> None:
    """The correlation is Spearman's with ties at their mean rank: 0.8 of five, by hand, forty times over."""
    one = pl.Series([1, 2, 3, 4, 5] * 50, dtype=pl.Float64)
    other = pl.Series([2, 1, 4, 3, 5] * 50, dtype=pl.Float64)
    found = overlaps([snapshot(250, one=one, other=other)], limit=0.7)
    assert round(found["correlation"].item(), 9) == 0.8
    assert overlaps([snapshot(250, one=one, other=other)], limit=0.81).is_empty()


def test_signals_are_compared_where_both_are_known() -> None:
    """Alike on 210 accounts that know both; where only 150 do, nothing is said."""
    x = pl.Series(DRAW.uniform(size=300))
    numbers = pl.Series(range(300))
    most = snapshot(x=x).with_columns(y=pl.when(numbers < 210).then(x * 2))
    assert overlaps([most])["accounts"].to_list() == [210]
    few = snapshot(x=x).with_columns(y=pl.when(numbers < 150).then(x * 2))
    assert overlaps([few]).is_empty()


def test_what_hardly_varies_is_not_compared() -> None:
    """Two flags that three accounts happen to share are no evidence; words are no numbers."""
    flag = [1.0] * 3 + [0.0] * 297
    assert overlaps([snapshot(a=flag, b=flag, word=["x"] * 300)]).is_empty()


def test_several_snapshots_are_ranked_together() -> None:
    """Alike in one, unlike over both; an account counts once."""
    x = DRAW.uniform(size=300)
    both = [snapshot(x=x, y=x), snapshot(x=x, y=-x)]
    assert overlaps(both[:1]).height == 1
    assert overlaps(both).is_empty()
    assert overlaps([both[0], both[0]])["accounts"].to_list() == [300]


def test_a_reason_allows_a_pair() -> None:
    """In either order of its names."""
    x = DRAW.uniform(size=300)
    alike = [snapshot(x=x, y=x, z=x)]
    left = unexplained(alike, reasons={frozenset({"y", "x"}): "they are the same on purpose"})
    assert left.select("signal", "other").rows() == [("x", "z"), ("y", "z")]


def test_every_reason_is_about_two_signals_there_are() -> None:
    """A reason outlives no signal, and says something."""
    known = set(by_name())
    assert [sorted(pair) for pair in REASONS if not (len(pair) == 2 and pair <= known)] == []
    assert all(len(reason.split()) > 5 for reason in REASONS.values())
