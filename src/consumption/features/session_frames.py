"""Frames of sessions, where an event says how long one was."""

from __future__ import annotations

import polars as pl

from consumption.features.known import Known


def sessions(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a user, session event and day of the window; how many, and their minutes (millionths)."""
    rows = known.days(window, offset)
    names = pl.Series(sorted(known.rules.session_events), dtype=pl.String)
    wanted = names.cast(known.lifetime.features.schema["event"], strict=False).implode()
    columns = {"events": "sessions", "quantity": "session_minutes"}
    return rows.filter(pl.col("event").is_in(wanted)).select("account_id", "user_id", "day", *columns).rename(columns)
