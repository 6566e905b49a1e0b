"""What a signal is: one number about one account as of one moment, defined by one expression."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import polars as pl

from consumption.errors import ConsumptionError
from consumption.features.units import UNITS

DRIVERS = (
    "constant",
    "low_adoption",
    "silent_champion",
    "friction",
    "renewal_near",
    "shallow_breadth",
    "under_use",
    "over_use",
    "large",
)

FAMILIES = {
    "frequency": "How often the account uses what it bought.",
    "depth": "How much is done when it is used.",
    "breadth": "How much of what was bought is touched.",
    "entitlement": "What was used of what the contract entitles to.",
    "commitment": "The terms of the contracts, and how the commitment is burned.",
    "trend": "Which way use is going, against the account's own past.",
    "people": "Who carries the use, who came, who went.",
    "assets": "The installed base.",
    "onboarding": "How far the account came in its beginning.",
    "friction": "What gets in the way.",
    "voice": "What the customer says, and when somebody last spoke with them.",
    "growth": "Room to grow.",
    "by product": "How each product owned is used; an account's row takes the worst and the best.",
    "stage": "Where in its journey the account is, and how far it came.",
    "goals": "What the customer wants to reach.",
    "peers": "Where the account stands among those of its segment, in the same snapshot.",
    "attributes": "Facts about the account that settings name.",
}


class WrongSignal(ConsumptionError):
    """A signal's definition cannot be used."""


@dataclass(frozen=True)
class Signal:
    """The definition of one column of a snapshot.

    `expr` is evaluated on the frame that `source` names (see `sources`): over rows of the half-open window
    `[as_of - offset - window, as_of - offset)`, grouped by account, or once an account where the source has one row
    an account. A signal made of other signals lists them in `of`. `silence` is the value of an account for which
    the source has no row; None leaves it unknown. `direction` is 1 where more is good for the customer staying,
    -1 where less is, 0 where business law gives none. `label` is what a rep calls it.
    """

    name: str
    unit: str
    family: str
    meaning: str
    label: str
    source: str
    expr: pl.Expr = field(compare=False, repr=False)
    window: int | None = None
    offset: int = 0
    silence: float | None = None
    direction: int = 0
    driver: str | None = None
    of: tuple[Signal, ...] = ()
    function: Callable[..., pl.Expr] | None = field(default=None, compare=False, repr=False)
    fingerprint: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "fingerprint", _fingerprint(self))

    def over(self, window: int, *, label: str) -> Signal:
        """The same definition over another window (days), made of signals over that window too."""
        of = tuple(s._at(self.window, window) for s in self.of)
        stem = self.name.removesuffix(f"_{self.window}d")
        expr = self.function(*(pl.col(s.name) for s in of)) if of and self.function else self.expr
        return replace(self, name=f"{stem}_{window}d", window=window, label=label, of=of, expr=expr)

    def _at(self, old: int | None, new: int) -> Signal:
        """Itself over the new window, if its window is the old one; as far back as it was, counted in windows."""
        if self.window != old or self.window is None:
            return self
        back = self.offset if self.offset % self.window else self.offset // self.window * new
        base = replace(self, name=self.name.removesuffix(f"_{self.offset}d_before"), offset=0)
        moved = base.over(new, label=self.label)
        return moved.earlier(back) if back else moved

    def earlier(self, days: int | None = None) -> Signal:
        """The same definition, seen from `days` earlier; by default in the window just before."""
        offset = self.window if days is None else days
        if offset is None:
            raise WrongSignal(f"{self.name} has no window to look before", "name the days: earlier(days)")
        return replace(self, name=f"{self.name}_{offset}d_before", offset=self.offset + offset)

    @property
    def reads(self) -> frozenset[str]:
        """Columns of its source, and of the sources of the signals it is made of."""
        own = {f"{self.source}.{name}" for name in self.expr.meta.root_names()}
        return frozenset(own).union(*(s.reads for s in self.of))


def weeks(count: int) -> int:
    """Days in that many weeks; windows are whole weeks, so that weekdays cancel."""
    return 7 * count


def signal(
    *,
    unit: str,
    family: str,
    label: str,
    source: str = "tiles",
    window: int | None = None,
    of: tuple[Signal, ...] = (),
    silence: float | None = None,
    direction: int = 0,
    driver: str | None = None,
) -> Callable[[Callable[..., pl.Expr]], Signal]:
    """Turn a function into a signal: its name is the column (`_28d` added for a window), its docstring the meaning.

    With `of`, the function takes one expression a signal named there, and the source is `signals`.
    """

    def define(function: Callable[..., pl.Expr]) -> Signal:
        return Signal(
            name=function.__name__ + (f"_{window}d" if window else ""),
            unit=unit,
            family=family,
            meaning=" ".join((function.__doc__ or "").split()),
            label=label,
            source="signals" if of and source == "tiles" else source,
            expr=function(*(pl.col(s.name) for s in of)),
            window=window,
            silence=silence,
            direction=direction,
            driver=driver,
            of=of,
            function=function,
        )

    return define


def _check(signal: Signal) -> None:
    allowed = (
        ("unit", signal.unit, tuple(UNITS)),
        ("family", signal.family, tuple(FAMILIES)),
        ("driver", signal.driver, (None, *DRIVERS)),
        ("direction", signal.direction, (-1, 0, 1)),
    )
    for what, value, values in allowed:
        if value not in values:
            raise WrongSignal(
                f"signal {signal.name}: there is no {what} {value!r}", f"use one of {', '.join(map(str, values))}"
            )
    if _divides_by_a_number(json.loads(signal.expr.meta.serialize(format="json"))):
        raise WrongSignal(
            f"signal {signal.name} divides by a number, whose last bit depends on how many accounts there are",
            "write over(value, number), from consumption.features.exact",
        )
    if not signal.meaning or not signal.label:
        raise WrongSignal(f"signal {signal.name} does not say what it means", "give it a docstring and a label")


def _divides_by_a_number(node: object) -> bool:
    if isinstance(node, list):
        return any(map(_divides_by_a_number, node))
    if not isinstance(node, dict):
        return False
    found = node.get("BinaryExpr", {})
    if found and found["op"] == "TrueDivide" and "Literal" in found["right"]:
        return True
    return any(map(_divides_by_a_number, node.values()))


def _fingerprint(signal: Signal) -> str:
    """SHA-256 of all that its value depends on; words for readers are left out."""
    values = [signal.name, signal.source, signal.window, signal.offset, signal.silence]
    parts = [signal.expr.meta.serialize(format="json"), *(s.fingerprint for s in signal.of)]
    return hashlib.sha256(json.dumps([values, parts]).encode()).hexdigest()
