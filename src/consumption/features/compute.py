"""Signals of all accounts as of one moment: the one path, for training, the nightly job and the live endpoint."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

import polars as pl

from consumption.features.kept_tiles import KeptTiles
from consumption.features.known import Facts, Known, unsettled
from consumption.features.lifetime import Lifetime
from consumption.features.peer_groups import peer_groups
from consumption.features.peers import peer_reference, with_peers
from consumption.features.rules import NO_RULES, Meter, UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, signals_for, without_rule
from consumption.features.sources import SOURCES
from consumption.features.tiles import Tiles, day_of, phase
from consumption.lake.history import History
from consumption.tables import SNAPSHOT

__all__ = ["Meter", "UsageRules", "compute_signals", "compute_snapshots", "peer_reference", "with_peers"]

_ACCOUNT = "account_id"
# Sources made of single tiles; others are made of sums that reach further back.
BY_TILES = frozenset({"tiles", "user_days", "visits", "users", "features", "sessions", "flows", "sign_ins"})


def compute_signals(
    history: History,
    *,
    as_of: datetime,
    signals: Sequence[Signal] = SIGNALS,
    rules: UsageRules = NO_RULES,
    peers: pl.DataFrame | None = None,
    kept: KeptTiles | None = None,
) -> pl.DataFrame:
    """One row an account created and known before `as_of`, one column a signal, sorted by account.

    Attributes that `rules` name add signals of their own. Percentiles are taken against `peers` (see
    `peer_reference`), without it against the accounts of `history`: whoever computes a snapshot in parts puts the
    parts together and calls `with_peers` on the whole. `kept` tiles of these accounts stand in for their events,
    where their days are those of the moment.
    """
    return next(_computed(history, [as_of], _Asked(signals_for(rules, signals), rules, peers, kept)))


def compute_snapshots(
    history: History,
    as_ofs: Sequence[datetime],
    *,
    signals: Sequence[Signal] = SIGNALS,
    rules: UsageRules = NO_RULES,
    kept: KeptTiles | None = None,
) -> Iterator[pl.DataFrame]:
    """`compute_signals` for each moment, in the order given, to the bit; tiles are made once."""
    tables = replace(history.without_events().collect(), events=history.events)
    return _computed(tables, as_ofs, _Asked(signals_for(rules, signals), rules, None, kept))


@dataclass(frozen=True)
class _Asked:
    """What is to be computed, from what beside the history."""

    signals: Sequence[Signal]
    rules: UsageRules
    peers: pl.DataFrame | None
    kept: KeptTiles | None


def _computed(history: History, as_ofs: Sequence[datetime], asked: _Asked) -> Iterator[pl.DataFrame]:
    facts = [Facts(as_of.astimezone(UTC), history) for as_of in as_ofs]
    made: dict[Hashable, tuple[Tiles, Lifetime | None]] = {}
    for now in facts:
        excluded = now.excluded(asked.rules)
        key = (phase(now.as_of), excluded)
        alike = [one for one in facts if (phase(one.as_of), one.excluded(asked.rules)) == key]
        tiles, earlier = made.get(key) or _tiles(alike, excluded, asked)
        if key not in made and len(alike) > 1:
            tiles = tiles.for_many()
        known = Known.at(now, tiles, asked.rules, earlier)
        made[key] = tiles, known.alone
        yield _snapshot(known, asked)


def _tiles(facts: Sequence[Facts], excluded: frozenset[str], asked: _Asked) -> tuple[Tiles, Lifetime | None]:
    """Tiles for moments of one time of day, and what is kept of the lifetime before the first of them."""
    kept, rules = asked.kept, asked.rules
    if kept is None or not kept.serve(facts[0].as_of):
        return Tiles.of(facts[0].history, max(one.as_of for one in facts), rules, excluded), None
    first = min(day_of(one.as_of) for one in facts)
    since = first - timedelta(days=days_read(asked.signals))
    tiles = kept.tiles(unsettled(facts), since, rules, excluded)
    return tiles, kept.lifetime(tiles, first, rules, excluded)


def _snapshot(known: Known, asked: _Asked) -> pl.DataFrame:
    every = needed(asked.signals)
    own = [s for s in every if s.source in SOURCES]
    lazy = _joined(known, own).lazy().with_columns(_finished(own, known.rules))
    for signals in _levels([s for s in every if s.source == "signals"]):
        values = lazy.with_columns(s.expr.alias(s.name) for s in signals)
        lazy = values.with_columns(_finished(signals, known.rules))
    frame = lazy.collect()
    told = [s for s in every if s.source == "peers"]
    if told:
        groups = peer_groups(known.facts.history, known.as_of, currency=known.rules.currency)
        frame = with_peers(frame, groups, told, asked.peers)
    snapshot = frame.select(
        pl.col(_ACCOUNT).cast(pl.String),
        pl.lit(known.as_of, dtype=SNAPSHOT.schema["as_of"]).alias("as_of"),
        *(s.name for s in asked.signals),
    )
    return SNAPSHOT.check(snapshot)


def days_read(signals: Iterable[Signal]) -> int:
    """Days before a moment at which the tiles begin that these signals are made from."""
    return max((_reach(*_pass_of(s)) for s in needed(signals) if s.source in BY_TILES), default=0)


def needed(wanted: Iterable[Signal]) -> list[Signal]:
    """The signals and all they are made of, each once, each after those it is made of."""
    found: dict[str, Signal] = {}

    def visit(signal: Signal) -> None:
        for one in signal.of:
            visit(one)
        found.setdefault(signal.name, signal)

    for signal in wanted:
        visit(signal)
    return list(found.values())


def _levels(derived: Sequence[Signal]) -> Iterator[list[Signal]]:
    """Groups of signals, each made of signals of groups before."""
    waiting = list(derived)
    while waiting:
        names = {s.name for s in waiting}
        ready = [s for s in waiting if not names.intersection(one.name for one in s.of)]
        yield ready
        waiting = [s for s in waiting if s.name not in {r.name for r in ready}]


def _joined(known: Known, signals: Sequence[Signal]) -> pl.DataFrame:
    """A row an account, a column a signal: one pass over each frame that signals are made from."""
    by_pass = {key: list(group) for key, group in groupby(sorted(signals, key=_pass_of), key=_pass_of)}
    # The furthest back first: tiles are then read once.
    furthest = sorted(by_pass, key=lambda key: (SOURCES[key[0]].windowed, -_reach(*key)))
    parts = pl.collect_all([_evaluated(known, key, by_pass[key]) for key in furthest])
    return pl.concat([known.accounts.select(_ACCOUNT), *parts], how="align_left")


def _pass_of(signal: Signal) -> tuple[str, int, int]:
    windowed = SOURCES[signal.source].windowed
    return (signal.source, signal.window or 0, signal.offset) if windowed else (signal.source, 0, 0)


def _reach(source: str, window: int, offset: int) -> int:
    """Days before a moment at which the tiles of a pass begin."""
    return SOURCES[source].windows * window + offset


def _evaluated(known: Known, key: tuple[str, int, int], signals: Iterable[Signal]) -> pl.LazyFrame:
    name, window, offset = key
    source = SOURCES[name]
    rows = source.rows(known, window, offset)
    values = [s.expr.alias(s.name) for s in signals]
    return rows.group_by(_ACCOUNT).agg(values) if source.grouped else rows.select(_ACCOUNT, *values)


def _finished(signals: Sequence[Signal], rules: UsageRules) -> list[pl.Expr]:
    """Finite floats, with silence as the signal says; unknown where settings declare no such event."""
    return [_unknown(s) if without_rule(s, rules) else _number(s) for s in signals]


def _unknown(signal: Signal) -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64).alias(signal.name)


def _number(signal: Signal) -> pl.Expr:
    column = pl.col(signal.name)
    if signal.unit == "word":
        return column
    number = column.cast(pl.Float64)
    finite = pl.when(number.is_finite()).then(number)
    return (finite if signal.silence is None else finite.fill_null(signal.silence)).alias(signal.name)
