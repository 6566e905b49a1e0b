"""Tiles that are kept in the lake, so that the work of a day is that day's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources

import polars as pl

from consumption.features.lifetime import PARTS, Lifetime
from consumption.features.rules import UsageRules
from consumption.features.tile_sums import (
    DAILY,
    SUMS,
    TEXTS,
    TILE,
    coded,
    counts,
    enum_of,
    flagged,
    fresh_codes,
    readings_of,
)
from consumption.features.tiles import Reach, Tiles, phase

READING = pl.Schema({**TILE, "timestamp": pl.Datetime("us", "UTC")})
LIFETIME = pl.Schema(
    {
        "part": pl.String(),
        "account_id": pl.String(),
        "name": pl.String(),
        **dict.fromkeys(("first_day", "first_value_day", "last_day", "last_value_day"), pl.Date()),
        **dict.fromkeys(SUMS, pl.Int64()),
    }
)


# What makes kept tiles: another edition of it makes them anew.
_MAKERS = (
    "addresses", "corrections", "digits", "exact", "kept_tiles", "lifetime", "packing", "tile_parts", "tile_sums",
)  # fmt: skip


def edition() -> str:
    """SHA-256 of the code that makes kept tiles."""
    folder = resources.files("consumption.features")
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in _MAKERS)).hexdigest()


def made_for(rules: UsageRules, excluded: Iterable[str]) -> str:
    """What sums of values and errors depend on, beside the events."""
    parts = [rules.fingerprint(part) for part in ("value_events", "error_events", "excluded")]
    return hashlib.sha256(json.dumps([*parts, sorted(excluded)]).encode()).hexdigest()


@dataclass(frozen=True)
class KeptTiles:
    """Tiles of some accounts as they are kept, for moments at midnight.

    `rows` are TILE, `daily` DAILY and `lifetimes` LIFETIME (everything seen before `lifetimes_day`), the last two as
    `made_for` says; `readings` READING. A tile loaded in several goes comes in as many rows. `corrected` are accounts
    with events that were taken back.
    """

    accounts: pl.Series
    rows: pl.LazyFrame
    readings: pl.LazyFrame
    daily: pl.LazyFrame
    lifetimes: pl.LazyFrame
    lifetimes_day: date | None
    made_for: str
    corrected: tuple[str, ...] = ()
    codes: dict[str, pl.Categorical] = field(default_factory=fresh_codes)

    def serve(self, as_of: datetime) -> bool:
        """Whether these tiles can tell a moment: their days begin at midnight."""
        return phase(as_of) == timedelta()

    def tiles(self, complete: frozenset[str], since: date, rules: UsageRules, excluded: Iterable[str]) -> Tiles:
        """Tiles that count from `since` on, and all of the accounts in `complete`; others are read when asked for."""
        ids = enum_of(self.accounts)
        all_of = pl.col("account_id").is_in(
            pl.Series(sorted({*complete, *self.corrected}), dtype=pl.String).implode()
        )
        counted = counts(self.codes, rules, excluded)

        def tiles(wanted: pl.LazyFrame) -> pl.DataFrame:
            return flagged(coded(wanted, ids, self.codes).filter(counted).select(TILE.names()).collect(), rules)

        def daily(day: date) -> pl.DataFrame:
            wanted = self.daily.filter(pl.col("seen") >= day)
            return coded(wanted, ids, _only(self.codes, "product")).select(DAILY.names()).collect().sort("day")

        same = self.made_for == made_for(rules, excluded)
        known = coded(self.readings, ids, self.codes).filter(counted).collect()
        return Tiles.made(
            ids,
            self.codes,
            Reach(lambda day: tiles(self.rows.filter(pl.col("seen") >= day)), since),
            readings_of(known, rules),
            whole=tiles(self.rows.filter(all_of)) if complete or self.corrected else None,
            corrected=self.corrected,
            daily=Reach(daily, since) if same else None,
        )

    def lifetime(self, tiles: Tiles, day: date, rules: UsageRules, excluded: Iterable[str]) -> Lifetime | None:
        """What is kept of everything seen before a day up to `day`; None where nothing usable is."""
        usable = self.lifetimes_day is not None and self.lifetimes_day <= day
        if not usable or self.made_for != made_for(rules, excluded) or self.lifetimes_day is None:
            return None
        return lifetime_from(self.lifetimes, self.lifetimes_day, tiles.ids, tiles.codes)


def lifetime_rows(lifetime: Lifetime) -> pl.DataFrame:
    """A lifetime as LIFETIME rows."""
    parts = zip(PARTS.items(), (lifetime.users, lifetime.features, lifetime.assets), strict=True)
    return pl.concat(
        part.rename({key: "name"})
        .with_columns(pl.lit(name).alias("part"), pl.col("account_id", "name").cast(pl.String))
        .select(LIFETIME.names())
        for (name, key), part in parts
    )


def lifetime_from(rows: pl.LazyFrame, day: date, ids: pl.Enum, codes: dict[str, pl.Categorical]) -> Lifetime:
    """The lifetime that such rows tell."""
    parts = [
        coded(rows.filter(pl.col("part") == name).rename({"name": key}), ids, _only(codes, key)).select(
            "account_id", key, *LIFETIME.names()[3:]
        )
        for name, key in PARTS.items()
    ]
    return Lifetime(day, *pl.collect_all(parts))


def lifetime_part(
    tiles: pl.LazyFrame, old: pl.LazyFrame | None, day: date, rules: UsageRules, excluded: Iterable[str]
) -> pl.DataFrame:
    """LIFETIME rows of kept tiles, all seen before `day`, and of what was kept of those before them."""
    rows = tiles.select(TILE.names()).collect()
    before = None if old is None else old.collect()
    names = [frame["account_id"] for frame in (rows, before) if frame is not None]
    ids, codes = enum_of(pl.concat(names)), fresh_codes()
    known = coded(rows.lazy(), ids, codes).filter(counts(codes, rules, excluded)).collect()
    earlier = None if before is None else lifetime_from(before.lazy(), date.min, ids, codes)
    return lifetime_rows(Lifetime.summed(flagged(known, rules), day, earlier))


def _only(codes: dict[str, pl.Categorical], name: str) -> dict[str, pl.Categorical]:
    return {name: codes[name]}


def as_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Coded rows as they are kept."""
    return rows.with_columns(pl.col(name).cast(pl.String) for name in ("account_id", *TEXTS) if name in rows.columns)
