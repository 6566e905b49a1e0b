"""Look at the models that rank: at the accounts of today, and at what came of what they said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.going_back import going_back, went_back
from consumption.jobs.known_since import Day, known_rows, last_known_since, leaver, ranks
from consumption.jobs.lists import staying
from consumption.jobs.opening import lake_of
from consumption.jobs.shadow import Beside, beside, records_file, records_of, reference_of
from consumption.jobs.snapshots import snapshots
from consumption.jobs.to_rank import to_rank
from consumption.jobs.week import accounts_a_week
from consumption.models import served
from consumption.models.judging.gate import compare
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.rows import scoring_rows
from consumption.models.scored import score
from consumption.models.watching.columns_read import columns_read
from consumption.models.watching.drift import Moved, in_the_large, moved
from consumption.models.watching.records import Question, Record, add

Tell = Callable[[Motion], str]

# Enough to say how two models stand to each other, in a note that decides nothing.
_DRAWS = 200
_LAY: dict[Question, str] = {"spread": "lie otherwise than in training", "missing": "are known less or more often"}


@dataclass(frozen=True)
class WatchDone:
    """What was seen of the models that rank; `told`: what the registry was told of a going back."""

    records: tuple[Record, ...]
    told: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Alarms, what could not be looked at, and goings back, a line each; empty where all is well."""
        worth = (r for r in self.records if r.alarm or r.question in {"went_back", "left_out"})
        return "\n".join([*(f"{r.motion}: {r.text}" for r in worth), *self.told])


def told_later(_motion: Motion) -> str:
    """The next training tells it: MLflow is too slow to import for a job that rarely has news for it."""
    return "The registry is told at the next training."


def watch(
    workspace: Workspace, *, as_of: datetime, tell: Tell = told_later, progress: Progress = silent
) -> WatchDone:
    """Record drift, calibration and shadow scores of the day; go back where a new model is worse than the last.

    See `going_back` for when that is. It is written into what says who ranks first, and recorded after it. `tell`
    lets the registry know what ranks a motion by now; it says why where the registry will know later.
    """
    if not any(served.pointer(workspace.models, motion) for motion in MOTIONS):
        return WatchDone(())
    day = _day(workspace, as_of, progress)
    known = records_of(workspace)
    late = [record for motion in MOTIONS for record in went_back(day, motion, known)]
    new = [*late, *(record for motion in MOTIONS for record in _looked_at(day, motion))]
    whole = add(records_file(workspace), new)
    back = [record for motion in MOTIONS for record in going_back(day, motion, whole)]
    if back:
        add(records_file(workspace), back)
    gone = {r.motion for r in (*late, *back) if r.question == "went_back"}
    told = [tell(motion) for motion in MOTIONS if motion in gone]
    return WatchDone((*new, *back), tuple(filter(None, told)))


def _day(workspace: Workspace, as_of: datetime, progress: Progress) -> Day:
    history = lake_of(workspace).history().received_before(as_of)
    told = replace(history.without_events().collect(), events=history.events)
    snapshot = snapshots(workspace, [as_of], progress=progress)[as_of]
    rows = scoring_rows(snapshot, to_rank(workspace, told, snapshot, as_of))
    return Day(workspace, as_of, told, rows.filter(~pl.col("notice_given").fill_null(value=False)))


def _looked_at(day: Day, motion: Motion) -> Iterator[Record]:
    others = beside(day.workspace, motion)
    yield from _left_out(day, motion, others)
    model = ranks(day, motion)
    if model is None or day.rows.is_empty():
        return
    yield from _signals(day, model)
    moment = last_known_since(day, model, model.about.as_of) if model.about.as_of else None
    known = known_rows(day, model, [moment]) if moment else None
    if moment and known is not None and not known.is_empty():
        yield _calibration(day, model, known, moment)
    if "challenger" in others.models:
        yield _shadow(day, model, others.models["challenger"], known)


def _left_out(day: Day, motion: Motion, others: Beside) -> Iterator[Record]:
    for version, why in others.left_out.items():
        text = f"Version {version} is not looked at: {why}."
        yield Record(day.as_of, motion, version, "left_out", alarm=False, text=text)


def _signals(day: Day, model: Model) -> Iterator[Record]:
    reference = reference_of(day.workspace, model.about.motion, model.about.version)
    if reference is None:
        return
    off = moved(reference, day.rows, columns_read(model))
    for question, words in _LAY.items():
        mine = [one for one in off if one.kind == question]
        yield _record(day, model, question, _told(mine, words), mine)


def _told(mine: list[Moved], words: str) -> str:
    if not mine:
        return f"No signals {words}."
    worst = mine[0]
    said = f"{worst.signal} by {worst.value:.2f}, where {worst.threshold:.2f} is usual, or chance"
    return f"{len(mine)} signals {words}: {said}{' first of all' if len(mine) > 1 else ''}."


def _calibration(day: Day, model: Model, known: pl.DataFrame, moment: datetime) -> Record:
    scored = score(model, known, leaver(day, model.about.motion))
    large = in_the_large(scored["probability"].to_numpy(), scored["happened"].to_numpy())
    what = "left or shrank" if model.about.motion == "help" else "grew"
    text = (
        f"Of {large.rows:,} accounts of {moment:%Y-%m-%d}, {large.observed:,.0f} {what}; {large.expected:,.1f} were "
        "expected."
    )
    record = _record(day, model, "calibration", text)
    return replace(record, alarm=large.alarm, value=large.observed, threshold=large.expected, known_to=moment)


def _shadow(day: Day, model: Model, challenger: Model, known: pl.DataFrame | None) -> Record:
    """How far the lists of today would change, and who was right about what is known since."""
    leaving = leaver(day, model.about.motion)
    share = staying(day.workspace, day.rows, model, challenger, leaving)
    text = f"{share:.0%} of the lists of version {challenger.about.version} stand on today's too."
    if known is not None and not known.is_empty():
        scores = (score(m, known, leaving) for m in (model, challenger))
        verdict = compare(*scores, k=accounts_a_week(day.workspace), draws=_DRAWS)
        text += f" On what is known since: {verdict.reasons[0]}"
    return replace(_record(day, model, "shadow", text), value=share)


def _record(day: Day, model: Model, question: Question, text: str, off: list[Moved] | None = None) -> Record:
    worst = off[0] if off else None
    return Record(
        as_of=day.as_of,
        motion=model.about.motion,
        version=model.about.version,
        question=question,
        alarm=bool(off),
        text=text,
        value=worst.value if worst else None,
        threshold=worst.threshold if worst else None,
        subjects=tuple(one.signal for one in off or ()),
    )
