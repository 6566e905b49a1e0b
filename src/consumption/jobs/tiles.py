"""Bring the tiles that are kept in the lake up to date: with the events that came since, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from consumption.engines.local import apply
from consumption.engines.progress import Progress
from consumption.features.kept_tiles import LIFETIME, READING, edition, lifetime_part, made_for
from consumption.features.rules import UsageRules
from consumption.features.tile_parts import Part, daily_part, metered, part_of
from consumption.features.tile_sums import DAILY, TILE
from consumption.jobs.coverage import EVENTS_AT_ONCE, LakeChanged, Made, grouped, loaded_events
from consumption.jobs.kept import Kept
from consumption.lake.delta import KEPT_LOCK, Lake, bucket_of
from consumption.lake.kept import KeptTable
from consumption.lake.spool import Spool
from consumption.tables import BUCKET, LOADED_AT

# What is kept of lifetimes moves on every so many days.
_LIFETIME_DAYS = 28

# Several frames are set aside at once, each while a group of buckets is worked on.
_HELD_BYTES = 32 * 1024 * 1024

# None of these has partitions: Delta's writer shares those out among tasks, through queues without bound. Rows come
# by group of buckets and then by `seen`: by the bounds of both, parts of files are told apart when they are read.
_TILES = pl.Schema({**TILE, BUCKET: pl.Int32()})
_DAILY = pl.Schema({**DAILY, BUCKET: pl.Int32()})
_READINGS = pl.Schema({**READING, BUCKET: pl.Int32()})
_LIFETIMES = pl.Schema({**LIFETIME, BUCKET: pl.Int32()})


@dataclass(frozen=True)
class Keeping:
    """The frames that are kept in a lake, for these rules."""

    lake: Lake
    rules: UsageRules
    excluded: frozenset[str]
    progress: Progress

    @property
    def tiles(self) -> KeptTable:
        """TILE rows."""
        return self.lake.kept("tiles", _TILES)

    @property
    def daily(self) -> KeptTable:
        """DAILY rows."""
        return self.lake.kept("daily", _DAILY)

    @property
    def readings(self) -> KeptTable:
        """READING rows."""
        return self.lake.kept("readings", _READINGS)

    @property
    def lifetimes(self) -> KeptTable:
        """LIFETIME rows."""
        return self.lake.kept("lifetimes", _LIFETIMES)

    @property
    def made_for(self) -> str:
        """What sums of values and errors depend on, beside the events."""
        return made_for(self.rules, self.excluded)

    def refresh(self, day: date) -> Kept:
        """Add what came since the last time; make everything anew where that does not add up."""
        with self.lake.lock(KEPT_LOCK):
            made = self._with_new(Made.noted(self.tiles.note()))
            if self.daily.note() != self._mark(made):
                self._sum_daily(made)
            if self.readings.note() != self._mark_of_readings(made):
                self._read_again(made)
            self._advance(made, day)
            # Opened while nobody else writes: the four go together.
            return self._opened(made)

    def _opened(self, made: Made) -> Kept:
        until = self.lifetimes.note()
        usable = until and until == self._mark_of_lifetimes(made, date.fromisoformat(until["day"]))
        return Kept(
            made=made,
            tiles=self.tiles.scan(),
            daily=self.daily.scan(),
            readings=self.readings.scan(),
            lifetimes=self.lifetimes.scan(),
            lifetimes_day=date.fromisoformat(until["day"]) if usable else None,
            made_for=self.made_for,
            buckets=self.lake.buckets,
        )

    def _with_new(self, before: Made) -> Made:
        files = self.lake.place("events").files()
        loaded, new = self._new(before, files)
        if new is not None and not new:
            return before
        since = datetime.fromisoformat(before.loaded) if new is not None else None
        made = before if new is not None else Made(edition=edition(), readings=metered(self.rules))
        groups = self.lake.chunks(EVENTS_AT_ONCE) if new is None else grouped(new)

        def part(buckets: Sequence[int]) -> Part:
            events = self.lake.scan("events", buckets).filter(pl.col(LOADED_AT) <= datetime.fromisoformat(loaded))
            return part_of(events, since, self.rules, self.excluded)

        with ExitStack() as stack:
            tiles, daily, readings = (stack.enter_context(_spool(s)) for s in (_TILES, _DAILY, _READINGS))
            seen: Counter[str] = Counter()
            read = 0
            taken_back = set(made.corrected)
            for done in apply(part, groups, what="tiles", progress=self.progress):
                tiles.add(self._in_bucket(done.tiles.sort("seen")))
                daily.add(self._in_bucket(done.daily.sort("seen")))
                readings.add(self._in_bucket(done.readings))
                seen.update(done.seen)
                read += done.events
                taken_back.update(done.tiles.filter(pl.col("events") <= 0)["account_id"].unique())
            rows = _counted(self.lake, files)
            if read + sum(made.rows.values()) != sum(rows.values()):
                raise LakeChanged
            after = replace(
                made,
                loaded=loaded,
                rows=rows,
                seen=dict(sorted((Counter(made.seen) + seen).items())),
                corrected=sorted(taken_back),
            )
            whole = new is None
            summed = whole or self.daily.note() == self._mark(made)
            read_before = whole or self.readings.note() == self._mark_of_readings(made)
            # A kill between two of these leaves a note that does not fit: see `refresh`.
            self._commit(self.tiles, tiles, asdict(after), whole=whole)
            if summed:
                self._commit(self.daily, daily, self._mark(after), whole=whole)
            if read_before:
                self._commit(self.readings, readings, self._mark_of_readings(after), whole=whole)
        return after

    def _new(self, before: Made, files: pl.DataFrame) -> tuple[str, dict[int, int] | None]:
        """Until when events are loaded, and those of each bucket that came since; None where all must be read."""
        # Statistics are cut off to milliseconds.
        latest: datetime = files.select(pl.col(f"max.{LOADED_AT}").max()).item()
        loaded = (latest + timedelta(milliseconds=1)).isoformat()
        if before.edition != edition() or not before.loaded or before.readings != metered(self.rules):
            return loaded, None
        new = loaded_events(self.lake, files, since=datetime.fromisoformat(before.loaded))
        total = Counter(_counted(self.lake, files))
        known = Counter(before.rows) + Counter({str(bucket): rows for bucket, rows in new.items()})
        return loaded, new if known == total else None

    def _sum_daily(self, made: Made) -> None:
        """Daily sums of all tiles, after the rules changed or a program was killed between two commits."""
        with _spool(_DAILY) as rows:
            for part in apply(self._daily_of, self.lake.chunks(EVENTS_AT_ONCE), what="sums", progress=self.progress):
                rows.add(part)
            self._commit(self.daily, rows, self._mark(made), whole=True)

    def _daily_of(self, buckets: Sequence[int]) -> pl.DataFrame:
        mine = self.tiles.scan().filter(pl.col(BUCKET).is_in(list(buckets)))
        return self._in_bucket(daily_part(mine, self.rules, self.excluded).sort("seen"))

    def _read_again(self, made: Made) -> None:
        """Readings of all events, after a program was killed before it had kept them."""

        def part(buckets: Sequence[int]) -> pl.DataFrame:
            events = self.lake.scan("events", buckets)
            loaded = events.filter(pl.col(LOADED_AT) <= datetime.fromisoformat(made.loaded))
            return part_of(loaded, None, self.rules, self.excluded).readings

        with _spool(_READINGS) as rows:
            groups = self.lake.chunks(EVENTS_AT_ONCE) if made.readings else []
            for done in apply(part, groups, what="readings", progress=self.progress):
                rows.add(self._in_bucket(done))
            self._commit(self.readings, rows, self._mark_of_readings(made), whole=True)

    def _advance(self, made: Made, day: date) -> None:
        """Keep the lifetime up to the last beginning of four weeks before a day; later ones stay as they are."""
        until = day - timedelta(days=day.toordinal() % _LIFETIME_DAYS)
        held = self.lifetimes.note()
        kept = held == self._mark_of_lifetimes(made, date.fromisoformat(held["day"])) if held else False
        if kept and held["day"] >= until.isoformat():
            return
        start = date.fromisoformat(held["day"]) if kept else None

        def part(buckets: Sequence[int]) -> pl.DataFrame:
            mine = pl.col(BUCKET).is_in(list(buckets))
            tiles = self.tiles.scan().filter(mine, pl.col("seen") < until)
            new = tiles if start is None else tiles.filter(pl.col("seen") >= start)
            old = None if start is None else self.lifetimes.scan().filter(mine)
            return lifetime_part(new, old, until, self.rules, self.excluded)

        with _spool(_LIFETIMES) as rows:
            for done in apply(part, self.lake.chunks(EVENTS_AT_ONCE), what="lifetimes", progress=self.progress):
                rows.add(self._in_bucket(done))
            self._commit(self.lifetimes, rows, self._mark_of_lifetimes(made, until), whole=True)

    def _mark(self, made: Made) -> dict[str, str]:
        return {"of": made.print, "for": self.made_for}

    @staticmethod
    def _mark_of_readings(made: Made) -> dict[str, str]:
        return {"of": made.print}

    def _mark_of_lifetimes(self, made: Made, day: date) -> dict[str, str]:
        return {"of": made.before(day), "for": self.made_for, "day": day.isoformat()}

    def _in_bucket(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(bucket_of(rows["account_id"], self.lake.buckets).alias(BUCKET))

    @staticmethod
    def _commit(table: KeptTable, rows: Spool, note: dict[str, Any], *, whole: bool) -> None:
        if whole:
            table.replace(rows.pieces(), note)
        else:
            table.append(rows.pieces(), note)


def _spool(schema: pl.Schema) -> Spool:
    return Spool(schema, _HELD_BYTES)


def _counted(lake: Lake, files: pl.DataFrame) -> dict[str, int]:
    return {str(bucket): rows for bucket, rows in loaded_events(lake, files).items()}
