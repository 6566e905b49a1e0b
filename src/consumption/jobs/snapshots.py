"""Snapshots of every account: taken from the lake where they are kept, made where they are lacking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.local import apply
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.compute import compute_snapshots, segments, with_peers
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.lake.delta import Lake

EVENTS_AT_ONCE = 2_000_000
"""Events that are worked on at once: what bounds memory."""

READ_BY_SIGNALS = ("accounts", "contracts", "events", "interactions", "contacts", "assets", "products", "outcomes")


class NothingIngested(ConsumptionError):
    """The lake has no accounts, or no events."""

    status = 409

    def __init__(self, table: str) -> None:
        super().__init__(f"there are no {table} yet", f"bring them in with: consumption ingest {table} FILE...")


class BeforeTheFirstEvent(ConsumptionError):
    """Nothing was known at the date asked for."""

    status = 422

    def __init__(self, as_of: datetime, first: datetime) -> None:
        super().__init__(
            f"nothing is known as of {as_of:%Y-%m-%d}: the first event happened on {first:%Y-%m-%d}",
            f"ask for a date after {first:%Y-%m-%d}, or ingest older events",
        )


def snapshots(
    workspace: Workspace, as_ofs: Sequence[datetime], *, progress: Progress = silent
) -> dict[datetime, pl.DataFrame]:
    """A SNAPSHOT frame for each moment, in order of time; raises `BeforeTheFirstEvent`, `NothingIngested`."""
    lake, signals = lake_of(workspace), signals_of(workspace)
    refuse_before_the_first_event(lake, min(as_ofs))
    made_from = _made_from(workspace, lake, signals)
    kept = {moment: lake.read_snapshot(moment, made_from) for moment in sorted(set(as_ofs))}
    lacking = [moment for moment, frame in kept.items() if frame is None]
    for moment, frame in _make(workspace, lake, signals, lacking, progress).items():
        lake.write_snapshot(frame, as_of=moment, made_from=made_from)
        kept[moment] = frame
    return {moment: frame for moment, frame in kept.items() if frame is not None}


def refuse_before_the_first_event(lake: Lake, as_of: datetime) -> datetime:
    """When telemetry begins; raises where that is not before `as_of`, or where there is none, or other buckets."""
    lake.refuse_other_buckets()
    for table in ("accounts", "events"):
        if not lake.rows(table):
            raise NothingIngested(table)
    first: datetime = lake.scan("events").select(pl.col("timestamp").min()).collect().item()
    if as_of <= first:
        raise BeforeTheFirstEvent(as_of, first)
    return first


def _make(
    workspace: Workspace, lake: Lake, signals: Sequence[Signal], as_ofs: Sequence[datetime], progress: Progress
) -> dict[datetime, pl.DataFrame]:
    """Snapshots made a group of buckets at a time; peers are compared when all accounts are there."""
    if not as_ofs:
        return {}
    rules = usage_rules(workspace)

    def of_buckets(buckets: Sequence[int]) -> list[pl.DataFrame]:
        history = lake.history(buckets)
        return list(compute_snapshots(history, as_ofs, signals=signals, rules=rules))

    parts = list(apply(of_buckets, lake.chunks(EVENTS_AT_ONCE), what="signals", progress=progress))
    whole = (pl.concat(frames).sort("account_id") for frames in zip(*parts, strict=True))
    told = lake.history().without_events().collect()
    return {
        moment: with_peers(frame, segments(told, moment), signals)
        for moment, frame in zip(as_ofs, whole, strict=True)
    }


def _made_from(workspace: Workspace, lake: Lake, signals: Sequence[Signal]) -> str:
    """What a snapshot depends on: definitions, settings, and the versions of the tables that signals read."""
    versions = {name: version for name, version in lake.versions().items() if name in READ_BY_SIGNALS}
    parts = [fingerprints(signals, usage_rules(workspace)), versions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
