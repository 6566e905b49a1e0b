"""Small histories written by hand, and what signals make of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.rules import NO_RULES, Meter, UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import by_name
from consumption.lake.history import History
from tests.features.rich import AS_OF, rich
from tests.features.rows import DAY, JUNE_1, MICROSECOND, accounts, contract, events

__all__ = [
    "AS_OF",
    "DAY",
    "JUNE_1",
    "MICROSECOND",
    "RULES",
    "SIGNAL",
    "accounts",
    "contract",
    "events",
    "history",
    "rich",
    "value_of",
    "values_of",
]

SIGNAL = by_name()


def value_of(
    name: str | Signal,
    *,
    as_of: datetime = JUNE_1,
    rules: UsageRules = NO_RULES,
    **tables: Any,
) -> object:
    """The value of one signal of the first account."""
    return values_of(name, as_of=as_of, rules=rules, **tables)[0]


def values_of(
    name: str | Signal,
    *,
    as_of: datetime = JUNE_1,
    rules: UsageRules = NO_RULES,
    **tables: Any,
) -> list[object]:
    """The values of one signal, by account."""
    signal = SIGNAL[name] if isinstance(name, str) else name
    snapshot = compute_signals(history(**tables), as_of=as_of, signals=[signal], rules=rules)
    return snapshot[signal.name].to_list()


def history(**tables: Any) -> History:
    """A history of frames, or rows as dictionaries; the account `acme` where none are given."""
    frames = {n: t if isinstance(t, pl.DataFrame) else pl.DataFrame(list(t)) for n, t in tables.items()}
    return History.of(**({"accounts": accounts("acme")} | frames))


RULES = UsageRules(
    value_events=frozenset({"share", "export"}),
    error_events=frozenset({"crash"}),
    meters={
        "credit": Meter(("call",), "sum"),
        "hour": Meter(("run_hours",), "counter"),
        "gigabyte": Meter(("disk",), "last"),
    },
    attributes=("plan", "age:number"),
    features=("export",),
    session_events=frozenset({"call"}),
    flows={"share": ("open", "share"), "run": ("export", "run_hours")},
    sign_in_failures=frozenset({"crash"}),
    currency="EUR",
)
