"""Peers: where an account stands among the accounts of its segment, in the same snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from consumption.features.breadth import features_used
from consumption.features.depth import events, quantity_per_value_event_ever, value_events_ever
from consumption.features.entitlement import seat_utilisation
from consumption.features.frequency import active_days
from consumption.features.signal import Signal, signal
from consumption.features.trend import events_trend

# Fewer than this many values say nothing about where one of them stands.
FEWEST = 5


def standing(of: Signal, *, label: str) -> Signal:
    """The percentile of a signal among the accounts of the same segment, as a signal."""

    def percentile(value: pl.Expr) -> pl.Expr:
        return value

    percentile.__name__ = f"{of.name}_percentile"
    percentile.__doc__ = f"Share of the segment's accounts below this one in `{of.name}`, ties counted half."
    return signal(
        unit="share", family="peers", source="peers", of=(of,), label=label, direction=of.direction, driver=of.driver
    )(percentile)


events_percentile = standing(events, label="Use, among similar accounts")
active_days_percentile = standing(active_days, label="Days in use, among similar accounts")
value_percentile = standing(value_events_ever, label="Value reached, among similar accounts")
score_percentile = standing(quantity_per_value_event_ever, label="Quantity per value event, among similar accounts")
seat_percentile = standing(seat_utilisation, label="Seats in use, among similar accounts")
breadth_percentile = standing(features_used, label="Features used, among similar accounts")
trend_percentile = standing(events_trend, label="Trend of use, among similar accounts")


def peer_reference(snapshot: pl.DataFrame, segments: pl.DataFrame, signals: Sequence[Signal]) -> pl.DataFrame:
    """How values lie among the accounts of each segment in a snapshot of all of them.

    `segments`: account_id, segment. One row a ranked signal, segment and distinct value: signal, segment, value,
    below (accounts with less), upto (accounts with at most that), count (accounts with a value).
    """
    rows = _with_segment(snapshot, segments)
    parts = [_reference(rows, ranked.of[0].name) for ranked in signals if ranked.source == "peers"]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_REFERENCE)


def with_peers(
    snapshot: pl.DataFrame, segments: pl.DataFrame, signals: Sequence[Signal], reference: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The snapshot with the percentiles of its accounts: against the reference, or where there is none each other."""
    ranked = [s for s in signals if s.source == "peers"]
    if reference is None:
        reference = peer_reference(snapshot, segments, ranked)
    rows = _with_segment(snapshot, segments)
    order = [*snapshot.columns, *(s.name for s in ranked if s.name not in snapshot.columns)]
    for one in ranked:
        standings = _standings(rows, reference.filter(pl.col("signal") == one.of[0].name), one)
        snapshot = snapshot.drop(one.name, strict=False).join(
            standings, on="account_id", how="left", maintain_order="left"
        )
    return snapshot.select(order)


_REFERENCE = pl.Schema({
    "signal": pl.String(), "segment": pl.String(), "value": pl.Float64(),
    "below": pl.Int64(), "upto": pl.Int64(), "count": pl.Int64(),
})  # fmt: skip


def _with_segment(snapshot: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """Accounts without a segment are a segment of their own."""
    own = segments.select("account_id", pl.col("segment").fill_null("").alias("_segment"))
    return snapshot.join(own, on="account_id", how="left", maintain_order="left").with_columns(
        pl.col("_segment").fill_null("")
    )


def _reference(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    known = rows.select(pl.col("_segment").alias("segment"), pl.col(name).alias("value")).drop_nulls("value")
    each = known.group_by("segment", "value").agg(pl.len().cast(pl.Int64).alias("here")).sort("segment", "value")
    counted = each.with_columns(
        pl.lit(name).alias("signal"),
        pl.col("here").cum_sum().over("segment").alias("upto"),
        pl.col("here").sum().over("segment").alias("count"),
    )
    return counted.with_columns((pl.col("upto") - pl.col("here")).alias("below")).select(_REFERENCE.names())


def _standings(rows: pl.DataFrame, reference: pl.DataFrame, ranked: Signal) -> pl.DataFrame:
    """One row an account with a value: account_id and its percentile; unknown among fewer than five."""
    own = rows.select("account_id", pl.col("_segment").alias("segment"), pl.col(ranked.of[0].name).alias("value"))
    found = own.drop_nulls("value").sort("value").join_asof(
        reference.select("segment", "value", "below", "upto", pl.col("value").alias("at")).sort("value"),
        on="value", by="segment", strategy="backward", check_sortedness=False,
    )  # fmt: skip
    counts = reference.select("segment", "count").unique()
    less = pl.when(pl.col("at") == pl.col("value")).then("below").otherwise("upto").fill_null(0)
    # A count that is the same for all would be divided by as a number: see `exact.over`.
    count = pl.col("count") * pl.col("value").is_not_null()
    percentile = (less + pl.col("upto").fill_null(0)) / (2 * count)
    return found.join(counts, on="segment", how="left").select(
        "account_id", pl.when(pl.col("count") >= FEWEST).then(percentile).alias(ranked.name)
    )
