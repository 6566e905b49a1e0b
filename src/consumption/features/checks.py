"""What every signal has to keep, whoever wrote it: each rule as a check on a made-up history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from random import Random

import polars as pl

from consumption.features.checks_reach import reach
from consumption.features.compute import compute_signals, compute_snapshots, with_peers
from consumption.features.family import family
from consumption.features.made_up import MadeUp, cut_off, groups, shuffled, silent_accounts, upside_down, without_use
from consumption.features.peer_groups import peer_groups
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import without_rule

_EARLIER = timedelta(days=28)


@dataclass(frozen=True)
class Trial:
    """Signals, a made-up history to try them on, and the settings they read."""

    made: MadeUp
    signals: tuple[Signal, ...]
    rules: UsageRules

    @cached_property
    def values(self) -> pl.DataFrame:
        """The snapshot of the history, which other ways to come by it are held against."""
        return self.snapshot(self.made)

    def snapshot(self, made: MadeUp, signals: Sequence[Signal] | None = None) -> pl.DataFrame:
        """The snapshot of a history as of the trial's moment."""
        wanted = self.signals if signals is None else signals
        return compute_signals(made.history, as_of=self.made.as_of, signals=wanted, rules=self.rules)

    def but(self, other: pl.DataFrame, when: str, signals: Sequence[Signal] | None = None) -> dict[str, str]:
        """Signals that have other values in `other`, with the first account that differs."""
        names = [s.name for s in (self.signals if signals is None else signals)]
        return {name: said for name in names if (said := _differs(self.values, other, name, when))}


@dataclass(frozen=True)
class Check:
    """A rule: `run` gives the signals that break it on a history, each with what was seen."""

    name: str
    rule: str
    run: Callable[[Trial], Mapping[str, str]]


def no_future(trial: Trial) -> dict[str, str]:
    """What happened, was received or was loaded at or after the moment changes nothing."""
    return trial.but(trial.snapshot(cut_off(trial.made)), "without the rows that came later")


def order_free(trial: Trial) -> dict[str, str]:
    """The same rows in another order give the same bits."""
    turned, mixed = upside_down(trial.made), shuffled(trial.made, Random(1))  # noqa: S311 - no secret
    found = [trial.but(trial.snapshot(made), "with the same rows in another order") for made in (turned, mixed)]
    return found[1] | found[0]


def deterministic(trial: Trial) -> dict[str, str]:
    """Computed twice, it gives the same bits; the rows of a frame are in no order."""
    return trial.but(trial.snapshot(trial.made), "when computed again")


def in_parts(trial: Trial) -> dict[str, str]:
    """Accounts computed a few at a time, or one alone, give the same bits as all at once."""
    alone = trial.made.accounts[-2:]
    others = [name for name in trial.made.accounts if name not in alone]
    grouping = [*groups(others, Random(1)), *([name] for name in alone)]  # noqa: S311 - no secret
    parts = pl.concat(_part(trial, ids) for ids in grouping).sort("account_id")
    peers = peer_groups(trial.made.history, trial.made.as_of, currency=trial.rules.currency)
    return trial.but(with_peers(parts, peers, trial.signals), "when accounts are computed in other groups")


def in_a_series(trial: Trial) -> dict[str, str]:
    """One of several snapshots made together has the same bits as one made alone."""
    as_of = trial.made.as_of
    dates = [as_of - _EARLIER, as_of, as_of + _EARLIER]
    made = compute_snapshots(trial.made.history, dates, signals=trial.signals, rules=trial.rules)
    return trial.but(list(made)[1], "as one of several snapshots")


def finite(trial: Trial) -> dict[str, str]:
    """A value is a finite number or unknown; a formula that gives infinity says so itself (`when`, `then`)."""
    probes = [_infinity(s) for s in trial.signals if s.unit != "word" and s.source != "peers"]
    raw = trial.snapshot(trial.made, [*trial.signals, *probes])
    found = {}
    for signal in trial.signals:
        bad = _accounts(trial.values, ~pl.col(signal.name).is_finite()) if signal.unit != "word" else []
        probe = f"{signal.name}{_PROBE}"
        bad = bad or (_accounts(raw, pl.col(probe) == 1) if probe in raw.columns else [])
        if bad:
            found[signal.name] = f"account {bad[0]}: the formula gives infinity"
    return found


