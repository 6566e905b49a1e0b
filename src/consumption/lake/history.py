"""All that was known, cut off at a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from consumption.lake.complete import complete
from consumption.lake.merges import moved_to, survivors
from consumption.tables import BUCKET, LAKE, LINE, LOADED_AT, RECEIVED_AT, TIMESTAMP, Table

# A negative line is the mark that a version left for another account; at the same line the row itself comes last.
VERSION_ORDER = (pl.col(RECEIVED_AT), pl.col(LOADED_AT), pl.col(LINE).abs(), pl.col(LINE))

# What a row says about later than itself: hidden until then.
_TOLD_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "contracts": {"ended_on": ("ended_on",), "notice_given_on": ("notice_given_on",)},
    "interactions": {"closed_at": ("closed_at", "score", "minutes")},
}
# Accounts stay as they are; whose an event is, is settled where events are counted.
_NOT_MOVED = frozenset({"accounts", "events"})
# The day a contract ended on is its first day out of force, so it has come at that day's midnight.
_FROM_MIDNIGHT = frozenset({"ended_on"})


@dataclass(frozen=True)
class History:
    """The tables of the contract as lazy frames, each with at least its stored columns; several versions a key.

    `sorted_keys` says that the frames of versioned tables are already sorted by key and version (see `collect`).
    """

    accounts: pl.LazyFrame
    contracts: pl.LazyFrame
    events: pl.LazyFrame
    interactions: pl.LazyFrame
    decisions: pl.LazyFrame
    responses: pl.LazyFrame
    outcomes: pl.LazyFrame
    people: pl.LazyFrame
    contacts: pl.LazyFrame
    assets: pl.LazyFrame
    goals: pl.LazyFrame
    products: pl.LazyFrame
    rates: pl.LazyFrame
    sorted_keys: bool = False

    @staticmethod
    def of(**frames: pl.DataFrame) -> History:
        """A history of plain frames: a missing table is empty, a missing column null.

        `received_at` defaults to the row's own time, a contract's to the day before it starts, and to 1970 where a
        table has no time of its own. Columns that the contract does not name become attributes.
        """
        unknown = sorted(set(frames) - set(LAKE))
        if unknown:
            raise TypeError(f"no such table: {', '.join(unknown)}; tables are {', '.join(LAKE)}")
        return of_frames(
            {
                name: complete(table, frames.get(name, pl.DataFrame(schema=table.stored_schema))).lazy()
                for name, table in LAKE.items()
            }
        )

    def before(self, as_of: datetime) -> History:
        """What was known at `as_of`: one row a key, its latest version received before; nothing that happened later.

        A contract signed earlier that starts later stays. Its end is null where it came after `as_of`; its
        notice, and the answer and length of an interaction, where they came at or after it. Rows of an account that
        was merged into another are the survivor's, events apart: whoever counts them asks `survivors`.
        """
        moved = self.moved(as_of)
        known = {name: self.known(name, as_of, moved) for name in LAKE}
        return of_frames(known, sorted_keys=self.sorted_keys and moved.is_empty())

    def known(self, name: str, as_of: datetime, moved: pl.DataFrame) -> pl.LazyFrame:
        """One table of `before`; `moved` are the merges known then."""
        table = LAKE[name]
        rows = _known(self.frame(name), table, as_of, self.sorted_keys)
        return moved_to(rows, moved) if table.by_account and name not in _NOT_MOVED and len(moved) else rows

    def moved(self, as_of: datetime) -> pl.DataFrame:
        """One row an account known to be merged into another by then: account_id, to."""
        return survivors(_known(self.accounts, LAKE["accounts"], as_of, self.sorted_keys))

    def only(self, account_ids: Sequence[str]) -> History:
        """These accounts alone, with the responses to their decisions; people, products and rates stay whole."""
        ids = pl.Series("account_id", account_ids, dtype=pl.String).unique()
        mine = {t.name: _of_accounts(self.frame(t.name), t, ids) for t in LAKE.values()}
        decided = mine["decisions"].filter(pl.col(LINE) >= 0).select("decision_id").unique()
        mine["responses"] = self.responses.join(decided, on="decision_id", how="semi", maintain_order="left")
        return of_frames(mine, sorted_keys=self.sorted_keys)

    def of_buckets(self, buckets: Sequence[int]) -> History:
        """The accounts of these buckets alone; tables that belong to no account stay whole."""
        mine = pl.col(BUCKET).is_in(list(buckets))
        rows = {name: self.frame(name) for name in LAKE}
        frames = {name: frame.filter(mine) if LAKE[name].by_account else frame for name, frame in rows.items()}
        return of_frames(frames, sorted_keys=self.sorted_keys)

    def received_before(self, moment: datetime) -> History:
        """Every version received by then, of whatever time: what could be learned from at that moment."""
        known = {name: self.frame(name).filter(pl.col(RECEIVED_AT) < moment) for name in LAKE}
        return of_frames(known, sorted_keys=self.sorted_keys)

    def without_events(self) -> History:
        """All tables but the large one, for what asks for no telemetry."""
        none = pl.LazyFrame(schema=LAKE["events"].stored_schema)
        kept = {name: none if name == "events" else self.frame(name) for name in LAKE}
        return of_frames(kept, sorted_keys=self.sorted_keys)

    def collect(self) -> History:
        """All frames read once and kept in memory, sorted so that many `before` are cheap."""
        frames = [self.frame(name) for name in LAKE]
        if not self.sorted_keys:
            frames = [_by_version(f, t) if _versioned(t) else f for f, t in zip(frames, LAKE.values(), strict=True)]
        read = zip(LAKE, pl.collect_all(frames), strict=True)
        return of_frames({name: frame.lazy() for name, frame in read}, sorted_keys=True)

    def frame(self, table: str) -> pl.LazyFrame:
        """The frame of one table, by its name."""
        frame: pl.LazyFrame = getattr(self, table)
        return frame


def of_frames(frames: Mapping[str, pl.LazyFrame], *, sorted_keys: bool = False) -> History:
    """A history of these lazy frames, one for each table of the contract."""
    tables: dict[str, Any] = {**frames, "sorted_keys": sorted_keys}
    return History(**tables)


def _known(frame: pl.LazyFrame, table: Table, as_of: datetime, sorted_keys: bool) -> pl.LazyFrame:
    moment = pl.lit(as_of, dtype=TIMESTAMP)
    frame = frame.filter(pl.col(RECEIVED_AT) < moment)
    if _versioned(table):
        frame = _latest(frame if sorted_keys else _by_version(frame, table), table)
    elif table.optional_key:
        keyed = pl.col(table.key[0]).is_not_null()
        frame = pl.concat([frame.filter(~keyed), _latest(_by_version(frame.filter(keyed), table), table)])
    if table.happened and not table.known_days:
        frame = frame.filter(pl.col(table.happened).cast(TIMESTAMP) < moment)
    return frame.with_columns(_hidden(table, moment))


def _versioned(table: Table) -> bool:
    return bool(table.key) and not table.optional_key


def _by_version(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    return frame.sort(*table.key, *VERSION_ORDER, maintain_order=True)


def _latest(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The last row of each run of equal keys, unless that version moved the row to another account (line below 0)."""
    key = [pl.col(name) for name in table.key]
    last = pl.any_horizontal(k.ne_missing(k.shift(-1)) for k in key)
    return frame.filter(last | (pl.int_range(pl.len()) == pl.len() - 1)).filter(pl.col(LINE) >= 0)


def _hidden(table: Table, moment: pl.Expr) -> list[pl.Expr]:
    told = _TOLD_LATER.get(table.name, {})
    return [
        pl.when(_has_come(when, moment)).then(pl.col(column)).alias(column)
        for when, columns in told.items()
        for column in columns
    ]


def _has_come(when: str, moment: pl.Expr) -> pl.Expr:
    time = pl.col(when).cast(TIMESTAMP)
    return pl.col(when).is_null() | (time <= moment if when in _FROM_MIDNIGHT else time < moment)


def _of_accounts(frame: pl.LazyFrame, table: Table, ids: pl.Series) -> pl.LazyFrame:
    """Rows of these accounts; where versions may move to another account, those follow, marked as moved away."""
    if not table.by_account:
        return frame
    mine = pl.col("account_id").is_in(ids.implode())
    if not _versioned(table) or "account_id" in table.key:
        return frame.filter(mine)
    keys = frame.filter(mine).select(table.key).unique()
    followed = frame.join(keys, on=list(table.key), how="semi", maintain_order="left")
    return followed.with_columns(pl.when(mine).then(pl.col(LINE)).otherwise(-pl.col(LINE).abs()).alias(LINE))
