"""Tiles of the events of one load, as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.features.corrections import SIGN, changes, corrected, signed
from consumption.features.kept_tiles import READING, as_texts
from consumption.features.rules import UsageRules
from consumption.features.tile_sums import (
    DAILY,
    TILE,
    coded,
    columns,
    counts,
    daily_of,
    enum_of,
    flagged,
    fresh_codes,
    summed,
    who_of,
)
from consumption.tables import LINE, LOADED_AT

# Stands for all events, where a meter without events reads every one.
EVERY = "*"


@dataclass(frozen=True)
class Part:
    """Tiles (TILE), daily sums (DAILY) and readings (READING) of so many events.

    `seen` is how many rows (corrections are rows too) count from which day.
    """

    tiles: pl.DataFrame
    daily: pl.DataFrame
    readings: pl.DataFrame
    seen: dict[str, int]
    events: int


def metered(rules: UsageRules) -> list[str]:
    """Events whose order matters to a meter, so that they are kept one by one; `*` stands for all."""
    meters = [m for m in rules.meters.values() if m.how in {"last", "counter"}]
    return [EVERY] if any(not m.events for m in meters) else sorted({name for m in meters for name in m.events})


def part_of(events: pl.LazyFrame, since: datetime | None, rules: UsageRules, excluded: frozenset[str]) -> Part:
    """What the events loaded after `since` (None: all) add to the tiles of those loaded before.

    A correction adds its difference to what was: the earlier versions are among `events`.
    """
    rows = columns(_added(events, since)).collect()
    codes = fresh_codes()
    parts = coded(rows.lazy(), enum_of(rows["account_id"]), codes).select(TILE.names()).collect()
    readings, days = _read(rows, metered(rules)), rows.group_by("seen").agg(pl.len()).sort("seen")
    # Texts of all these events are the most of what is in memory: gone before sums are made.
    del rows
    tiles = summed(flagged(parts, rules))
    del parts
    daily = as_texts(daily_of(who_of(tiles.filter(counts(codes, rules, excluded))))).select(DAILY.names())
    return Part(
        tiles=as_texts(tiles).select(TILE.names()),
        daily=daily,
        readings=readings,
        seen={day.isoformat(): count for day, count in days.iter_rows()},
        events=_added_events(events, since),
    )


def daily_part(tiles: pl.LazyFrame, rules: UsageRules, excluded: frozenset[str]) -> pl.DataFrame:
    """Daily sums of kept tiles."""
    rows = tiles.select(TILE.names()).collect()
    ids, codes = enum_of(rows["account_id"]), fresh_codes()
    known = coded(rows.lazy(), ids, codes).filter(counts(codes, rules, excluded)).collect()
    return as_texts(daily_of(who_of(flagged(known, rules)))).select(DAILY.names())


def _added(events: pl.LazyFrame, since: datetime | None) -> pl.LazyFrame:
    if since is None:
        return signed(events, corrected(events))
    new = events.filter(pl.col(LOADED_AT) > since)
    ids = corrected(new)
    if ids.is_empty():
        return signed(new, ids)
    mine = pl.col("event_id").is_in(ids.implode()).fill_null(value=False)
    versions = events.filter(mine).collect()
    before = changes(versions.filter(pl.col(LOADED_AT) <= since)).with_columns(-pl.col(SIGN))
    others = signed(new.filter(~mine), ids.clear())
    return pl.concat([others, changes(versions).lazy(), before.lazy()])


def _added_events(events: pl.LazyFrame, since: datetime | None) -> int:
    real = events.filter(pl.col(LINE) >= 0)
    new = real if since is None else real.filter(pl.col(LOADED_AT) > since)
    return int(new.select(pl.len()).collect().item())


def _read(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    if list(names) != [EVERY]:
        rows = rows.filter(pl.col("event").is_in(names))
    return rows.select(READING.names())
