"""What a leak is, and when one stops a training."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from consumption.errors import ConsumptionError

_SHOWN = 6


@dataclass(frozen=True)
class Kind:
    """One of the eight: its number in METHOD section 1, the rule in a sentence, and what to do.

    `stops`: no model is made while there is such a leak; else it is told, and the gate promotes nothing on it.
    """

    number: int
    code: str
    rule: str
    remedy: str
    stops: bool = True


REBUILT = Kind(
    1,
    "rebuilt",
    "Signals of a date are the same to the bit when they are made from data cut off at that date.",
    "run `consumption signals --audit`; a signal of your own that looks ahead shows in `consumption check signals`",
)
LATE_ALARM = Kind(
    2,
    "late_alarm",
    "No signal alone tells losses under 21 days away from other accounts by .10 of AUC better than later losses.",
    "it is a late alarm and no ranking: leave it out, or set a longer labels.lead_days",
    stops=False,
)
TOO_GOOD = Kind(
    3,
    "too_good",
    "No signal alone tells what will happen with an AUC over .90.",
    "find out how it can know that much; it may be written down after the fact",
)
OWN_ACTIONS = Kind(
    4,
    "own_actions",
    "Nothing that we did ourselves is a cause in the model of the risk.",
    "leave the signal out: what an action brings is estimated apart, against accounts that did not get it",
)
FITTED_OUTSIDE = Kind(
    5,
    "fitted_outside",
    "Codes of words and rates of segments are made from the training part alone, calibrations from validation alone.",
    "fit encodings on the rows of the part `train`, calibrations on those of `valid`",
)
OVERLAPPING = Kind(
    6,
    "overlapping_window",
    "Every label window ends before the next part begins, validation's by the embargo.",
    "make the split with models.samples.split, which purges",
)
RECEIVED_LATER = Kind(
    7,
    "received_later",
    "No row counts that was received at or after its date.",
    "make snapshots anew (delete snapshots/ in the lake); a signal of your own shows in `consumption check signals`",
)
OVERWRITTEN = Kind(
    8,
    "overwritten",
    "A column says what it said on the day, not what was written over it later.",
    "load versions that say in received_at when each was known, or leave the column out of [signals] attributes",
)
NOT_DATED = replace(
    OVERWRITTEN,
    code="not_dated",
    rule="A column that may be written over says since when it is known.",
    stops=False,
)

KINDS = (REBUILT, LATE_ALARM, TOO_GOOD, OWN_ACTIONS, FITTED_OUTSIDE, OVERLAPPING, RECEIVED_LATER, OVERWRITTEN)


@dataclass(frozen=True)
class Leak:
    """One leak that was seen: of which signals or columns, and what was seen in numbers.

    `trusted`: settings name all of its subjects, so that it is noted and nothing more.
    """

    kind: Kind
    subjects: tuple[str, ...]
    seen: str
    trusted: bool = False

    @property
    def stops(self) -> bool:
        """Whether no model may be made."""
        return self.kind.stops and not self.trusted

    @property
    def text(self) -> str:
        """What was seen, and whether it was let through knowingly."""
        names = ", ".join(self.subjects[:_SHOWN])
        more = f" and {len(self.subjects) - _SHOWN} more" if len(self.subjects) > _SHOWN else ""
        said = f"Leak {self.kind.number} ({self.kind.code.replace('_', ' ')}): {names}{more}: {self.seen}"
        return f"{said}; trusted by settings." if self.trusted else f"{said}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "kind": self.kind.code, "subjects": list(self.subjects), "stops": self.stops}


class LeakFound(ConsumptionError):
    """A training set knows what it could not have known."""

    status = 409

    def __init__(self, leaks: Sequence[Leak]) -> None:
        remedies = dict.fromkeys(leak.kind.remedy for leak in leaks)
        super().__init__(
            problem=f"training stopped. {' '.join(leak.text for leak in leaks)}",
            remedy=f"{'; '.join(remedies)}; or name it under [training] trusted in consumption.toml",
        )
        self.leaks = tuple(leaks)


def refuse(leaks: Iterable[Leak]) -> None:
    """Raises LeakFound if one of them stops a training."""
    stopping = [leak for leak in leaks if leak.stops]
    if stopping:
        raise LeakFound(stopping)


def trusting(leaks: Iterable[Leak], trusted: Collection[str]) -> tuple[Leak, ...]:
    """The leaks, those of trusted signals or columns told apart from the others."""
    return tuple(part for leak in leaks for part in _apart(leak, trusted))


def _apart(leak: Leak, trusted: Collection[str]) -> Iterator[Leak]:
    known = tuple(name for name in leak.subjects if name in trusted)
    others = tuple(name for name in leak.subjects if name not in trusted)
    if others or not known:
        yield replace(leak, subjects=others)
    if known:
        yield replace(leak, subjects=known, trusted=True)
