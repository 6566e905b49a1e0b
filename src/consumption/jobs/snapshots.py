"""Snapshots of every account: taken from the lake where they are kept, made where they are lacking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources

import polars as pl

from consumption.config import Workspace
from consumption.engines.local import apply
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.brief import briefs
from consumption.features.compute import compute_snapshots, days_read, needed, with_peers
from consumption.features.family import family
from consumption.features.kept_tiles import KeptTiles
from consumption.features.known import Facts
from consumption.features.own_signals_wrong import naming_what_fails
from consumption.features.peer_groups import peer_groups
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.features.tiles import day_of, phase
from consumption.jobs.coverage import EVENTS_AT_ONCE
from consumption.jobs.erase import marked
from consumption.jobs.kept import Kept
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.tiles import Keeping
from consumption.lake.delta import Lake
from consumption.lake.history import History
from consumption.tables import BUCKET, LINE, LOADED_AT, RECEIVED_AT

__all__ = ["EVENTS_AT_ONCE", "snapshots"]

# Accounts take room too, whatever little is read of each.
_LEAST_READ = 0.1

READ_BY_SIGNALS = (
    "accounts", "contracts", "interactions", "contacts", "assets", "products", "outcomes", "goals", "rates",
)  # fmt: skip


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
    workspace: Workspace,
    as_ofs: Sequence[datetime],
    *,
    signals: Sequence[Signal] | None = None,
    progress: Progress = silent,
) -> dict[datetime, pl.DataFrame]:
    """A SNAPSHOT frame for each moment, in order of time; raises `BeforeTheFirstEvent`, `NothingIngested`.

    `signals` are those of the workspace, if not named.
    """
    refuse_before_the_first_event(lake_of(workspace), min(as_ofs))
    return snapshots_of(Making.of(workspace, max(as_ofs), signals, progress), as_ofs, marked(workspace))


def snapshots_of(
    making: Making, as_ofs: Sequence[datetime], kept_for_good: Collection[datetime] = ()
) -> dict[datetime, pl.DataFrame]:
    """A SNAPSHOT frame for each moment: those that are kept, and those that are made now.

    What was made before a person was erased is `kept_for_good`, with its numbers: nothing could make it again.
    """
    made_from = {moment: making.made_from(moment) for moment in sorted(set(as_ofs))}
    held = dict(making.lake.snapshots())
    same = {
        moment: held.get(moment) == print_
        or (moment in kept_for_good and held.get(moment, "").startswith(making.definitions))
        for moment, print_ in made_from.items()
    }
    kept = {moment: making.lake.read_snapshot(moment) if same[moment] else None for moment in made_from}
    lacking = [moment for moment, frame in kept.items() if frame is None]
    for moment, frame in making.make(lacking).items():
        making.lake.write_snapshot(frame, as_of=moment, made_from=made_from[moment])
        kept[moment] = frame
    return {moment: frame for moment, frame in kept.items() if frame is not None}


def refuse_before_the_first_event(lake: Lake, as_of: datetime) -> datetime:
    """When telemetry begins; raises where that is not before `as_of`, or where there is none, or other buckets."""
    lake.refuse_other_buckets()
    for table in ("accounts", "events"):
        if not lake.rows(table):
            raise NothingIngested(table)
    first: datetime = lake.place("events").files().select(pl.col("min.timestamp").min()).item()
    if as_of <= first:
        raise BeforeTheFirstEvent(as_of, first)
    return first


@dataclass(frozen=True)
class Making:
    """All that snapshots are made from: the tables in memory, and the tiles brought up to date.

    `from_events` leaves the kept tiles alone and reads all events instead.
    """

    lake: Lake
    signals: tuple[Signal, ...]
    rules: UsageRules
    told: History
    events: pl.LazyFrame
    kept: Kept | None
    progress: Progress
    from_events: bool = False

    @staticmethod
    def of(
        workspace: Workspace, latest: datetime, signals: Sequence[Signal] | None = None, progress: Progress = silent
    ) -> Making:
        """What there is, for moments up to `latest`."""
        lake, rules = lake_of(workspace), usage_rules(workspace)
        told = lake.history().without_events().collect()
        keeping = Keeping(lake, rules, Facts(latest, told).excluded(rules), progress)
        kept = keeping.refresh(day_of(latest)) if lake.rows("events") else None
        return Making(lake, tuple(signals or signals_of(workspace)), rules, told, lake.scan("events"), kept, progress)

    def make(self, as_ofs: Sequence[datetime]) -> dict[datetime, pl.DataFrame]:
        """Snapshots made a group of buckets at a time; peers are compared when all accounts are there."""
        if not as_ofs:
            return {}
        own = [s for s in needed(self.signals) if s.source != "peers"]
        parts = [
            list(frames)
            for frames in apply(
                lambda buckets: self._part(buckets, as_ofs, own),
                self._groups(as_ofs, own),
                what="signals",
                progress=self.progress,
            )
        ]
        whole = (pl.concat(frames).sort("account_id") for frames in zip(*parts, strict=True))
        return {moment: self._with_peers(moment, frame) for moment, frame in zip(as_ofs, whole, strict=True)}

    @property
    def definitions(self) -> str:
        """SHA-256 of the signals, the settings they depend on, and our code."""
        return _hashed([fingerprints(self.signals, self.rules), _code()])

    def made_from(self, as_of: datetime) -> str:
        """What a snapshot depends on: `definitions`, and every row received before its moment."""
        rows = {name: self._rows(name, as_of) for name in READ_BY_SIGNALS}
        # Of a moment within a day, that day's events count too.
        until = day_of(as_of) + timedelta(days=bool(phase(as_of)))
        events = self.kept.made.before(until) if self.kept else ""
        return f"{self.definitions}.{_hashed([rows, events])}"

    def _rows(self, table: str, as_of: datetime) -> list[object]:
        known = self.told.frame(table).filter(pl.col(RECEIVED_AT) < as_of)
        print_ = known.select(pl.len(), pl.col(LOADED_AT).max(), pl.col(LINE).sum().alias("lines"))
        return list(print_.collect().row(0))

    def briefs(self, as_of: datetime) -> pl.DataFrame:
        """What a person sees of every account at a glance: see `features.brief`."""
        return self.over_groups(lambda history, kept: briefs(history, as_of, self.rules, kept), what="briefs")

    def over_groups(self, rows: Callable[[History, KeptTiles | None], pl.DataFrame], *, what: str) -> pl.DataFrame:
        """Rows with an account_id, of all accounts, made a group of buckets at a time from tables and kept tiles."""

        def of_buckets(buckets: Sequence[int]) -> pl.DataFrame:
            mine, history, kept = self._accounts(buckets)
            return rows(history, kept).filter(pl.col("account_id").is_in(mine.implode()))

        return pl.concat(apply(of_buckets, self.lake.chunks(EVENTS_AT_ONCE), what=what, progress=self.progress))

    def _groups(self, as_ofs: Sequence[datetime], own: Sequence[Signal]) -> list[list[int]]:
        """Buckets in groups, by the events that are worked on at once: fewer, where only those of a window are."""
        kept, first = None if self.from_events else self.kept, day_of(min(as_ofs))
        at_midnight = not any(phase(as_of) for as_of in as_ofs)
        read = 1.0
        if kept is not None and at_midnight and kept.lifetimes_day is not None and kept.lifetimes_day <= first:
            # Of what was before, the lifetime kept tells: tiles are read from there, or from the window's first day.
            read = kept.made.share(min(kept.lifetimes_day, first - timedelta(days=days_read(own))))
        return self.lake.chunks(int(EVENTS_AT_ONCE / max(read, _LEAST_READ)))

    def _part(self, buckets: Sequence[int], as_ofs: Sequence[datetime], own: Sequence[Signal]) -> list[pl.DataFrame]:
        mine, history, kept = self._accounts(buckets)

        def computed(signals: Sequence[Signal]) -> list[pl.DataFrame]:
            return list(compute_snapshots(history, as_ofs, signals=signals, rules=self.rules, kept=kept))

        with naming_what_fails(own, lambda signal: computed([signal])):
            frames = computed(own)
        return [frame.filter(pl.col("account_id").is_in(mine.implode())) for frame in frames]

    def _accounts(self, buckets: Sequence[int]) -> tuple[pl.Series, History, KeptTiles | None]:
        """The accounts of some buckets; and what is known of them and of all that belong with them."""
        everyone = self.told.accounts.select("account_id", BUCKET, "parent_id", "merged_into").collect()
        mine = everyone.filter(pl.col(BUCKET).is_in(list(buckets)))["account_id"].unique()
        accounts = family(everyone, mine)
        foreign = accounts.filter(~accounts.is_in(mine.implode()))
        history = replace(self.told.only(accounts.to_list()), events=self._events(buckets, foreign))
        kept = None if self.from_events or self.kept is None else self.kept.of(buckets, accounts, foreign)
        return mine, history, kept

    def _events(self, buckets: Sequence[int], foreign: pl.Series) -> pl.LazyFrame:
        """Events of these accounts: read only for moments that kept tiles cannot tell."""
        mine = pl.col(BUCKET).is_in(list(buckets)) | pl.col("account_id").is_in(foreign.implode())
        return self.events.filter(mine)

    def _with_peers(self, moment: datetime, frame: pl.DataFrame) -> pl.DataFrame:
        told = [s for s in self.signals if s.source == "peers"]
        if not told:
            return frame.select("account_id", "as_of", *(s.name for s in self.signals))
        groups = peer_groups(self.told, moment, currency=self.rules.currency)
        return with_peers(frame, groups, told).select("account_id", "as_of", *(s.name for s in self.signals))


def _hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _code() -> str:
    """SHA-256 of the code that makes signals: a snapshot made by another edition of it is made anew."""
    folders = [resources.files(f"consumption.{stage}") for stage in ("tables", "lake", "features")]
    files = sorted((file for folder in folders for file in folder.iterdir()), key=str)
    texts = [file.read_bytes() for file in files if file.name.endswith(".py")]
    return hashlib.sha256(b"".join(texts)).hexdigest()
