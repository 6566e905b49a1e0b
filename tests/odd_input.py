"""What people give by mistake: columns of every type, rows that are missing or doubled, frames that are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import strategies as st

from consumption.errors import ConsumptionError

NUMBERS = (
    0.0,
    1.0,
    0.5,
    -1.0,
    3.0,
    1e-320,
    1e-9,
    1e12,
    1e40,
    1.7e308,
    float("nan"),
    float("inf"),
    -float("inf"),
    None,
)
TYPES: dict[str, tuple[Sequence[Any], Any]] = {
    "floats": (NUMBERS, pl.Float64),
    "small floats": ((0.0, 0.25, 1.5, None), pl.Float32),
    "whole": ((0, 1, 2, -1, 2**62, None), pl.Int64),
    "bytes": ((0, 1, 255), pl.UInt8),
    "wide": ((0, 1, 2**100), pl.Int128),
    "decimals": ((Decimal("0.5"), Decimal("1.0"), Decimal("1e15"), None), pl.Decimal(38, 6)),
    "truths": ((True, False, None), pl.Boolean),
    "text": (("a", "", "1", "none", "nan", "ä\x00", None), pl.String),
    "categories": (("a", "none", None), pl.Categorical),
    "enum": (("a", "none", None), pl.Enum(["a", "none"])),
    "nothing": ((None,), pl.Null),
    "days": ((date(2026, 1, 5), None), pl.Date),
    "moments": ((datetime(2026, 1, 5, tzinfo=UTC), None), pl.Datetime("us", "UTC")),
    "spans": ((timedelta(days=3), None), pl.Duration),
    "lists": (([0.5], [], None), pl.List(pl.Float64)),
    "structs": (({"a": 1}, None), pl.Struct({"a": pl.Int64})),
    "binary": ((b"a", b"\xff", None), pl.Binary),
    "objects": ((object(),), pl.Object),
}


@st.composite
def columns(draw: st.DrawFn, name: str, rows: int) -> pl.Series:
    """A column of any type, of one value throughout, or of several in turn."""
    pool, dtype = TYPES[draw(st.sampled_from(sorted(TYPES)))]
    turn = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
    return pl.Series(name, [turn[n % len(turn)] for n in range(rows)], dtype=dtype)


@st.composite
def frames(draw: st.DrawFn, right: pl.DataFrame, extra: Sequence[str] = ()) -> Any:
    """A frame that was right, with a few mistakes: at times lazy, at times no frame at all."""
    frame = right
    for _ in range(draw(st.integers(0, 3))):
        frame = draw(_mistaken(frame, extra))
    what = draw(st.integers(0, 11))
    if what == 0:
        return frame.lazy()
    if what == 1:
        return draw(st.sampled_from([None, [], {"a": [1]}, 3, "frame", frame.lazy().select(pl.col("not there"))]))
    return frame


@st.composite
def _mistaken(draw: st.DrawFn, frame: pl.DataFrame, extra: Sequence[str]) -> pl.DataFrame:
    """One mistake more."""
    names = [*frame.columns, *extra]
    kind = draw(st.sampled_from(["column", "column", "column", "drop", "rows", "doubled", "empty", "one cell"]))
    if kind == "column" and names:
        return frame.with_columns(draw(columns(draw(st.sampled_from(names)), frame.height)))
    if kind == "drop" and frame.columns:
        return frame.drop(draw(st.sampled_from(frame.columns)))
    if kind == "doubled":
        return pl.concat([frame, frame])
    if kind == "one cell" and frame.columns:
        name = draw(st.sampled_from(frame.columns))
        return frame.with_columns(pl.when(pl.int_range(pl.len()) != 0).then(pl.col(name)).alias(name))
    return frame.head(draw(st.integers(0, 1)) if kind == "rows" else 0 if kind == "empty" else frame.height)


def answered(ask: Callable[[], Any]) -> Any:
    """What was answered; None where it was refused in words. Any other exception is a fault."""
    try:
        return ask()
    except ConsumptionError as refused:
        if not (refused.problem and refused.remedy):
            pytest.fail(f"{type(refused).__name__} says neither what is wrong nor what to do")
        return None
