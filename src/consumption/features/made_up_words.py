"""The words of made-up histories: those that settings name, and those that signals look for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import Signal
from consumption.tables import ATTRIBUTES


@dataclass(frozen=True)
class Words:
    """What columns of text may say, by column; and the names of account attributes."""

    of: Mapping[str, tuple[str, ...]]
    attributes: tuple[str, ...] = ()


def words_for(signals: Sequence[Signal], rules: UsageRules = NO_RULES) -> Words:
    """Words of the settings, and every word that a definition compares a column with: made-up rows have them too."""
    compared: dict[str, set[str]] = {}
    for column, word in _compared(signals):
        compared.setdefault(column, set()).add(word)
    known = {
        "event": _events(rules),
        "product": {"desk", "lab"},
        "unit": {"seat", "credit", "asset", "hour", *rules.meters},
        "segment": {"small", "large"},
        "currency": {"USD", rules.currency or "EUR"},
        "user_id": {"u0", "u1", "u2", *rules.excluded_users},
    }
    paths = [word for path in compared.pop(ATTRIBUTES, ()) for word in re.findall(r"\w+", path)[:1]]
    named = [name.partition(":")[0] for name in rules.attributes]
    both = {name: known.get(name, set()) | compared.get(name, set()) for name in {*known, *compared}}
    return Words({name: tuple(sorted(words)) for name, words in both.items()}, tuple(sorted({*named, *paths})))


def _events(rules: UsageRules) -> set[str]:
    """Every event that settings name, and one that they do not."""
    several = (
        rules.value_events, rules.error_events, rules.features, rules.session_events, rules.sign_in_failures,
        rules.excluded_events, *rules.flows.values(), *(meter.events for meter in rules.meters.values()),
    )  # fmt: skip
    return {"open"}.union(*several)


def _compared(signals: Iterable[Signal]) -> Iterator[tuple[str, str]]:
    """Column and word, for each text beside a column in a definition, in signals and all they are made of."""
    for one in signals:
        yield from _beside(one.expr)
        yield from _compared(one.of)


def _beside(expr: pl.Expr) -> Iterator[tuple[str, str]]:
    inputs = expr.meta.pop()
    words = [word for inner in inputs if inner.meta.is_literal() for word in _texts(inner)]
    for column in expr.meta.root_names() if words else ():
        yield from ((column, word) for word in words)
    for inner in inputs:
        yield from _beside(inner)


def _texts(literal: pl.Expr) -> list[str]:
    """The texts in one literal: one, or several in a list."""
    values = pl.select(literal).to_series()
    if isinstance(values.dtype, pl.List | pl.Array):
        values = values.explode()
    return [text for text in values.to_list() if text] if values.dtype == pl.String else []
