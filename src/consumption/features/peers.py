"""Peers: where an account stands among accounts of its segment with its main product, in the same snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from consumption.features.breadth import feature_breadth, features_used
from consumption.features.commitment import pacing
from consumption.features.depth import events, quantity_per_value_event_ever, value_events, value_events_ever
from consumption.features.entitlement import seat_utilisation
from consumption.features.exact import MICRO, micro
from consumption.features.frequency import active_days, active_days_7d
from consumption.features.peer_reference import GROUP, closest, grouped, owners_of, values_of
from consumption.features.signal import Signal, signal
from consumption.features.trend import active_users_trend, events_trend, events_trend_7d
from consumption.features.whitespace import lacking

_ACCOUNT = "account_id"


def standing(of: Signal, *, label: str) -> Signal:
    """The percentile of a signal among an account's peers, as a signal."""

    def percentile(_value: pl.Expr) -> pl.Expr:
        """Those below, and half of those with the same value, of all."""
        # A count that is the same for all would be divided by as a number: see `exact.over`.
        count = pl.col("count") * pl.col("value").is_not_null()
        return (pl.col("below") + pl.col("upto")) / (2 * count)

    percentile.__name__ = f"{of.name}_percentile"
    percentile.__doc__ = f"Share of its peers below this account in `{of.name}`, ties counted half."
    return signal(
        unit="share", family="peers", source="peers", of=(of,), label=label, direction=of.direction, driver=of.driver
    )(percentile)


events_percentile = standing(events, label="Use, among similar accounts")
active_days_percentile = standing(active_days, label="Days in use, among similar accounts")
value_percentile = standing(value_events_ever, label="Value reached, among similar accounts")
score_percentile = standing(quantity_per_value_event_ever, label="Quantity per value event, among similar accounts")
seat_percentile = standing(seat_utilisation, label="Seats in use, among similar accounts")
pacing_percentile = standing(pacing, label="Pace of use, among similar accounts")
breadth_percentile = standing(features_used, label="Features used, among similar accounts")
entitled_percentile = standing(feature_breadth, label="Share of features used, among similar accounts")
trend_percentile = standing(events_trend, label="Trend of use, among similar accounts")
users_trend_percentile = standing(active_users_trend, label="Trend of users, among similar accounts")


@signal(unit="change", family="peers", source="peers", of=(events_trend,), direction=1,
        label="Use of similar accounts against the 4 weeks before")  # fmt: skip
def events_trend_28d_segment(_trend: pl.Expr) -> pl.Expr:
    """Median of `events_trend_28d` among peers: a fall that all of them have, as in a season, is no one's own."""
    return pl.col("median")


@signal(unit="change", family="peers", source="peers", of=(events_trend,), direction=1, driver="low_adoption",
        label="Trend of use beyond that of similar accounts")  # fmt: skip
def events_trend_28d_against_segment(trend: pl.Expr) -> pl.Expr:
    """`events_trend_28d` less its median among peers: what is the account's own of a rise or fall."""
    return trend - pl.col("median")


@signal(unit="change", family="peers", source="peers", of=(active_users_trend,), direction=1,
        label="Users of similar accounts against the 4 weeks before")  # fmt: skip
def active_users_trend_28d_segment(_trend: pl.Expr) -> pl.Expr:
    """Median of `active_users_trend_28d` among peers."""
    return pl.col("median")


def of_all(of: Signal, *, label: str) -> Signal:
    """The mean of a signal among an account's peers, as a signal: a quiet week of everyone is not one's own."""

    def mean(_value: pl.Expr) -> pl.Expr:
        """The sum of the peers' values over their number."""
        return pl.col("mean")

    mean.__name__ = f"{of.name}_segment"
    mean.__doc__ = f"Mean of `{of.name}` among peers: what all of them do is no one's own."
    return signal(unit=of.unit, family="peers", source="peers", of=(of,), label=label)(mean)


