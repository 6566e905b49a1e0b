"""A sample of training rows made again from data cut off at their date, without a line of what came later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.family import family
from consumption.features.made_up import MadeUp, cut_off
from consumption.features.peer_groups import peer_groups
from consumption.features.peers import peer_reference
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.lake.history import History
from consumption.models.leaks.leak import OWN_ACTIONS, REBUILT, RECEIVED_LATER, Kind, Leak
from consumption.models.leaks.own_actions import ours, own_actions
from consumption.tables import BUCKET, LAKE, RECEIVED_AT, TIMESTAMP

ACCOUNTS = 16
DATES = 2
# A family with more accounts than this is not made again for the sake of one of them.
LARGEST_FAMILY = 200


@dataclass(frozen=True, eq=False)
class Past:
    """What snapshots were made from: all that was ever received, the signals, and the settings they read.

    `learned`: the signals that models read, of those that there are.
    """

    history: History
    signals: tuple[Signal, ...]
    rules: UsageRules
    learned: tuple[str, ...]


def rebuilt(
    past: Past, snapshots: Mapping[datetime, pl.DataFrame], *, seed: int = 0, dates: int = DATES
) -> list[Leak]:
    """Leaks 1, 4 and 7: signals of some accounts at some dates that differ in a bit from what is made again.

    Accounts of one bucket, those first of which something was received late; among the dates the last one, which is
    tested on. What differs as rows received later would make it is leak 7, everything else leak 1.
    """
    random = np.random.default_rng(seed)
    learned = [s for s in past.signals if s.name in past.learned]
    counted = own_actions(learned)
    seen = {OWN_ACTIONS: set(counted), REBUILT: set[str](), RECEIVED_LATER: set[str]()}
    where: dict[Kind, str] = {OWN_ACTIONS: "it counts what we did ourselves"}
    for moment in _dates(snapshots, random, dates):
        for kind, names, example in _differing(past, learned, snapshots[moment], moment, random):
            seen[kind] |= names
            where.setdefault(kind, f"{example} on {moment:%Y-%m-%d}")
    order = [s.name for s in past.signals]
    return [Leak(k, tuple(sorted(names, key=order.index)), where[k]) for k, names in seen.items() if names]


def _dates(snapshots: Mapping[datetime, pl.DataFrame], random: np.random.Generator, most: int) -> list[datetime]:
    there = sorted(snapshots)
    picked = random.permutation(max(0, len(there) - 1))[: most - 1].tolist()
    return [*(there[place] for place in sorted(picked)), *there[-1:]]


def _differing(
    past: Past, learned: Sequence[Signal], snapshot: pl.DataFrame, moment: datetime, random: np.random.Generator
) -> Iterator[tuple[Kind, set[str], str]]:
    ids, made = _family_of_some(past.history, snapshot, moment, random)
    if ids.is_empty():
        return
    peers = _reference(past, snapshot, moment)
    cut = cut_off(made)
    again = _signals(past, cut, ids, peers)
    stored = snapshot.filter(pl.col("account_id").is_in(ids.implode())).sort("account_id")
    names = [s.name for s in past.signals if s.name in stored.columns]
    off = compared(stored, again, names)
    if off:
        early = (_signals(past, cut_off(_as_if_received(made, names)), ids, peers) for names in (("events",), LAKE))
        received = {name for late in early for name in off if stored[name].equals(late[name])}
        for kind, mine in ((RECEIVED_LATER, received), (REBUILT, set(off) - received)):
            if mine:
                yield kind, mine, f"{off[min(mine)]} when made from what was known"
    contacts = [s for s in learned if any(name.startswith("interactions.") for name in s.reads)]
    if contacts:
        alone = cut.with_table("interactions", cut.tables["interactions"].filter(~ours()))
        caused = compared(again, _signals(past, alone, ids, peers, contacts), [s.name for s in contacts])
        if caused:
            yield OWN_ACTIONS, set(caused), f"it counts what we did ourselves, as for {next(iter(caused.values()))}"


def compared(one: pl.DataFrame, other: pl.DataFrame, names: Sequence[str]) -> dict[str, str]:
    """Signals that differ in a bit between two frames of the same accounts, each with the first example."""
    if not one["account_id"].equals(other["account_id"]):
        return dict.fromkeys(names, "other accounts have a row")
    found = {}
    for name in names:
        off = one[name].ne_missing(other[name].cast(one.schema[name]))
        if off.any():
            row = int(off.arg_max() or 0)
            found[name] = f"account {one['account_id'][row]} has {one[name][row]}, but {other[name][row]}"
    return found


def _family_of_some(
    history: History, snapshot: pl.DataFrame, moment: datetime, random: np.random.Generator
) -> tuple[pl.Series, MadeUp]:
    """Some accounts of one bucket, and all rows there are of them and of those that belong with them."""
    links = history.accounts.select("account_id", BUCKET, "parent_id", "merged_into").collect()
    there = links.join(snapshot.select("account_id"), on="account_id", how="semi")
    buckets = there[BUCKET].unique().sort()
    bucket = buckets[int(random.integers(len(buckets)))]
    mine = there.filter(pl.col(BUCKET) == bucket)["account_id"].unique().sort()
    ids = _some(mine, _received_late(history, int(bucket), moment), random)
    related = family(links, ids)
    if len(related) > LARGEST_FAMILY:
        ids = ids.filter([len(family(links, pl.Series([one]))) <= LARGEST_FAMILY // ACCOUNTS for one in ids])
        related = family(links, ids)
    reached = links.filter(pl.col("account_id").is_in(related.implode()))[BUCKET].unique().to_list()
    some = history.of_buckets(reached).only(related.to_list())
    frames = pl.collect_all([some.frame(name) for name in LAKE])
    return ids.sort(), MadeUp(moment, dict(zip(LAKE, frames, strict=True)))


def _some(mine: pl.Series, late: pl.Series, random: np.random.Generator) -> pl.Series:
    """Half of the sample from accounts of which something came late, where there are so many."""
    first = mine.filter(mine.is_in(late.implode()))[: ACCOUNTS // 2]
    others = mine.filter(~mine.is_in(first.implode()))
    drawn = random.permutation(len(others))[: ACCOUNTS - len(first)]
    return pl.concat([first, others[sorted(drawn.tolist())]])


def _received_late(history: History, bucket: int, moment: datetime) -> pl.Series:
    """Accounts of a bucket with an event or contact of the weeks before the date that came in after it."""
    rows = [
        frame.filter(
            pl.col(BUCKET) == bucket,
            pl.col("timestamp").is_between(moment - timedelta(days=28), moment, closed="left"),
            pl.col(RECEIVED_AT) >= moment,
        ).select("account_id")
        for frame in (history.events, history.interactions)
    ]
    return pl.concat(rows).unique().collect()["account_id"].sort()


def _as_if_received(made: MadeUp, names: Iterable[str]) -> MadeUp:
    """The same, had all of these tables been received when it happened."""
    early = {name: _early(made.tables[name], name, made.as_of) for name in names}
    return MadeUp(made.as_of, {**made.tables, **early})


def _early(frame: pl.DataFrame, name: str, moment: datetime) -> pl.DataFrame:
    happened = LAKE[name].happened
    if happened is None or name == "contracts":
        return frame
    last = pl.lit(moment - timedelta(microseconds=1), dtype=TIMESTAMP)
    known = pl.min_horizontal(RECEIVED_AT, last).alias(RECEIVED_AT)
    return frame.filter(pl.col(happened).cast(TIMESTAMP) < moment).with_columns(known)


def _reference(past: Past, snapshot: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    told = [s for s in past.signals if s.source == "peers"]
    if not told or not {of.name for one in told for of in one.of} <= set(snapshot.columns):
        return pl.DataFrame()
    return peer_reference(snapshot, peer_groups(past.history, moment, currency=past.rules.currency), told)


def _signals(
    past: Past, made: MadeUp, ids: pl.Series, peers: pl.DataFrame, signals: Sequence[Signal] | None = None
) -> pl.DataFrame:
    wanted = past.signals if signals is None else signals
    whole = compute_signals(made.history, as_of=made.as_of, signals=wanted, rules=past.rules, peers=peers)
    return whole.filter(pl.col("account_id").is_in(ids.implode())).sort("account_id")
