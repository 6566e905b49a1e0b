"""All signals that come with the product, and those that settings name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from types import ModuleType

import polars as pl

from consumption.features import (
    asset_use,
    breadth,
    by_product,
    commitment,
    depth,
    entitlement,
    frequency,
    friction,
    goals,
    growth,
    onboarding,
    peers,
    people,
    spread,
    stage,
    trend,
    voice,
    whitespace,
)
from consumption.features.named import feature_signals
from consumption.features.rules import UsageRules
from consumption.features.signal import FAMILIES, Signal, WrongSignal

_FILES = (
    frequency, depth, breadth, entitlement, commitment, trend, people, asset_use, onboarding, friction, voice, growth,
    spread, peers,
    whitespace, by_product, stage, goals,
)  # fmt: skip

# Columns of sources that depend on a setting.
_BY_RULE = {
    "value_events": ("value_events", "value_quantity", "first_value_days_ago", "last_value_days_ago", "is_value",
                     "has_reached_value", "value_weeks", "reached_value"),
    "milestones": ("is_milestone", "stage", "stage_days", "passed", "missed"),
    "session_events": ("sessions", "session_minutes"),
    "error_events": ("error_events", "is_error"),
    "flows": ("started", "finished"),
    "sign_in_failures": ("failures", "other_events"),
    "meters": ("used", "recent", "projected", "level", "left", "lapsed", "exhaustion_days", "exhaustion_low",
               "exhaustion_high", "attainment", "needed_pace", "is_missed", "lost_in_days", "ran_days", "run_hours"),
    "currency": ("arr", "arr_before", "yearly", "price", "over_price", "penalty"),
    "since": ("waited", "wait", "lapsed"),
}  # fmt: skip


def signals_in(module: ModuleType) -> tuple[Signal, ...]:
    """The signals a module defines, in its order; names that begin with `_` only serve others."""
    return tuple(value for name, value in vars(module).items() if isinstance(value, Signal) and name[0] != "_")


def collect_signals(modules: Iterable[ModuleType]) -> tuple[Signal, ...]:
    """The signals of several modules by family; one imported from another module is not a second one."""
    found = {signal.name: signal for module in modules for signal in signals_in(module)}
    families = list(FAMILIES)
    return tuple(sorted(found.values(), key=lambda signal: families.index(signal.family)))


SIGNALS: tuple[Signal, ...] = collect_signals(_FILES)


def by_name(signals: Sequence[Signal] = SIGNALS) -> dict[str, Signal]:
    """Signals by their column."""
    return {signal.name: signal for signal in signals}


def attribute_signals(rules: UsageRules) -> tuple[Signal, ...]:
    """One signal an attribute named in settings: a word, or a number for `name:number`."""
    return tuple(_attribute(name) for name in rules.attributes)


def signals_for(rules: UsageRules, signals: Sequence[Signal] = SIGNALS) -> tuple[Signal, ...]:
    """The signals, and those of the features and attributes that settings name."""
    named = (*feature_signals(rules.features), *attribute_signals(rules))
    return (*signals, *(s for s in named if s.name not in by_name(signals)))


def fingerprints(signals: Sequence[Signal], rules: UsageRules | None = None) -> dict[str, str]:
    """Name to fingerprint; with rules, signals that depend on a setting change with it."""
    return {signal.name: _with_rules(signal, rules) for signal in signals}


def without_rule(signal: Signal, rules: UsageRules) -> bool:
    """Whether a signal reads value or error events where settings declare none: it is then unknown, not 0."""
    declared: dict[str, Collection[str]] = {
        "value_events": rules.value_events,
        "error_events": rules.error_events,
        "flows": rules.flows,
        "sign_in_failures": rules.sign_in_failures,
    }
    return any(not names and rule in _rules_of(signal) for rule, names in declared.items())


def _with_rules(signal: Signal, rules: UsageRules | None) -> str:
    names = [*settings_read(signal)]
    if rules and rules.excludes:
        names.append("excluded")  # which events count at all is a matter of nearly every signal
    parts = [rules.fingerprint(rule) for rule in names] if rules else []
    return ".".join((signal.fingerprint, *(part[:16] for part in parts)))


def settings_read(signal: Signal) -> tuple[str, ...]:
    """The parts of settings that stand behind the definition in a signal's fingerprint, in their order."""
    return tuple(sorted(_rules_of(signal)))


def _rules_of(signal: Signal) -> set[str]:
    read = {column.partition(".")[2] for column in signal.reads}
    return {rule for rule, columns in _BY_RULE.items() if read.intersection(columns)}


def _attribute(named: str) -> Signal:
    name, _, kind = named.partition(":")
    if kind not in {"", "number"}:
        raise WrongSignal(f"attribute {named!r} has no kind {kind!r}", f"write {name!r} or '{name}:number'")
    word = _read(name)
    return Signal(
        name=f"attr_{name}",
        unit="ratio" if kind else "word",
        family="attributes",
        meaning=f"The account's {name}, as its attributes say.",
        label=name.replace("_", " ").capitalize(),
        source="account",
        expr=word.cast(pl.Float64, strict=False) if kind else word,
    )


def _read(name: str) -> pl.Expr:
    """A column of `accounts`, or a field of its attributes."""
    if name in {"segment", "industry", "region", "kind", "owner"}:
        return pl.col(name)
    return pl.col("attributes").str.json_path_match(f"$['{name}']")
