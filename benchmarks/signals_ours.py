"""The thirty signals by the project's own engine, from the same files as the others read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.features.compute import compute_signals, compute_snapshots
from consumption.features.signal import Signal
from consumption.features.signal_set import by_name
from consumption.lake.history import History, of_frames
from consumption.tables import LAKE
from signals_world import RULES

# Of each family that events can tell about.
NAMES = (
    # frequency
    "active_users_28d", "active_users_7d", "active_days_28d", "active_days_7d", "active_days_84d", "stickiness_28d",
    "power_user_share_28d", "days_between_use_84d", "days_since_last_event",
    # depth
    "events_28d", "quantity_28d", "value_events_28d", "events_per_user_28d",
    # breadth
    "features_used_28d", "user_breadth_28d", "top_feature_share_28d", "new_features_28d",
    # trend
    "active_users_trend_28d", "events_trend_28d", "events_slope", "volatility", "longest_silence_84d",
    # people
    "new_users_28d", "lost_users_28d", "returned_users_28d", "busiest_user_share_28d", "busiest_user_silent_days",
    "stuck_user_share_28d",
    # onboarding, friction
    "activated_user_share", "errors_per_100_events_84d",
)  # fmt: skip


def thirty() -> tuple[Signal, ...]:
    """Their definitions, as the product has them."""
    known = by_name()
    return tuple(known[name] for name in NAMES)


def history(files: Sequence[Path], accounts: Path) -> History:
    """The files as a history: events are read when they are asked for."""
    schema = LAKE["events"].stored_schema
    events = pl.scan_parquet(list(files))
    lacking = [name for name in schema if name not in events.collect_schema()]
    whole = events.with_columns(pl.lit(None, dtype=schema[name]).alias(name) for name in lacking).select(*schema)
    others = History.of(accounts=pl.read_parquet(accounts))
    return of_frames({name: whole if name == "events" else others.frame(name) for name in LAKE})


def compute(files: Sequence[Path], accounts: Path, as_of: datetime) -> pl.DataFrame:
    """A row an account, a column a signal."""
    return compute_signals(history(files, accounts), as_of=as_of, signals=thirty(), rules=RULES)


def compute_many(files: Sequence[Path], accounts: Path, as_ofs: Sequence[datetime]) -> list[pl.DataFrame]:
    """The same for several moments, in one pass."""
    return list(compute_snapshots(history(files, accounts), as_ofs, signals=thirty(), rules=RULES))


def read_only(files: Sequence[Path]) -> pl.DataFrame:
    """The same columns of the same files, and nothing done with them."""
    return pl.scan_parquet(list(files)).collect()
