"""The signals of one account from the lake as it stands now, by the same path as everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from consumption.errors import ConsumptionError
from consumption.features.compute import compute_signals
from consumption.features.family import family, linked
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.lake.delta import Lake, bucket_of
from consumption.lake.history import History
from consumption.tables import LINE, LOADED_AT, RECEIVED_AT

_EVENT = (
    "account_id", "user_id", "asset_id", "product", "event", "timestamp", "quantity", "event_id", RECEIVED_AT,
    LOADED_AT, LINE,
)  # fmt: skip


class AccountNotKnown(ConsumptionError):
    """No such account is known."""

    status = 404

    def __init__(self, account_id: str, as_of: datetime) -> None:
        super().__init__(
            f"no account {account_id!r} was known at {as_of:%Y-%m-%d %H:%M} UTC",
            "check the id against the accounts you ingested",
        )


@dataclass
class _Told:
    """What the lake said when it had a stamp; the small tables are read once for each bucket."""

    stamp: tuple[str, ...]
    linked: pl.DataFrame
    tables: History
    of_bucket: dict[int, History] = field(default_factory=dict)
    events: dict[int, pl.LazyFrame] = field(default_factory=dict)


class Live:
    """Signals of single accounts. What was read of the small tables is kept until one of them changes.

    Use it from one thread at a time.
    """

    def __init__(self, lake: Lake, signals: Sequence[Signal], rules: UsageRules) -> None:
        self._lake = lake
        self._signals = signals
        self._rules = rules
        self._told: _Told | None = None

    def signals(self, account_id: str, *, as_of: datetime, peers: pl.DataFrame | None = None) -> pl.DataFrame:
        """The SNAPSHOT row of one account; `peers` is the reference it is compared with (see `peer_reference`).

        Without it, what peers tell is unknown. Raises `AccountNotKnown`.
        """
        told = self._now()
        related = family(told.linked, pl.Series([account_id]))
        buckets = sorted(set(bucket_of(related, self._lake.buckets)))
        # Comparisons, not a membership: of a file, Polars then reads the row groups that can hold the account only.
        mine = pl.any_horizontal(pl.col("account_id") == one for one in related)
        events = pl.concat(self._events(told, bucket) for bucket in buckets).filter(mine).select(_EVENT).collect()
        history = replace(self._tables(told, buckets).only(related.to_list()), events=events.lazy())
        reference = pl.DataFrame() if peers is None else peers
        own = [s for s in self._signals if s.source != "peers"] if peers is None else self._signals
        made = compute_signals(history, as_of=as_of, signals=own, rules=self._rules, peers=reference)
        row = made.filter(pl.col("account_id") == account_id)
        if row.is_empty():
            raise AccountNotKnown(account_id, as_of)
        unknown = [pl.lit(None, dtype=pl.Float64).alias(s.name) for s in self._signals if s not in own]
        return row.with_columns(unknown).select("account_id", "as_of", *(s.name for s in self._signals))

    def _now(self) -> _Told:
        stamp = self._lake.stamp()
        if self._told is None or self._told.stamp != stamp:
            tables = self._lake.history().without_events().collect()
            accounts = tables.accounts.select("account_id", "parent_id", "merged_into").collect()
            self._told = _Told(stamp, linked(accounts), tables)
        return self._told

    def _events(self, told: _Told, bucket: int) -> pl.LazyFrame:
        if bucket not in told.events:
            told.events[bucket] = self._lake.scan_bucket("events", bucket)
        return told.events[bucket]

    @staticmethod
    def _tables(told: _Told, buckets: Sequence[int]) -> History:
        if len(buckets) > 1:
            return told.tables
        (bucket,) = buckets
        if bucket not in told.of_bucket:
            told.of_bucket[bucket] = told.tables.of_buckets(buckets).collect()
        return told.of_bucket[bucket]
