"""The units of signals, and how a value in one is said to a person."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit: what a value of 1 is, and how a value is written."""

    name: str
    meaning: str
    say: Callable[[float], str]


def _whole(value: float) -> str:
    return _plain(f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0"))


def _plain(said: str) -> str:
    """The number without a sign where it is said as nothing."""
    return said.lstrip("+-") if not said.strip("+-0.") else said


def _percent(value: float) -> str:
    return f"{_plain(f'{100 * value:.0f}')} %"


def _days(value: float) -> str:
    number = _whole(value)
    return f"{number} day" if number == "1" else f"{number} days"


def _minutes(value: float) -> str:
    number = _whole(value)
    return f"{number} minute" if number == "1" else f"{number} minutes"


def _change(value: float) -> str:
    return f"{_plain(f'{100 * math.expm1(value):+.0f}')} %"


def _ratio(value: float) -> str:
    return _plain(f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}")


_ALL = (
    Unit("users", "people", _whole),
    Unit("events", "events", _whole),
    Unit("days", "days", _days),
    Unit("minutes", "minutes", _minutes),
    Unit("count", "things counted", _whole),
    Unit("quantity", "units of what the events count", _whole),
    Unit("share", "a part of a whole; may pass 1 where more was used than bought", _percent),
    Unit("ratio", "one figure over another", _ratio),
    Unit("change", "natural logarithm of a ratio to an earlier time; 0 is no change", _change),
    Unit("score", "points on the scale of the survey or the event", _ratio),
    Unit("money", "the workspace's currency", _whole),
    Unit("flag", "1 for yes, 0 for no", lambda value: "yes" if value else "no"),
    Unit("word", "a category, not a number", str),
)

UNITS: dict[str, Unit] = {unit.name: unit for unit in _ALL}
