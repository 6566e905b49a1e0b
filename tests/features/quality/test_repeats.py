"""Which rows an earlier load has too, and which are copies within their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from consumption.features.quality.repeats import repeats

FIRST = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)


def load(at: datetime, *events: str) -> pl.DataFrame:
    """A load of events of one user and moment, as they are gathered: texts are codes."""
    text = {"account_id": "acme", "user_id": "ada", "asset_id": None, "product": "desk"}
    frame = pl.DataFrame({"event": list(events)}).with_columns(
        *(pl.lit(value, dtype=pl.String).alias(name) for name, value in text.items()),
        pl.lit(FIRST).alias("timestamp"),
        pl.lit(1_000_000).alias("quantity"),
        pl.lit(at).alias("loaded_at"),
    )
    return frame.with_columns(pl.col(name).cast(pl.Categorical) for name in ("event", *text))


def counted(*loads: pl.DataFrame) -> dict[datetime, tuple[int, int]]:
    """Repeated rows and twins of each load that has any."""
    return {at: (again, twins) for at, again, twins in repeats(pl.concat(loads)).iter_rows()}


def test_a_row_is_repeated_in_the_later_load_only() -> None:
    """The first to tell it told something new."""
    found = counted(load(FIRST, "open", "share"), load(SECOND, "share", "export"))
    assert found == {FIRST: (0, 0), SECOND: (1, 0)}


def test_a_row_accounts_for_as_many_as_an_earlier_load_has() -> None:
    """Twice before, three times now: two are repeated, and within the load two are copies of the third."""
    assert counted(load(FIRST, "open", "open"), load(SECOND, "open", "open", "open"))[SECOND] == (2, 2)


def test_different_rows_repeat_nothing() -> None:
    """Loads that overlap in nothing are not mentioned."""
    assert counted(load(FIRST, "open"), load(SECOND, "share")) == {}
