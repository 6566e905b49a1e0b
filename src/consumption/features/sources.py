"""The frames a signal may be made from, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from consumption.features import account_frames, usage_frames
from consumption.features.known import Known
from consumption.features.tiles import SUMS

Rows = Callable[[Known, int, int], pl.LazyFrame]

_SUMS = ", ".join(SUMS)


@dataclass(frozen=True)
class Source:
    """A frame: what it has a row for, and the columns of it; `grouped` where an account has several rows.

    `rows(known, window, offset)` makes it; without `windowed` it is the same for every window. Quantities and
    money are whole millionths (`from_micro`).
    """

    name: str
    meaning: str
    columns: str
    grouped: bool
    windowed: bool
    rows: Rows


def _source(rows: Rows, columns: str, *, grouped: bool = True, windowed: bool = False) -> Source:
    return Source(rows.__name__, " ".join((rows.__doc__ or "").split()), columns, grouped, windowed, rows)


_ALL = (
    _source(
        usage_frames.tiles, f"user_id, asset_id, product, event, day, is_value, is_error, {_SUMS}", windowed=True
    ),
    _source(usage_frames.daily, f"product, day, {_SUMS}", windowed=True),
    _source(usage_frames.user_days, f"user_id, day, {_SUMS}", windowed=True),
    _source(
        usage_frames.users,
        f"user_id, active_days, active_days_before, {_SUMS}, events_before, first_days_ago, last_days_ago, "
        "first_value_days_ago, is_new",
        windowed=True,
    ),
    _source(usage_frames.everyone, "user_id, events, first_days_ago, last_days_ago, first_value_days_ago"),
    _source(usage_frames.days, f"day, days_ago, gap (silent days before it), is_return, {_SUMS}", windowed=True),
    _source(usage_frames.features, f"event, users, first_days_ago, {_SUMS}", windowed=True),
    _source(usage_frames.owned, f"product, is_owned, is_used, {_SUMS}", windowed=True),
    _source(usage_frames.entitled, "feature, is_core, is_used", windowed=True),
    _source(usage_frames.weeks, "events, value_events", grouped=False),
    _source(
        usage_frames.lifetime,
        f"tenure_days, features, first_days_ago, last_days_ago, first_value_days_ago, last_value_days_ago, {_SUMS}",
        grouped=False,
    ),
    _source(account_frames.account, "tenure_days, yearly_spend, the columns of `accounts`", grouped=False),
    _source(account_frames.value, "arr, arr_before", grouped=False),
    _source(
        account_frames.entitlements,
        "level, bought, used, recent, recent_days, projected, elapsed, yearly, unit_price, overage_price, "
        "ends_in_days, decision_in_days, the columns of `contracts`",
    ),
    _source(
        account_frames.interactions,
        "days_ago, days_open, is_open, amount, the columns of `interactions`",
        windowed=True,
    ),
    _source(
        account_frames.contacts,
        "last_days_ago, left_days_ago, invited_days_ago, seat_assigned_days_ago, has_left, has_reached_value, "
        "the columns of `contacts`",
    ),
    _source(account_frames.assets, "last_days_ago, is_out_of_warranty, the columns of `assets`"),
)

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}

# Made of other signals: of the same account, or of an account and its peers.
DERIVED = ("signals", "peers")
