"""A condition of the catalogue in words: what an action asks of an account, as a rep would say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from consumption.serving import words
from consumption.serving.views.bounds import between, bound, nothing, part, than
from consumption.store.records import SignalText

# What is yes or no of an account, beside signals: said, and said of its opposite.
FACTS = {
    "notice_given": ("notice has been given", "no notice has been given"),
    "has_subscription": ("a subscription", "no subscription"),
    "has_consumption_contract": ("a contract that is paid by use", "no contract that is paid by use"),
    "has_outcome_contract": ("an outcome contract", "no outcome contract"),
    "has_warranty": ("a warranty in force", "no warranty in force"),
    "auto_renews": ("a contract that renews itself", "no contract that renews itself"),
    "do_not_contact": ("everyone known there asked not to be contacted", "somebody who may be contacted"),
    "legal_dispute": ("a legal dispute", "no legal dispute"),
}
OTHERS = (
    SignalText("contracts", "count", "Contracts in force"),
    SignalText("products", "count", "Products in force"),
    SignalText("arr", "money", "Worth a year"),
)
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^']*)'|\"?(?P<name>[A-Za-z_]\w*)\"?|(?P<sign><=|>=|!=|<>|[<>=(),-]))"
)


class _Unsaid(Exception):
    """A condition that has no words here."""


def in_words(condition: str, signals: Mapping[str, SignalText], currency: str | None) -> str:
    """What an expression asks for: "seats in use below 60 %; notice has been given"; empty where it has no words.

    `signals`: how each is called, by its name; what is no signal is called as its column is.
    """
    known = {text.name: text for text in OTHERS} | dict(signals)
    try:
        return _Reader(_tokens(condition), known, currency).all_of_it()
    except _Unsaid:
        return ""


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kind and text of each; words of SQL are signs."""
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _Unsaid
        kind, said = match.lastgroup, match[match.lastgroup]
        sql = kind == "name" and said.upper() in _SQL
        found.append(("sign", said.upper()) if sql else (kind, "!=" if said == "<>" else said))
        at = match.end()
    return found


_SQL = frozenset({"AND", "OR", "NOT", "BETWEEN", "IS", "NULL", "IN", "COALESCE", "TRUE", "FALSE"})


@dataclass
class _Reader:
    """Reads an expression once, from left to right; a part is said by what it is, or by its opposite."""

    tokens: list[tuple[str, str]]
    known: Mapping[str, SignalText]
    currency: str | None
    at: int = field(default=0)
    instead: float | str | None = field(default=None)  # What stands for an unknown value of the name read last.

    def all_of_it(self) -> str:
        said = self._any(opposite=False)
        if self.at != len(self.tokens):
            raise _Unsaid
        return said[1]

    def _any(self, *, opposite: bool) -> tuple[str, str]:
        return self._joined("OR", self._both, opposite=opposite)

    def _both(self, *, opposite: bool) -> tuple[str, str]:
        return self._joined("AND", self._one, opposite=opposite)

    def _joined(self, sign: str, part: Callable[..., tuple[str, str]], *, opposite: bool) -> tuple[str, str]:
        """Which way its parts are joined, and the words; the opposite of "A or B" is "neither": not A, and not B."""
        parts = [part(opposite=opposite)]
        while self._take(sign):
            parts.append(part(opposite=opposite))
        if len(parts) == 1:
            return parts[0]
        way = sign if not opposite else {"OR": "AND", "AND": "OR"}[sign]
        if way == "OR":
            return way, " or ".join(f"({said})" if inner == "AND" else said for inner, said in parts)
        return way, "; ".join(f"either {said}" if inner == "OR" else said for inner, said in parts)

    def _one(self, *, opposite: bool) -> tuple[str, str]:
        if self._take("NOT"):
            return self._one(opposite=not opposite)
        if self._take("("):
            said = self._any(opposite=opposite)
            self._must(")")
            return said
        return "", self._compared(opposite=opposite)

    def _compared(self, *, opposite: bool) -> str:
        if self.tokens[self.at : self.at + 1] and self.tokens[self.at][0] in {"number", "text"}:
            value, sign, name = self._value(), self._sign(), self._name()
            return self._than(name, _TURNED[sign], value, opposite=opposite)
        name = self._name()
        if self._take("IS"):
            unknown = not self._take("NOT")
            self._must("NULL")
            return f"{self._called(name)} {'not known' if unknown != opposite else 'known'}"
        if self._take("NOT"):
            opposite = not opposite
        if self._take("BETWEEN"):
            return self._between(name, opposite=opposite)
        if self._take("IN"):
            return self._among(name, opposite=opposite)
        if self.at < len(self.tokens) and self.tokens[self.at][1] in _TURNED:
            return self._than(name, self._sign(), self._value(), opposite=opposite)
        return self._yes(name, opposite=opposite)

    def _than(self, name: str, sign: str, value: float | str, *, opposite: bool) -> str:
        sign = _OPPOSITE[sign] if opposite else sign
        called, unit = self._called(name), self._unit(name)
        if sign in {"=", "!="} and unit == "flag":
            return self._yes(name, opposite=(sign == "=") != bool(value))
        if sign in {"=", "!="} and value == 0 and (none := nothing(unit, sign, known=self.instead != 0)):
            return f"{called}: {none}"
        if sign not in {"=", "!="} and name.endswith("_percentile") and isinstance(value, float):
            below = sign in {"<", "<="}
            return f"{called}, in the {'lowest' if below else 'highest'} {part(value, rest=not below)}"
        return than(called, sign, self._said(name, value))

    def _between(self, name: str, *, opposite: bool) -> str:
        low = self._value()
        self._must("AND")
        high = self._value()
        return between(self._called(name), self._said(name, low), self._said(name, high), outside=opposite)

    def _among(self, name: str, *, opposite: bool) -> str:
        self._must("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._must(")")
        said = " or ".join(self._said(name, value) for value in values)
        return f"{self._called(name)} {'other than ' if opposite else ''}{said}"

    def _yes(self, name: str, *, opposite: bool) -> str:
        if name in FACTS:
            return FACTS[name][opposite]
        return f"{self._called(name)}: {'no' if opposite else 'yes'}"

    def _called(self, name: str) -> str:
        text = self.known.get(name)
        label = text.label if text else words.titled(name)
        return label[:1].lower() + label[1:]

    def _said(self, name: str, value: float | str) -> str:
        if isinstance(value, str):
            return value
        return bound(value, self._unit(name), self.currency)

    def _unit(self, name: str) -> str:
        text = self.known.get(name)
        return text.unit if text else ""

    def _name(self) -> str:
        if self._take("COALESCE"):
            self._must("(")
            name = self._name()
            self._must(",")
            self.instead = self._value()
            self._must(")")
            return name
        self.instead = None
        return self._next("name")

    def _value(self) -> float | str:
        if self._take("-"):
            return -float(self._next("number"))
        kind = self.tokens[self.at][0] if self.at < len(self.tokens) else ""
        return self._next("text") if kind == "text" else float(self._next("number"))

    def _sign(self) -> str:
        sign = self._next("sign")
        if sign not in _TURNED:
            raise _Unsaid
        return sign

    def _next(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise _Unsaid
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _take(self, sign: str) -> bool:
        taken = self.tokens[self.at : self.at + 1] == [("sign", sign)]
        self.at += taken
        return taken

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise _Unsaid
