"""What a check and a finding are: definitions that can be listed, printed and documented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

Looked = TypeVar("Looked")
Value = str | int | float | None
Row = Mapping[str, Value]


class Severity(StrEnum):
    """How serious a finding is; from the first, which makes the product unusable, to the last, which is good news."""

    STOP = "stop"
    WARNING = "warning"
    NOTE = "note"
    FINE = "fine"


STOP, WARNING, NOTE, FINE = Severity

# What is asked of the data, in the order findings of one severity are shown.
TOPICS = (
    "history",
    "outcomes",
    "telemetry",
    "time",
    "tracking",
    "who",
    "loads",
    "accounts",
    "contracts",
    "meters",
    "team",
    "settings",
    "models",
)


@dataclass(frozen=True)
class Seen:
    """What a check saw: how serious, and in numbers.

    `rows` is the evidence, a mapping of a few columns each, worst first. `means` and `do` stand only where this case
    needs other words than the check's own.
    """

    severity: Severity
    text: str
    rows: Sequence[Row] = ()
    means: str = ""
    do: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing to know about the data: what was seen, what it means for signals, models or plan, what to do."""

    code: str
    topic: str
    title: str
    severity: Severity
    seen: str
    means: str = ""
    do: str = ""
    rows: tuple[Row, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self) | {"severity": self.severity.value, "rows": [dict(row) for row in self.rows]}


@dataclass(frozen=True)
class Check(Generic[Looked]):
    """One question asked of the data; its name is the code of its findings, its docstring the rule it goes by."""

    code: str
    topic: str
    title: str
    rule: str
    means: str
    do: str
    look: Callable[[Looked], Iterable[Seen]]

    def __call__(self, at: Looked) -> list[Finding]:
        """What there is to say: at least one finding, if only that all is well."""
        return [self._finding(seen) for seen in self.look(at)]

    def _finding(self, seen: Seen) -> Finding:
        fine = seen.severity is Severity.FINE
        means, do = ("", "") if fine else (self.means, self.do)
        return Finding(
            self.code,
            self.topic,
            self.title,
            seen.severity,
            _sentence(seen.text),
            seen.means or means,
            seen.do or do,
            tuple(seen.rows),
        )


def _sentence(text: str) -> str:
    """The text with a capital where it begins with a share; ids and names stay as they are spelled."""
    return text[0].upper() + text[1:] if text.startswith(("none ", "all ", "under ")) else text


def check(
    *, topic: str, title: str, means: str, do: str
) -> Callable[[Callable[[Looked], Iterable[Seen]]], Check[Looked]]:
    """Make a function a check; `means` and `do` are what its findings say unless a case has its own words."""

    def made(look: Callable[[Looked], Iterable[Seen]]) -> Check[Looked]:
        rule = " ".join((look.__doc__ or "").split())
        return Check(look.__name__, topic, title, rule, means, do, look)

    return made


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then by topic; in the order they came within a topic."""
    severities = list(Severity)
    return sorted(findings, key=lambda f: (severities.index(f.severity), TOPICS.index(f.topic)))