events_segment = of_all(events, label="Events of similar accounts in 4 weeks")
events_trend_7d_segment = of_all(events_trend_7d, label="Use of similar accounts against the week before")
active_days_7d_segment = of_all(active_days_7d, label="Days in use last week, of similar accounts")
value_events_segment = of_all(value_events, label="Value events of similar accounts in 4 weeks")
value_events_ever_segment = of_all(value_events_ever, label="Value events of similar accounts since the beginning")


# Columns that have one value for all accounts that are compared with each other at a moment.
SHARED = frozenset(
    own.name
    for own in (
        events_trend_28d_segment, active_users_trend_28d_segment, events_segment, events_trend_7d_segment,
        active_days_7d_segment, value_events_segment, value_events_ever_segment,
    )
)  # fmt: skip


def peer_reference(snapshot: pl.DataFrame, groups: pl.DataFrame, signals: Sequence[Signal]) -> pl.DataFrame:
    """How values lie among the peers of each group in a snapshot of all accounts: what a part is compared with.

    `groups`: as `peer_groups` gives them; of them only account_id and segment must be there. The frame is REFERENCE
    (see `peer_reference`).
    """
    rows = grouped(snapshot, groups)
    compared = dict.fromkeys(one.of[0].name for one in signals if one.source == "peers" and one.of)
    return pl.concat([values_of(rows, compared), owners_of(rows)])


def with_peers(
    snapshot: pl.DataFrame, groups: pl.DataFrame, signals: Sequence[Signal], reference: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The snapshot with what peers tell: those of the reference, or where there is none the accounts here.

    An account is compared with those in force of its segment and main product; where fewer than five of them have a
    value, with those of its segment; where those are too few as well, it is unknown.
    """
    told = [s for s in signals if s.source == "peers"]
    if not told:
        return snapshot
    if reference is None:
        reference = peer_reference(snapshot, groups, told)
    rows = grouped(snapshot, groups)
    order = [*snapshot.columns, *(s.name for s in told if s.name not in snapshot.columns)]
    snapshot = snapshot.drop([s.name for s in told], strict=False)
    for name in dict.fromkeys(s.of[0].name if s.of else "" for s in told):
        own = [s for s in told if (s.of[0].name if s.of else "") == name]
        frame = _among(rows, reference, name) if name else lacking(rows, reference)
        values = frame.select(_ACCOUNT, *(s.expr.cast(pl.Float64).alias(s.name) for s in own))
        snapshot = snapshot.join(values, on=_ACCOUNT, how="left", maintain_order="left")
    return snapshot.select(order)


def _among(rows: pl.DataFrame, reference: pl.DataFrame, name: str) -> pl.DataFrame:
    """One row an account with a value and enough peers.

    `name` and `value` (the same), below, upto, count, median, mean.
    """
    told = reference.filter(pl.col("signal") == name)
    own = rows.select(_ACCOUNT, *GROUP, pl.col(name).alias("value")).drop_nulls("value")
    compared = closest(own, _middles(told))
    places = told.select(*GROUP, "value", pl.col("value").alias("at"), "below", "upto").sort("value")
    found = compared.sort("value").join_asof(
        places, on="value", by=list(GROUP), strategy="backward", check_sortedness=False
    )
    less = pl.when(pl.col("at") == pl.col("value")).then("below").otherwise("upto")
    return found.with_columns(
        less.fill_null(0).alias("below"), pl.col("upto").fill_null(0), pl.col("value").alias(name)
    )


# The middle of an ordered list: its two middle places, the same one where their number is odd.
_MIDDLE = ((pl.col("count") + 1) // 2, pl.col("count") // 2 + 1)
# In whole millionths, and so many digits that no sum of them is too large: the same in any order.
_TOTAL = (micro(pl.col("value")).cast(pl.Int128) * (pl.col("upto") - pl.col("below"))).sum().cast(pl.Float64)


def _middles(told: pl.DataFrame) -> pl.DataFrame:
    """One row a group: segment, product, count, median, mean."""
    middle = [pl.col("value").filter(pl.col("upto") >= half).min() for half in _MIDDLE]
    return told.group_by(GROUP).agg(
        pl.col("count").first(),
        ((middle[0] + middle[1]) * 0.5).alias("median"),
        (_TOTAL / (pl.col("count").first() * MICRO)).alias("mean"),
    )
