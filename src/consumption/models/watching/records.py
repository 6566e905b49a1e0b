"""What is recorded of a model day by day, and when it counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from consumption.features.quality.finding import FINE, NOTE, WARNING, Check, Seen, check
from consumption.features.quality.wording import day, listed
from consumption.models.motion import MOTIONS

Question = Literal["spread", "missing", "calibration", "shadow", "compared", "went_back", "left_out"]
ASKED: tuple[Question, ...] = ("spread", "missing", "calibration")
# Two looks that are closer than this see the same accounts in the same week: they are one.
APART = timedelta(days=7)
# Records of days before that are dropped, and with them the file stays small; who ranked and why is kept.
KEPT = timedelta(days=730)


@dataclass(frozen=True)
class Record:
    """One look at one model: what was asked, whether it is an alarm, and what was seen, in a sentence.

    `subjects`: the signals it is about. `value` and `threshold`: how far it was, and how far is too far. `known_to`:
    the latest snapshot whose outcomes it rests on.
    """

    as_of: datetime
    motion: str
    version: str
    question: Question
    alarm: bool
    text: str
    value: float | None = None
    threshold: float | None = None
    subjects: tuple[str, ...] = ()
    known_to: datetime | None = None


def counts(records: Iterable[Record], last: Record) -> bool:
    """Whether an alarm counts: a week or more before there was one too, and none but alarms between them.

    All of the same: of one signal at least, and, where it rests on outcomes, not of the same ones once more.
    """
    if not last.alarm:
        return False
    same = [r for r in records if _series(r) == _series(last) and r.as_of < last.as_of]
    subjects = set(last.subjects)
    for earlier in sorted(same, key=lambda r: r.as_of, reverse=True):
        subjects &= set(earlier.subjects)
        if not earlier.alarm or (last.subjects and not subjects):
            return False
        if last.known_to is not None and earlier.known_to == last.known_to:
            continue
        if earlier.as_of <= last.as_of - APART:
            return True
    return False


def latest(records: Sequence[Record]) -> list[Record]:
    """The last record of each motion and question, of the model that was looked at last."""
    found: dict[tuple[str, str], Record] = {}
    versions: dict[str, str] = {}
    for record in sorted(records, key=lambda r: r.as_of):
        if record.question in ASKED:
            versions[record.motion] = record.version
        found[record.motion, record.question] = record
    return [r for r in found.values() if r.question in ASKED and versions[r.motion] == r.version]


def read(file: Path) -> list[Record]:
    """The records of a file, oldest first; none where there is no file."""
    if not file.is_file():
        return []
    return [_of(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def add(file: Path, new: Sequence[Record]) -> list[Record]:
    """Puts records into the file, in place of those that ask the same of the same day; gives all of them."""
    asked = {(r.as_of, r.motion, r.question) for r in new}
    kept = [r for r in read(file) if (r.as_of, r.motion, r.question) not in asked]
    whole = sorted([*kept, *new], key=lambda r: (r.as_of, r.motion, r.question))
    since = max((r.as_of for r in whole), default=datetime.max.replace(tzinfo=UTC)) - KEPT
    whole = [r for r in whole if r.as_of >= since or r.question == "went_back"]
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.write_text("".join(f"{json.dumps(asdict(r), default=str)}\n" for r in whole), encoding="utf-8")
    part.replace(file)
    return whole


@check(
    topic="models",
    title="Models and the accounts of today",
    means="A model that learned from other accounts, or under other circumstances, says probabilities that are no "
    "longer true, and lists that are no longer the best.",
    do="Look at what changed (a source that stopped, a new event name, another kind of customer); then `consumption "
    "train`, or go back with `consumption rollback`.",
)
def drift(records: Sequence[Record]) -> Iterator[Seen]:
    """Signals lie as they did when the model was trained, none is unknown all at once, and as many left as it said.

    The daily job looks; two alarms in a row, a week or more apart, count.
    """
    last = latest(records)
    if not last:
        yield Seen(FINE, "No model has been looked at yet: the daily job does that for what was trained.")
        return
    alarms = [r for r in last if r.alarm]
    certain = [r for r in alarms if counts(records, r)]
    back = [r for r in records if r.question == "went_back"][-len(MOTIONS) :]
    back += [r for r in records if r.question == "left_out" and r.as_of == max(one.as_of for one in last)]
    rows = [
        {
            "motion": r.motion,
            "version": r.version,
            "asked": r.question,
            "seen": r.text,
            "signals": listed(list(r.subjects)),
        }
        for r in (*alarms, *back)
    ]
    when = day(max(r.as_of for r in last))
    if certain:
        yield Seen(WARNING, f"On {when} not for the first time: {' '.join(r.text for r in certain)}", rows)
    elif alarms:
        yield Seen(NOTE, f"On {when}, once so far: {' '.join(r.text for r in alarms)}", rows)
    else:
        yield Seen(FINE, f"On {when} nothing was off for {' and '.join(sorted({r.motion for r in last}))}.", rows)


DRIFT_CHECKS: tuple[Check[Sequence[Record]], ...] = (drift,)


def _series(record: Record) -> tuple[str, str, str]:
    return record.motion, record.version, record.question


def _of(values: dict[str, Any]) -> Record:
    known_to = values.get("known_to")
    read = {
        "as_of": datetime.fromisoformat(values["as_of"]),
        "subjects": tuple(values["subjects"]),
        "known_to": datetime.fromisoformat(known_to) if known_to else None,
    }
    return Record(**{**values, **read})
