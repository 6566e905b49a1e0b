"""Frames of what fails: flows that are begun and not finished, and attempts to sign in."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from consumption.features.known import Known

_ACCOUNT = "account_id"


def flows(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a flow that settings name and of which any event was seen in the window."""
    steps = [
        {"event": event, "flow": flow, "begins": place == 0}
        for flow, pair in sorted(known.rules.flows.items())
        for place, event in enumerate(pair)
    ]
    named = pl.LazyFrame(steps, schema={"event": pl.String, "flow": pl.String, "begins": pl.Boolean})
    events = {event for pair in known.rules.flows.values() for event in pair}
    rows = known.days(window, offset).filter(_is_one_of(known, events))
    counted = rows.group_by(_ACCOUNT, "event").agg(pl.col("events").sum())
    by_flow = counted.with_columns(pl.col("event").cast(pl.String)).join(named, on="event")
    return by_flow.group_by(_ACCOUNT, "flow").agg(
        pl.col("events").filter("begins").sum().alias("started"),
        pl.col("events").filter(~pl.col("begins")).sum().alias("finished"),
    )  # fmt: skip


def sign_ins(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a user (one for all who are not named) with a failed attempt to sign in within the window."""
    rows = known.days(window, offset).select(
        _ACCOUNT, "user_id", "events", _is_one_of(known, known.rules.sign_in_failures).alias("failed")
    )
    who = [_ACCOUNT, "user_id"]
    tried = rows.filter("failed").select(who).unique()
    return rows.join(tried, on=who, how="semi", nulls_equal=True).group_by(who).agg(
        pl.col("events").filter("failed").sum().alias("failures"),
        pl.col("events").filter(~pl.col("failed")).sum().alias("other_events"),
    )  # fmt: skip


def _is_one_of(known: Known, names: Iterable[str]) -> pl.Expr:
    coded = pl.Series(sorted(names), dtype=pl.String).cast(known.lifetime.features.schema["event"], strict=False)
    return pl.col("event").is_in(coded.drop_nulls().implode())
