"""Events summed up for checks: small frames, made a group of buckets at a time and put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import polars as pl
import polars.selectors as cs

# By what the rows of each frame are put together; frames of accounts or users are complete in their group of buckets.
_KEYS: dict[str, tuple[str, ...]] = {
    "totals": (),
    "by_product": ("product",),
    "hours": ("product", "region", "hour"),
    "days": ("product", "region", "day"),
    "names": ("product", "event", "day"),
    "loads": ("loaded_at",),
    "paces": ("pace",),
    "shared": ("user_id",),
    "domains": ("domain",),
    "left_out": ("what", "name"),
}
_EARLIEST, _LATEST = ("first",), ("last",)


@dataclass(frozen=True)
class Telemetry:
    """Sums of events.

    Of all rows in the lake, for what concerns loading:

    `totals` (one row) and `by_product`: rows, of which known (before the moment), future (at or after it), later
    (received at or after it), with_user,
    with_asset, with_neither, with_quantity (other than 1), with_id, at_midnight, ahead (dated later than they were
    received), ahead_seconds (by how much in all); totals also has contacts, contacts_seen, assets, assets_seen,
    assets_unlisted.
    `left_out`: events of users, domains and events that settings leave out, a row a name that is there.
    `loads`, a row a load: rows, ahead, late_1, late_7, late_28 (received so many days after), repeated (equal to rows
    of earlier loads), twins (equal to another row of the load), first and last timestamp.

    Of events that had happened and were known, for what concerns use:

    `hours`, `days`: events and accounts by product, region and hour or day. `names`: events by product, event, day.
    `spans`, a row an account, product and event: events, named (with a user), recent (in 12 weeks), first, last.
    `users`, a row a user who behaves like a program might: account_id, user_id, events, days, first, last, hours
    (median of distinct hours an active day), low, pace, high (10 %, 50 %, 90 % of events an active day).
    `paces`: users by pace. `shared`: accounts of users with several. `domains`: users and accounts by domain of
    user ids that are e-mail addresses. `metered`, a row a contract in force: the contract, used (in its unit; for
    sums in the last 12 weeks) and heard (events of its meter in these weeks).
    """

    totals: pl.DataFrame
    by_product: pl.DataFrame
    loads: pl.DataFrame
    hours: pl.DataFrame
    days: pl.DataFrame
    names: pl.DataFrame
    spans: pl.DataFrame
    users: pl.DataFrame
    paces: pl.DataFrame
    shared: pl.DataFrame
    domains: pl.DataFrame
    left_out: pl.DataFrame
    metered: pl.DataFrame

    def total(self, name: str) -> int:
        """One of the totals; 0 where there is no event."""
        return int(self.totals[name].sum())

    @staticmethod
    def joined(parts: Iterable[Telemetry]) -> Telemetry:
        """The sums of all groups of buckets, put together as they come."""
        remaining = iter(parts)
        whole = next(remaining)
        for part in remaining:
            whole = Telemetry(**{f.name: _together(f.name, whole, part) for f in fields(Telemetry)})
        return whole


def _together(name: str, one: Telemetry, other: Telemetry) -> pl.DataFrame:
    both: pl.DataFrame = pl.concat([getattr(one, name), getattr(other, name)])
    if name not in _KEYS:
        return both
    keys = _KEYS[name]
    earliest, latest = cs.by_name(*_EARLIEST, require_all=False), cs.by_name(*_LATEST, require_all=False)
    sums = [
        earliest.min(),
        latest.max(),
        (cs.all() - cs.by_name(*keys, *_EARLIEST, *_LATEST, require_all=False)).sum(),
    ]
    put: pl.DataFrame = both.group_by(keys).agg(sums) if keys else both.select(sums)
    return put.select(both.columns).sort(keys) if keys else put.select(both.columns)