def silence(trial: Trial) -> dict[str, str]:
    """With a silence declared, an account of which nothing is known has it, and no account is unknown."""
    silent = pl.col("account_id").is_in(pl.Series(silent_accounts(trial.made), dtype=pl.String).implode())
    found = {}
    for signal in trial.signals:
        if signal.silence is None or signal.unit == "word" or without_rule(signal, trial.rules):
            continue
        value = pl.col(signal.name)
        wrong = value.is_null() | (silent & (value != signal.silence))
        for account, seen in trial.values.filter(wrong).select("account_id", signal.name).rows()[:1]:
            found[signal.name] = f"account {account}: {_said(seen)}, but silence {_said(signal.silence)} is declared"
    return found


def window(trial: Trial) -> dict[str, str]:
    """A signal of a window does not change with events and interactions older than it reads."""
    found: dict[str, str] = {}
    far: dict[int, list[Signal]] = {}
    for signal in trial.signals:
        days = reach(signal)
        if days:
            far.setdefault(days, []).append(signal)
    for days, signals in far.items():
        recent = without_use(trial.made, before=trial.made.as_of - timedelta(days=days))
        found |= trial.but(trial.snapshot(recent, signals), f"without what is older than {days} days", signals)
    return found


def fits_unit(trial: Trial) -> dict[str, str]:
    """A flag is 1 or 0, a word is text and nothing else is."""
    found = {}
    for signal in trial.signals:
        is_text = trial.values.schema[signal.name] == pl.String()
        if is_text != (signal.unit == "word"):
            found[signal.name] = f"the unit is {signal.unit}, but the value is {'text' if is_text else 'a number'}"
        elif signal.unit == "flag":
            wrong = trial.values.filter(~pl.col(signal.name).is_in([0.0, 1.0])).select("account_id", signal.name)
            for account, seen in wrong.rows()[:1]:
                found[signal.name] = f"account {account}: a flag of {_said(seen)}"
    return found


def documented(trial: Trial) -> dict[str, str]:
    """A meaning in a sentence, a label that begins with a capital letter, a name in small letters."""
    said = {s.name: _undocumented(s) for s in trial.signals}
    return {name: words for name, words in said.items() if words}


CHECKS = tuple(
    Check(name, " ".join((run.__doc__ or "").split()), run)
    for name, run in {
        "documented": documented,
        "unit": fits_unit,
        "no future": no_future,
        "order-free": order_free,
        "deterministic": deterministic,
        "other groups": in_parts,
        "series": in_a_series,
        "finite": finite,
        "silence": silence,
        "window": window,
    }.items()
)

_PROBE = "__infinite"


def _part(trial: Trial, ids: Sequence[str]) -> pl.DataFrame:
    """The rows of some accounts, from a history of those and of the ones whose use may count for them."""
    chosen = pl.Series("account_id", ids, dtype=pl.String)
    related = family(trial.made.tables["accounts"], chosen)
    history = trial.made.history.only(related.to_list())
    whole = compute_signals(history, as_of=trial.made.as_of, signals=trial.signals, rules=trial.rules)
    return whole.filter(pl.col("account_id").is_in(chosen.implode()))


def _infinity(signal: Signal) -> Signal:
    """Whether the formula of a signal gives infinity, before a snapshot leaves it empty."""
    given = signal.expr.cast(pl.Float64, strict=False).is_infinite()
    return replace(signal, name=f"{signal.name}{_PROBE}", unit="flag", silence=None, expr=given)


def _undocumented(signal: Signal) -> str:
    if not signal.meaning.endswith(".") or len(signal.meaning.split()) < 2:
        return "its docstring is no sentence that says what it means"
    if not signal.label[0].isupper():
        return f"its label {signal.label!r} does not begin with a capital letter"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", signal.name):
        return "its name has other characters than small letters, digits and _"
    return ""


def _differs(values: pl.DataFrame, other: pl.DataFrame, name: str, when: str) -> str:
    if values.select("account_id", name).equals(other.select("account_id", name)):
        return ""
    both = values.select("account_id", here=name).join(
        other.select("account_id", there=name), on="account_id", how="full", coalesce=True
    )  # fmt: skip
    rows = both.sort("account_id").filter(pl.col("here").ne_missing(pl.col("there"))).rows()
    if not rows:
        return f"other accounts have a row {when}"
    account, here, there = rows[0]
    return f"account {account}: {_said(here)}, but {_said(there)} {when}"


def _accounts(frame: pl.DataFrame, wrong: pl.Expr) -> list[str]:
    return frame.filter(wrong)["account_id"].to_list()


def _said(value: object) -> str:
    return "unknown" if value is None else repr(value)


def checks_named(names: Iterable[str]) -> tuple[Check, ...]:
    """The checks of these names."""
    wanted = set(names)
    return tuple(check for check in CHECKS if check.name in wanted)
