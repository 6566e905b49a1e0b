"""The training set of a workspace: snapshots with what became of each account, and what looks like a leak in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.answers import Answers
from consumption.features.labels import ASK_TELEMETRY, LabelRules, applicable
from consumption.features.losses import labelled_from, losses
from consumption.jobs.erase import marked
from consumption.jobs.opening import label_rules, lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import refuse_before_the_first_event, snapshots
from consumption.lake.history import History
from consumption.models.leaks.examine import of_the_past
from consumption.models.leaks.rebuilt import Past
from consumption.models.samples.dataset import Beside, NoLabels, Thresholds, TrainingSet, build
from consumption.models.samples.first_label import labelled_on
from consumption.models.samples.horizon import HORIZONS, LOSSES_TO_TRAIN, Horizon, choose_horizon
from consumption.models.samples.split import USUAL_WINDOWS, Split, Windows

# Snapshots made between two that are kept: what a kill can cost.
SNAPSHOTS_AT_ONCE = 6


@dataclass(frozen=True, eq=False)
class Told:
    """What a training looks back on: all received by a moment, how far ahead labels look, and who was lost.

    `answers`: what the choice of the horizon asked about, if it asked.
    """

    as_of: datetime
    history: History
    horizon: Horizon
    lost: pl.DataFrame
    answers: Answers | None = None


def told_at(workspace: Workspace, as_of: datetime) -> Told:
    """What is known at a moment; raises NoLabels, which says from when on, where no label window is over yet."""
    lake = lake_of(workspace)
    first = refuse_before_the_first_event(lake, as_of)
    history = lake.history().received_before(as_of)
    told = replace(history.without_events().collect(), events=history.events)
    asked: dict[int, Answers] = {}
    horizon, lost = horizon_of(workspace, told, first, as_of, asked=asked)
    if not horizon.dates:
        raise _no_labels(workspace, told, first, as_of)
    return Told(as_of, told, horizon, lost, asked.get(horizon.days))


def training_set(
    workspace: Workspace, as_of: datetime, progress: Progress = silent, known: Told | None = None
) -> TrainingSet:
    """Snapshots with what became of each account, as far back as telemetry goes, by everything known at `as_of`.

    `known`: what `told_at` said of the same moment. Raises NoLabels.
    """
    known = known or told_at(workspace, as_of)
    told, horizon = known.history, known.horizon
    made = _made(workspace, horizon, progress)
    rules = label_rules(workspace, horizon.days)
    answers = known.answers or Answers.of(told, rules)
    labels, populations = _became(answers, horizon, progress)
    data = build(
        list(made.values()),
        labels,
        populations,
        horizon=horizon,
        signals=signals_of(workspace),
        as_of=as_of,
        rules=usage_rules(workspace),
        versions=lake_of(workspace).versions(),
        beside=_beside(workspace, told, known.lost, rules),
    )
    progress("leaks", 0, 1)
    past = Past(told, signals_of(workspace), usage_rules(workspace), data.signals)
    # What was made before somebody was erased keeps its numbers, and nothing could make it again.
    again = {date: frame for date, frame in made.items() if date not in marked(workspace)}
    found = of_the_past(past, again, trusted=data.trusted, seed=workspace.settings.seed)
    progress("leaks", 1, 1)
    return replace(data, leaks=found)


def horizon_of(
    workspace: Workspace,
    history: History,
    first: datetime,
    as_of: datetime,
    *,
    asked: dict[int, Answers] | None = None,
) -> tuple[Horizon, pl.DataFrame]:
    """How far ahead labels can look, and the losses there were: account_id, lost_on.

    `history` is all that was received by then; `first` is when telemetry begins. `asked` takes up the answers that
    counting training rows asks for, by days ahead; with it they are counted even where events tell the labels, so
    that all events are read.
    """
    options, windows = _options(workspace), _windows(workspace)
    rules = label_rules(workspace, min(options))
    lost = losses(history, as_of, rules)
    since = labelled_from(history, rules)
    told = lost.join(_notices(history, as_of), on="account_id", how="left")

    kept = {} if asked is None else asked

    def in_rows(parts: Split, days: int) -> int:
        if days not in kept:
            by, other = label_rules(workspace, days), next(iter(kept.values()), None)
            kept[days] = other.by(by) if other else Answers.of(history, by)
        return _lost_in_rows(kept[days], parts)

    counted = asked is not None or rules.source not in ASK_TELEMETRY
    chosen = choose_horizon(
        first,
        as_of,
        told,
        options=options,
        windows=windows,
        labelled_from=since,
        in_rows=in_rows if counted else None,
    )
    return chosen, lost


def _lost_in_rows(answers: Answers, parts: Split) -> int:
    """Distinct accounts that are lost in training rows, counted until they are enough."""
    lost = pl.Series(dtype=pl.String)
    for date in parts.train:
        labels, people = answers.at(date)
        became = labels.filter(~pl.col("moved_in_lead"), pl.col("outcome") == "churn")
        to_help = people.filter(~pl.col("notice_given"))
        lost = pl.concat([lost, became.join(to_help, on="account_id", how="semi")["account_id"]]).unique()
        if len(lost) >= LOSSES_TO_TRAIN:
            break
    return len(lost)


def _options(workspace: Workspace) -> tuple[int, ...]:
    """Days that labels may look ahead."""
    days = workspace.settings.labels.horizon_days
    return HORIZONS if days == "auto" else (days,)


def _windows(workspace: Workspace) -> Windows:
    settings = workspace.settings.labels
    # Whether a contract was followed by another is known when the longest gap is over.
    return Windows(lead=settings.lead_days, late=max(USUAL_WINDOWS.late, settings.gap_days))


def _no_labels(workspace: Workspace, history: History, first: datetime, as_of: datetime) -> NoLabels:
    options, windows = _options(workspace), _windows(workspace)
    since = labelled_from(history, label_rules(workspace, min(options)))
    when = labelled_on(first, as_of, options=options, windows=windows, labelled_from=since)
    why = (
        f"telemetry begins on {first:%Y-%m-%d}, and a label is known {windows.lead + min(options) + windows.late} "
        "days after its snapshot at the earliest"
    )
    return NoLabels(why, when)


def _notices(history: History, as_of: datetime) -> pl.DataFrame:
    """account_id, notice_on: when an account gave notice of the contract that ended last."""
    given = history.before(as_of).contracts.filter(pl.col("notice_given_on").is_not_null())
    last = given.sort("ends_on", "notice_given_on").group_by("account_id").agg(pl.col("notice_given_on").last())
    return last.rename({"notice_given_on": "notice_on"}).collect()


def served_by_us(history: History) -> pl.DataFrame:
    """account_id, timestamp: a row a thing that we set out to do, and did not dismiss."""
    dismissed = history.responses.filter(pl.col("response") == "dismissed").select("decision_id")
    chosen = history.decisions.filter(pl.col("action") != "none").join(dismissed, on="decision_id", how="anti")
    return chosen.select("account_id", "timestamp").collect()


def _made(workspace: Workspace, horizon: Horizon, progress: Progress) -> dict[datetime, pl.DataFrame]:
    """The snapshots, a few at a time: those that are made are kept, whatever happens to the others."""
    dates = horizon.dates
    made: dict[datetime, pl.DataFrame] = {}
    for start in range(0, len(dates), SNAPSHOTS_AT_ONCE):
        made |= snapshots(workspace, dates[start : start + SNAPSHOTS_AT_ONCE], progress=progress)
    return made


def _became(answers: Answers, horizon: Horizon, progress: Progress) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """LABELS and POPULATION of each date of the horizon, oldest first."""
    labels, populations = [], []
    for done, date in enumerate(horizon.dates, start=1):
        became, people = answers.at(date)
        labels.append(became)
        populations.append(people)
        progress("labels", done, len(horizon.dates))
    return labels, populations


def _beside(workspace: Workspace, told: History, lost: pl.DataFrame, rules: LabelRules) -> Beside:
    applied = applicable(told, rules)
    return Beside(
        losses=lost,
        served=served_by_us(told),
        thresholds=Thresholds(applied.churn, applied.contraction, applied.expansion),
        trusted=workspace.settings.training.trusted,
        source=applied.source,
    )
