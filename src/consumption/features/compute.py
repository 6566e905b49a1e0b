"""Signals of all accounts as of one moment: the one path, for training, the nightly job and the live endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import polars as pl

from consumption.features.known import Known
from consumption.features.lifetime import Lifetime
from consumption.features.peers import peer_reference, with_peers
from consumption.features.rules import NO_RULES, Meter, UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, signals_for, without_rule
from consumption.features.sources import SOURCES
from consumption.features.tiles import Tiles, phase
from consumption.lake.history import History
from consumption.tables import SNAPSHOT

__all__ = ["Meter", "UsageRules", "compute_signals", "compute_snapshots", "peer_reference", "with_peers"]

_ACCOUNT = "account_id"


def compute_signals(
    history: History,
    *,
    as_of: datetime,
    signals: Sequence[Signal] = SIGNALS,
    rules: UsageRules = NO_RULES,
    peers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row an account created and known before `as_of`, one column a signal, sorted by account.

    Attributes that `rules` name add signals of their own. Percentiles are taken against `peers` (see
    `peer_reference`), without it against the accounts of `history`: whoever computes a snapshot in parts puts the
    parts together and calls `with_peers` on the whole.
    """
    return next(_computed(history, [as_of], signals, rules, peers))


def compute_snapshots(
    history: History,
    as_ofs: Sequence[datetime],
    *,
    signals: Sequence[Signal] = SIGNALS,
    rules: UsageRules = NO_RULES,
) -> Iterator[pl.DataFrame]:
    """`compute_signals` for each moment, in the order given, to the bit; tiles are made once."""
    return _computed(history.collect(), as_ofs, signals, rules, None)


def segments(history: History, as_of: datetime) -> pl.DataFrame:
    """One row an account: account_id, segment, as known before `as_of`."""
    return history.before(as_of).accounts.select(_ACCOUNT, "segment").collect()


def _computed(
    history: History,
    as_ofs: Sequence[datetime],
    signals: Sequence[Signal],
    rules: UsageRules,
    peers: pl.DataFrame | None,
) -> Iterator[pl.DataFrame]:
    wanted = signals_for(rules, signals)
    made: dict[timedelta, tuple[Tiles, Lifetime | None]] = {}
    for as_of in as_ofs:
        start = phase(as_of)
        latest = max(moment for moment in as_ofs if phase(moment) == start)
        tiles, earlier = made.get(start) or (Tiles.of(history, latest, rules), None)
        known = Known.at(as_of, history, tiles, rules, earlier)
        made[start] = tiles, known.lifetime
        yield _snapshot(known, wanted, peers)


def _snapshot(known: Known, wanted: Sequence[Signal], peers: pl.DataFrame | None) -> pl.DataFrame:
    needed = _needed(wanted)
    own = [s for s in needed if s.source in SOURCES]
    frame = _joined(known, own).with_columns(_finished(own, known.rules))
    for signals in _levels([s for s in needed if s.source == "signals"]):
        values = frame.with_columns(s.expr.alias(s.name) for s in signals)
        frame = values.with_columns(_finished(signals, known.rules))
    ranked = [s for s in needed if s.source == "peers"]
    frame = with_peers(frame, known.accounts.select(_ACCOUNT, "segment"), ranked, peers)
    snapshot = frame.select(
        pl.col(_ACCOUNT).cast(pl.String),
        pl.lit(known.as_of, dtype=SNAPSHOT.schema["as_of"]).alias("as_of"),
        *(s.name for s in wanted),
    )
    return SNAPSHOT.check(snapshot)


def _needed(wanted: Iterable[Signal]) -> list[Signal]:
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
    by_pass = groupby(sorted(signals, key=_pass_of), key=_pass_of)
    frame = known.accounts.select(_ACCOUNT)
    for part in pl.collect_all([_evaluated(known, key, group) for key, group in by_pass]):
        frame = frame.join(part, on=_ACCOUNT, how="left", maintain_order="left")
    return frame


def _pass_of(signal: Signal) -> tuple[str, int, int]:
    windowed = SOURCES[signal.source].windowed
    return (signal.source, signal.window or 0, signal.offset) if windowed else (signal.source, 0, 0)


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
