"""Look at the models that rank: at the accounts of today, and at what came of what they said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.labels import label, told_by
from consumption.features.population import population
from consumption.jobs.opening import label_rules, lake_of, signals_of, usage_rules
from consumption.jobs.shadow import beside, records_file, reference_of, write_scores
from consumption.jobs.snapshots import snapshots
from consumption.lake.history import History
from consumption.models import served
from consumption.models.dataset import labelled
from consumption.models.drift import Large, Moved, in_the_large, moved
from consumption.models.evaluation import order
from consumption.models.gate import compare, overlap
from consumption.models.horizon import USUAL_WINDOWS
from consumption.models.model import Model, StaleModel
from consumption.models.motion import MOTIONS, Motion
from consumption.models.rows import scoring_rows
from consumption.models.scored import score
from consumption.models.watching import ASKED, Question, Record, add, counts

Tell = Callable[[Motion], str]

# Accounts a rep can take on in a week, as in training.
_WEEK = 8
# Enough to tell which of two models is the better one, not to promote one.
_DRAWS = 200
_LAY: dict[Question, str] = {"spread": "lie otherwise than in training", "missing": "are known less or more often"}


@dataclass(frozen=True)
class WatchDone:
    """What was seen of the models that rank."""

    records: tuple[Record, ...]

    @property
    def text(self) -> str:
        """Alarms and goings back, a line each; empty where all is well."""
        return "\n".join(f"{r.motion}: {r.text}" for r in self.records if r.alarm or r.question == "went_back")


@dataclass(frozen=True, eq=False)
class _Day:
    """What there is on a day, the same for both motions."""

    workspace: Workspace
    as_of: datetime
    told: History
    rows: pl.DataFrame


def told_later(_motion: Motion) -> str:
    """The next training tells it: MLflow is too slow to import for a job that rarely has news for it."""
    return "The registry is told at the next training."


def watch(
    workspace: Workspace, *, as_of: datetime, tell: Tell = told_later, progress: Progress = silent
) -> WatchDone:
    """Record drift, calibration and shadow scores of the day; go back where a new model is worse than the last.

    It goes back when an alarm counts (see `watching.counts`) and the model before ranked better on what has become
    known since this one was trained. Once it has gone back, people decide. `tell` lets the registry know what
    ranks a motion by now; it says why where the registry will know later.
    """
    if not any(served.pointer(workspace.models, motion) for motion in MOTIONS):
        return WatchDone(())
    history = lake_of(workspace).history().received_before(as_of)
    told = replace(history.without_events().collect(), events=history.events)
    snapshot = snapshots(workspace, [as_of], progress=progress)[as_of]
    rows = scoring_rows(snapshot, population(told, as_of, currency=workspace.settings.currency))
    today = _Day(workspace, as_of, told, rows)
    new = [record for motion in MOTIONS for record in _looked_at(today, motion)]
    whole = add(records_file(workspace), new)
    back = [record for motion in MOTIONS for record in _going_back(today, motion, whole, tell)]
    if back:
        add(records_file(workspace), back)
    return WatchDone((*new, *back))


def _looked_at(today: _Day, motion: Motion) -> Iterator[Record]:
    model = _champion(today.workspace, motion)
    if model is None or today.rows.is_empty():
        return
    others = beside(today.workspace, motion)
    write_scores(today.workspace, today.as_of, today.rows, {"champion": model, **others})
    yield from _signals(today, model)
    known = _became_known(today, model)
    if known is not None:
        yield _calibration(today, model, known)
    if "challenger" in others:
        yield _shadow(today, model, others["challenger"], known)


def _signals(today: _Day, model: Model) -> Iterator[Record]:
    reference = reference_of(today.workspace, model.about.motion, model.about.version)
    if reference is None:
        return
    off = moved(reference, today.rows)
    for question, words in _LAY.items():
        mine = [one for one in off if one.kind == question and one.signal in model.about.signals]
        yield _record(today, model, question, _told(mine, words), mine)


def _told(mine: list[Moved], words: str) -> str:
    if not mine:
        return f"No signals {words}."
    worst = mine[0]
    said = f"{worst.signal} by {worst.value:.2f}, where {worst.threshold:.2f} may be chance"
    return f"{len(mine)} signals {words}: {said}{' first of all' if len(mine) > 1 else ''}."


def _calibration(today: _Day, model: Model, known: pl.DataFrame) -> Record:
    scored = score(model, known, _leaver(today, model))
    large: Large = in_the_large(scored["probability"].to_numpy(), scored["happened"].to_numpy())
    what = "left or shrank" if model.about.motion == "help" else "grew"
    moment = known["as_of"].dt.date()[0]
    text = (
        f"Of {large.rows:,} accounts of {moment}, {large.observed:,.0f} {what}; {large.expected:,.1f} were expected."
    )
    record = _record(today, model, "calibration", text)
    return replace(record, alarm=large.alarm, value=large.observed, threshold=large.expected)


def _shadow(today: _Day, model: Model, challenger: Model, known: pl.DataFrame | None) -> Record:
    """How far the lists of today would change, and who was right about what is known since."""
    unknown = today.rows.with_columns(outcome=pl.lit("stayed"), y=pl.lit(0.0))
    lists = [order(score(m, unknown, _leaver(today, m)), _WEEK) for m in (model, challenger)]
    share = overlap(lists[0], lists[1])
    version = challenger.about.version
    text = f"{share:.0%} of the lists of version {version} stand on today's too."
    if known is not None:
        verdict = compare(*(score(m, known, _leaver(today, m)) for m in (model, challenger)), k=_WEEK, draws=_DRAWS)
        text += f" On what is known since: {verdict.reasons[0]}"
    return replace(_record(today, model, "shadow", text), value=share)


def _going_back(today: _Day, motion: Motion, records: list[Record], tell: Tell) -> Iterator[Record]:
    model = _champion(today.workspace, motion)
    mine = [r for r in records if r.motion == motion]
    if model is None or any(r.question == "went_back" and r.version == model.about.version for r in mine):
        return
    alarms = [r for r in mine if r.as_of == today.as_of and r.question in ASKED and counts(mine, r)]
    previous, known = beside(today.workspace, motion).get("previous"), _became_known(today, model)
    if not alarms or previous is None or known is None or not _better(today, previous, model, known):
        return
    served.go_back(today.workspace.models, motion)
    why = tell(motion)
    text = (
        f"Went back from version {model.about.version} to {previous.about.version}: twice in a row it was off "
        f"({' '.join(r.text for r in alarms)}), and the one before ranked better on what is known since. {why}"
    ).strip()
    yield _record(today, previous, "went_back", text)


def _better(today: _Day, previous: Model, model: Model, known: pl.DataFrame) -> bool:
    """More of the value on its lists and a lower log loss."""
    scores = (score(one, known, _leaver(today, one)) for one in (model, previous))
    verdict = compare(*scores, k=_WEEK, draws=_DRAWS)
    return verdict.gain >= 0.0 and verdict.log_loss_change < 0.0


def _became_known(today: _Day, model: Model) -> pl.DataFrame | None:
    """Labelled rows of the last snapshot whose label window was over only after the model had been trained.

    None where there is no such snapshot in the lake yet.
    """
    about = model.about
    if about.as_of is None:
        return None
    rules = label_rules(today.workspace, about.horizon_days)
    late = max(USUAL_WINDOWS.late, rules.gap_days)
    length = timedelta(days=rules.lead_days + about.horizon_days + late)
    there = [moment for moment, _ in lake_of(today.workspace).snapshots()]
    past = [moment for moment in there if about.as_of < moment + length <= today.as_of]
    if not past:
        return None
    date = max(past)
    became = label(told_by(today.told, rules).collect(), date, rules)
    people = population(today.told, date, currency=today.workspace.settings.currency)
    names = [s.name for s in signals_of(today.workspace)]
    rows = labelled(snapshots(today.workspace, [date])[date], became, people, names)
    kept = rows.filter(~pl.col("moved_in_lead") & ~pl.col("notice_given"))
    return None if kept.is_empty() else kept


def _leaver(today: _Day, model: Model) -> Model | None:
    return None if model.about.motion == "help" else _champion(today.workspace, "help")


def _champion(workspace: Workspace, motion: Motion) -> Model | None:
    if served.pointer(workspace.models, motion) is None:
        return None
    try:
        return served.load_served(workspace.models, motion, signals_of(workspace), usage_rules(workspace))
    except StaleModel:
        return None


def _record(today: _Day, model: Model, question: Question, text: str, off: list[Moved] | None = None) -> Record:
    worst = off[0] if off else None
    return Record(
        as_of=today.as_of,
        motion=model.about.motion,
        version=model.about.version,
        question=question,
        alarm=bool(off),
        text=text,
        value=worst.value if worst else None,
        threshold=worst.threshold if worst else None,
        subjects=tuple(one.signal for one in off or ()),
    )
