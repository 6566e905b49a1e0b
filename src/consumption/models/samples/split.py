"""Which snapshots may train, validate and test: by time, with a purge between the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Windows:
    """The times of METHOD section 1, in days.

    `every`: between snapshots; `lead`: from a snapshot to its label window; `late`: for signatures that come in
    after a window has ended; `embargo`: between validation and test, because calibration is fitted on validation;
    `warm_up`: history that the first snapshot must look back on.
    """

    every: int = 28
    lead: int = 14
    late: int = 30
    embargo: int = 28
    warm_up: int = 28


USUAL_WINDOWS = Windows()


@dataclass(frozen=True)
class Split:
    """Snapshot dates by part, in order of time; no label window of one part reaches into a later part."""

    train: tuple[datetime, ...] = ()
    valid: tuple[datetime, ...] = ()
    test: tuple[datetime, ...] = ()

    @property
    def dates(self) -> tuple[datetime, ...]:
        """Every date that is used, in order of time."""
        return self.train + self.valid + self.test

    def part(self, date: datetime) -> str:
        """`train`, `valid`, `test`, or `unused` for a date that the purge takes out."""
        for name in ("train", "valid", "test"):
            if date in getattr(self, name):
                return name
        return "unused"


def training_dates(first: datetime, as_of: datetime, *, every: int = 28, warm_up: int = 28) -> list[datetime]:
    """Snapshot dates counted back from `as_of` (which has no label itself), oldest first.

    `first` is when telemetry begins; a snapshot looks back on at least `warm_up` days of it.
    """
    steps = max(0, (as_of - first - timedelta(days=warm_up)) // timedelta(days=every))
    return [as_of - timedelta(days=every * k) for k in range(steps, 0, -1)]


def split(
    dates: Sequence[datetime],
    as_of: datetime,
    *,
    horizon: int,
    windows: Windows = USUAL_WINDOWS,
    tests: int = 3,
    valids: int = 3,
) -> Split:
    """The last `tests` labelled snapshots test.

    Before them, purged, `valids` validate; what is left, purged, trains.
    """
    label_window = timedelta(days=windows.lead + horizon)
    late, embargo = timedelta(days=windows.late), timedelta(days=windows.embargo)
    usable = sorted(d for d in set(dates) if d + label_window + late <= as_of)
    test = tuple(usable[-tests:]) if tests else ()
    if not valids:
        return Split(train=_ending_before(usable, label_window, test[:1]), test=test)
    valid = _ending_before(usable, label_window + embargo, test[:1])[-valids:]
    return Split(train=_ending_before(usable, label_window, valid[:1]), valid=valid, test=test)


def _ending_before(
    dates: Sequence[datetime], length: timedelta, next_part: Sequence[datetime]
) -> tuple[datetime, ...]:
    if not next_part:
        return ()
    return tuple(d for d in dates if d + length <= next_part[0])
