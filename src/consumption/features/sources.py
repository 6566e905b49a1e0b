"""The frames a signal may be made from, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from consumption.features import (
    account_frames,
    asset_frames,
    cohort_frames,
    feature_frames,
    friction_frames,
    goals,
    product_frames,
    session_frames,
    span_frames,
    stage_frames,
    usage_frames,
)
from consumption.features.known import Known
from consumption.features.tile_sums import SUMS

Rows = Callable[[Known, int, int], pl.LazyFrame]

_SUMS = ", ".join(SUMS)


@dataclass(frozen=True)
class Source:
    """A frame: what it has a row for, and the columns of it; `grouped` where an account has several rows.

    `rows(known, window, offset)` makes it; without `windowed` it is the same for every window. It has rows of so many
    `windows`, one after the other, and is 0 where all that was before tells. Quantities and money are whole
    millionths (`from_micro`).
    """

    name: str
    meaning: str
    columns: str
    grouped: bool
    windowed: bool
    rows: Rows
    windows: int = 1


def _source(rows: Rows, columns: str, *, grouped: bool = True, windowed: bool = False, windows: int = 1) -> Source:
    meaning = " ".join((rows.__doc__ or "").split())
    return Source(rows.__name__, meaning, columns, grouped, windowed, rows, windows)


_ALL = (
    _source(
        usage_frames.tiles, f"user_id, asset_id, product, event, day, is_value, is_error, {_SUMS}", windowed=True
    ),
    _source(usage_frames.daily, f"product, day, {_SUMS}", windowed=True),
    _source(usage_frames.user_days, f"user_id, day, {_SUMS}", windowed=True),
    _source(usage_frames.visits, "user_id, day", windowed=True),
    _source(
        usage_frames.users,
        f"user_id, active_days, active_days_before, {_SUMS}, events_before, first_days_ago, last_days_ago, "
        "first_value_days_ago, is_new",
        windowed=True,
        windows=2,
    ),
    _source(usage_frames.everyone, "user_id, events, first_days_ago, last_days_ago, first_value_days_ago"),
    _source(usage_frames.days, f"day, days_ago, gap (silent days before it), is_return, {_SUMS}", windowed=True),
    _source(usage_frames.features, f"event, users, first_days_ago, {_SUMS}", windowed=True),
    _source(usage_frames.owned, f"product, is_owned, is_used, {_SUMS}", windowed=True),
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
        "level, pot, bought, used, recent, recent_days, projected, left, lapsed, elapsed, yearly, price, over_price, "
        "exhaustion_days, exhaustion_low, exhaustion_high, attainment, needed_pace, is_missed, lost_in_days, "
        "penalty, ends_in_days, decision_in_days, the columns of `contracts`",
    ),
    _source(
        account_frames.interactions,
        "days_ago, days_open, reopened_days_ago, is_open, amount, the columns of `interactions`",
        windowed=True,
    ),
    _source(
        account_frames.contacts,
        "last_days_ago, left_days_ago, invited_days_ago, seat_assigned_days_ago, has_left, has_reached_value, "
        "the columns of `contacts`",
    ),
    _source(span_frames.beginnings, "waited", grouped=False),
    _source(span_frames.lived, "part", grouped=False, windowed=True, windows=0),
    _source(session_frames.sessions, "user_id, day, sessions, session_minutes", windowed=True),
    _source(cohort_frames.value_users, "user_id, value_weeks", windowed=True),
    _source(cohort_frames.waits, "wait, waiting, reached_value"),
    _source(cohort_frames.groups, "group, is_place, first_days_ago, begun_days_ago"),
    _source(
        feature_frames.bought_features,
        "event, is_bought, is_core, is_milestone, first_days_ago, last_days_ago, waited",
    ),
    _source(friction_frames.flows, "flow, started, finished", windowed=True),
    _source(friction_frames.sign_ins, "user_id, failures, other_events", windowed=True),
    _source(
        product_frames.products_in_use,
        "product, worth, events, events_before, value_events, is_named",
        windowed=True,
        windows=2,
    ),
    _source(product_frames.complements, "complement, is_owned"),
    _source(stage_frames.stages, "stage, entered_day, stage_days, passed, missed", grouped=False),
    _source(goals.goals, "is_confirmed, weight, the columns of `goals`"),
    _source(asset_frames.machines, "ran_days, reported_days, run_hours, error_events", windowed=True),
    _source(account_frames.assets, "last_days_ago, is_out_of_warranty, the columns of `assets`"),
)

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}

# Made of other signals: of the same account, or of an account and its peers.
DERIVED = ("signals", "peers")
