"""The bounds of a condition in words: with as many digits as it takes to say just that number, and no other."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from consumption.features.units import UNITS
from consumption.serving import words

COMPARED = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_OF_DAYS = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "=": "on", "!=": "other than on"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNTED = frozenset({"users", "events", "count", "quantity"})


def bound(value: float, unit: str, currency: str | None) -> str:
    """A bound in its signal's unit: 60.5 %, €12,499, €50k, 1 day, 1.05.

    Only a change, which the condition names by its logarithm, has no last digit in percent: five tell it then.
    """
    if unit == "flag":
        return "yes" if value else "no"
    if unit == "money":
        return _money(value, currency)
    if unit == "change":
        percent = Decimal(f"{100 * math.expm1(value):.5g}")
        return f"{'+' if percent > 0 else ''}{_digits(percent)}{_PERCENT}"
    if unit == "share":
        return _digits(Decimal(repr(value)) * 100) + _PERCENT
    said = _digits(Decimal(repr(value)))
    if unit in {"days", "minutes"}:
        return f"{said} {unit[:-1] if said == '1' else unit}"
    return said if unit in UNITS else f"{said} {unit}".strip()


def part(value: float, *, rest: bool = False) -> str:
    """A part of a whole in percent; `rest`: what is left beside it."""
    whole = Decimal(repr(value)) * 100
    return _digits(100 - whole if rest else whole) + _PERCENT


def than(called: str, sign: str, said: str) -> str:
    """What is called so, beside a bound: "seats in use below 60 %", "renewal after 2026-01-01"."""
    if _DAY.fullmatch(said):
        return f"{called.removesuffix(' on')} {_OF_DAYS[sign]} {said}"
    if sign in COMPARED:
        return f"{called} {COMPARED[sign]} {said}"
    return f"{called} {'' if sign == '=' else 'other than '}{said}"


def between(called: str, low: str, high: str, *, outside: bool) -> str:
    """What is called so, within two bounds or outside of them."""
    name = called.removesuffix(" on") if _DAY.fullmatch(low) else called
    return f"{name} {'not ' if outside else ''}between {low} and {high}"


def nothing(unit: str, sign: str, *, known: bool) -> str:
    """What being 0, or not, means where 0 is nothing: of things counted, and where what is not known counts as 0.

    `known`: whether only a value that is known can be 0. Empty where 0 is a value like any other: no days since
    something is no want of days.
    """
    if unit in _COUNTED:
        return "none" if sign == "=" else "some"
    return f"none, or {bound(0, unit, None)}" if sign == "=" and not known else ""


_PERCENT = "\N{NO-BREAK SPACE}%"


def _money(value: float, currency: str | None) -> str:
    """In thousands and millions as elsewhere, where that leaves nothing out."""
    size = abs(Decimal(repr(value)))
    step = 1 if size < 1_000 else 100 if size < 9_950 else 1_000 if size < 999_500 else 100_000
    if size % step == 0:
        return words.money(value, currency)
    sign = words.money(math.copysign(1, value), currency).removesuffix("1")
    return f"{sign}{_digits(size)}"


def _digits(value: Decimal) -> str:
    whole, _, rest = f"{value:,f}".partition(".")
    rest = rest.rstrip("0")
    said = f"{whole}.{rest}" if rest else whole
    return "0" if said == "-0" else said
