"""Let the model before rank again where the one in charge is off and outcomes say that it was better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from consumption.jobs.known_since import APART, Day, known_rows, leaver, moments_known_since, ranks
from consumption.jobs.shadow import beside
from consumption.jobs.week import accounts_a_week
from consumption.models import served
from consumption.models.judging.withdrawal import Evidence, evidence
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.scored import score
from consumption.models.watching.records import ASKED, Record, counts


@dataclass(frozen=True, eq=False)
class _Pair:
    """The model in charge, the one before, and the snapshots that tell which is the better one."""

    model: Model
    previous: Model
    moments: tuple[datetime, ...]


def going_back(day: Day, motion: Motion, records: Sequence[Record]) -> Iterator[Record]:
    """What was compared, and whether the one before ranks again; nothing where there is no cause to look.

    There is one where an alarm counts (see `watching.counts`), labels of another four weeks have become known since
    the last look, and it was a training that let the model rank: what a person decided, by name or by going back,
    no machine undoes.
    """
    now = served.pointer(day.workspace.models, motion)
    mine = [r for r in records if r.motion == motion]
    alarms = [r for r in mine if r.as_of == day.as_of and r.question in ASKED and counts(mine, r)]
    if now is None or not alarms or now.withdrawn or now.decided_by_a_person:
        return
    pair = _pair(day, motion, mine)
    if pair is None:
        return
    found = _evidence(day, pair)
    yield _compared(day, pair, found)
    if not found.beyond_doubt:
        return
    said = served.Said("watch", _why(pair, alarms, found), day.as_of)
    if served.go_back(day.workspace.models, motion, said, only_from=now).said == said:
        yield from went_back(day, motion, mine)


def went_back(day: Day, motion: Motion, records: Sequence[Record]) -> Iterator[Record]:
    """The record of a going back that the pointer tells of and no record does yet: a kill may have come between."""
    now = served.pointer(day.workspace.models, motion)
    if now is None or now.said.by != "watch" or now.said.when is None:
        return
    record = Record(now.said.when, motion, now.version, "went_back", alarm=False, text=now.said.why)
    told = {(r.as_of, r.motion, r.version) for r in records if r.question == "went_back"}
    if (record.as_of, motion, record.version) not in told:
        yield record


def _pair(day: Day, motion: Motion, records: Sequence[Record]) -> _Pair | None:
    """Both models, where they answer the same question and there is something new to tell them apart by."""
    model, previous = ranks(day, motion), beside(day.workspace, motion).models.get("previous")
    if model is None or previous is None or model.about.as_of is None:
        return None
    if model.about.horizon_days != previous.about.horizon_days:
        return None
    since = max(model.about.as_of, previous.about.as_of or model.about.as_of)
    moments = moments_known_since(day, model, since)
    looks = [r.known_to for r in records if r.question == "compared" and r.version == model.about.version]
    seen = max((to for to in looks if to is not None), default=None)
    if not moments or (seen is not None and moments[-1] < seen + APART):
        return None
    return _Pair(model, previous, tuple(moments))


def _evidence(day: Day, pair: _Pair) -> Evidence:
    rows = known_rows(day, pair.model, pair.moments)
    leaving = leaver(day, pair.model.about.motion)
    scores = (score(one, rows, leaving) for one in (pair.model, pair.previous))
    return evidence(*scores, k=accounts_a_week(day.workspace), seed=day.workspace.settings.seed)


def _compared(day: Day, pair: _Pair, found: Evidence) -> Record:
    about = pair.model.about
    return Record(
        as_of=day.as_of,
        motion=about.motion,
        version=about.version,
        question="compared",
        alarm=False,
        text=f"Held against version {pair.previous.about.version}, which ranked before: {found.text}",
        value=found.low,
        known_to=pair.moments[-1],
    )


def _why(pair: _Pair, alarms: Sequence[Record], found: Evidence) -> str:
    return (
        f"Went back from version {pair.model.about.version} to {pair.previous.about.version}: not for the first time "
        f"it was off ({' '.join(r.text for r in alarms)}). {found.text}"
    )
