"""Replay the past as it was known: what the list of each quarter would have caught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.labels import label, told_by
from consumption.features.losses import losses as losses_of
from consumption.features.population import population
from consumption.jobs.opening import label_rules, lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import refuse_before_the_first_event, snapshots
from consumption.jobs.training_set import training_set
from consumption.jobs.week import accounts_a_week
from consumption.lake.history import History
from consumption.models import served
from consumption.models.judging.backtest import ORDERS, caught, orders
from consumption.models.judging.charts import quarters_chart
from consumption.models.judging.replayed import ALL, Replay, Replayed, text_of
from consumption.models.leaks.leak import LeakFound
from consumption.models.loading import load_model
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.rows import scoring_rows
from consumption.models.samples.dataset import NoLabels, TrainingSet, with_losses
from consumption.models.samples.horizon import HORIZONS
from consumption.models.samples.split import USUAL_WINDOWS
from consumption.models.training import TrainingRules, train

GRID_DAYS = 28
FOLDER = "backtests"
# The gate decides as it did then; nobody reads its intervals here.
_RULES = TrainingRules(gate_draws=500, metric_draws=0, approved=True)


class NoQuarter(ConsumptionError):
    """No quarter lies within what is known."""

    status = 422

    def __init__(self, as_of: datetime, days: int) -> None:
        super().__init__(
            problem=f"no quarter can be replayed as of {as_of:%Y-%m-%d}: what became of a list is known "
            f"{days} days after it",
            remedy="name an earlier --from and a --to that long ago, a shorter --horizon, or ingest older events",
        )


@dataclass(frozen=True)
class BacktestDone:
    """The lists of each motion, and where tables and pictures are."""

    replays: tuple[Replay, ...]
    files: tuple[Path, ...]

    @property
    def text(self) -> str:
        """A table a quarter, and all quarters together, a motion after the other."""
        return "\n".join([text_of(self.replays), "", *(f"{file}" for file in self.files)])


@dataclass(frozen=True)
class Asked:
    """Which lists are asked for: days between which they are made, else the latest `quarters`; `horizon` in days."""

    first: datetime | None = None
    last: datetime | None = None
    quarters: int = 4
    horizon: int | None = None


USUAL = Asked()


def backtest(
    workspace: Workspace,
    *,
    as_of: datetime,
    motions: Sequence[Motion] = MOTIONS,
    asked: Asked = USUAL,
    k: int | None = None,
    progress: Progress = silent,
) -> BacktestDone:
    """A list for each quarter, made by a model trained on what was known that day, held against what came after.

    What came after is known at `as_of`; it counts for the longest horizon (182, 91, 56 days, or what settings say) at
    which no quarter that is asked for is lost, if `asked` names none. Lists stand on the days of training snapshots,
    so that nothing has to be computed twice; `k` accounts of an owner are on one, a week's if not given. Writes a
    table (CSV) and a picture (SVG, Vega-Lite) a motion to the workspace's backtests/. Raises NoQuarter.
    """
    k = k or accounts_a_week(workspace)
    begun = refuse_before_the_first_event(lake_of(workspace), as_of)
    horizon, days = lists_of(workspace, as_of, begun, asked)
    told = lake_of(workspace).history().received_before(as_of)
    lists: dict[Motion, list[_List]] = {motion: [] for motion in motions}
    money = False
    for number, day in enumerate(days):
        progress("quarters", number, len(days))
        rows = _became(workspace, told, day, as_of, horizon)
        money |= rows["arr"].is_not_null().any()
        models = _as_known(workspace, day, motions, replace(_RULES, k=k))
        for motion in motions:
            model, by = models[motion]
            lists[motion].append(_List(day, by, orders(model, rows, models["help"][0])))
    progress("quarters", len(days), len(days))
    seed = workspace.settings.seed
    replays = tuple(_replay(motion, made, horizon, k, seed, money=money) for motion, made in lists.items())
    return BacktestDone(replays, tuple(file for replay in replays for file in _write(workspace, replay, as_of)))


def list_days(
    anchor: datetime, begun: datetime, until: datetime, *, first: datetime | None = None, quarters: int = 4
) -> list[datetime]:
    """The first day of each quarter up to `until`, on the grid of training snapshots (28 days, by `anchor`)."""
    since = max(first or begun, begun + timedelta(days=GRID_DAYS))
    steps = range((anchor - since).days // GRID_DAYS + 1)
    grid = sorted(day for n in steps if since <= (day := anchor - timedelta(days=GRID_DAYS * n)) <= until)
    by_quarter: dict[tuple[int, int], datetime] = {}
    for day in grid:
        by_quarter.setdefault((day.year, (day.month - 1) // 3), day)
    days = sorted(by_quarter.values())
    return days if first else days[-quarters:]


def lists_of(workspace: Workspace, as_of: datetime, begun: datetime, asked: Asked) -> tuple[int, list[datetime]]:
    """How long after a list counts, and the days of the lists."""
    labels = workspace.settings.labels
    usual = HORIZONS if labels.horizon_days == "auto" else (labels.horizon_days,)
    options = sorted((asked.horizon,) if asked.horizon else usual)
    # Whether a contract that ended was followed by another is known when the longest gap is over.
    late = max(USUAL_WINDOWS.late, labels.gap_days)
    anchor = _anchor(workspace, as_of)

    def days_of(horizon: int) -> list[datetime]:
        until = min(asked.last or as_of, as_of - timedelta(days=horizon + late))
        return list_days(anchor, begun, until, first=asked.first, quarters=asked.quarters)

    found = {horizon: days_of(horizon) for horizon in options}
    most = len(found[options[0]])
    if not most:
        raise NoQuarter(as_of, options[0] + late)
    chosen = max(horizon for horizon, days in found.items() if len(days) == most)
    return chosen, found[chosen]


def _as_known(
    workspace: Workspace, day: datetime, motions: Sequence[Motion], rules: TrainingRules
) -> Mapping[Motion, tuple[Model, str]]:
    """What would have ranked on that day, help always among it, and what it is called."""
    try:
        data = training_set(workspace, day)
    except NoLabels:
        return {motion: (_day_one(workspace, motion), "the rule, before any label") for motion in MOTIONS}
    made: dict[Motion, tuple[Model, str]] = {}
    for motion in MOTIONS:
        if motion == "help" or motion in motions:
            leaver = made["help"][0] if made else None
            made[motion] = _trained(workspace, motion, data, rules, leaver)
    return made


def _trained(
    workspace: Workspace, motion: Motion, data: TrainingSet, rules: TrainingRules, leaver: Model | None
) -> tuple[Model, str]:
    """Trained on what was known that day, if the gate let it rank; a leak would have stopped it."""
    try:
        found = train(motion, data, seed=workspace.settings.seed, rules=rules, leaver=leaver)
    except LeakFound:
        return _day_one(workspace, motion), "the rule: a leak would have stopped the training"
    kind = "LightGBM" if found.model is found.ranker else "the rule"
    return found.model, f"{kind}, looking {data.horizon.days} days ahead"


def _day_one(workspace: Workspace, motion: Motion) -> Model:
    return served.day_one(motion, signals_of(workspace), usage_rules(workspace))


def _became(workspace: Workspace, told: History, day: datetime, as_of: datetime, horizon: int) -> pl.DataFrame:
    """Accounts that could be listed on a day, with what became of them in the window after it, by all known now."""
    rules = replace(label_rules(workspace, horizon), lead_days=0)
    people = population(told, day, currency=workspace.settings.currency)
    rows = scoring_rows(snapshots(workspace, [day])[day], people).filter(~pl.col("notice_given"))
    labels = label(told_by(told, rules), day, rules).select("account_id", "window_end", "y", "outcome")
    return with_losses(rows.join(labels, on="account_id"), losses_of(told, as_of, rules)).sort("account_id")


def _anchor(workspace: Workspace, as_of: datetime) -> datetime:
    """The day that the latest training counted its snapshots back from: those are kept."""
    now = served.pointer(workspace.models, "help")
    if now is None:
        return as_of
    trained = load_model(workspace.models / "help" / now.version).about.as_of
    return trained.astimezone(UTC) if trained and trained <= as_of else as_of


@dataclass(frozen=True, eq=False)
class _List:
    """The list of a day: who made it, and its accounts in each order."""

    day: datetime
    ranked_by: str
    ordered: Mapping[str, pl.DataFrame]


def _replay(motion: Motion, lists: Sequence[_List], horizon: int, k: int, seed: int, *, money: bool) -> Replay:
    replayed = tuple(
        Replayed(one.day, one.ranked_by, {name: caught(rows, k=k, seed=seed) for name, rows in one.ordered.items()})
        for one in lists
    )
    whole = {name: pl.concat([one.ordered[name] for one in lists]) for name in ORDERS[motion]}
    together = {name: caught(rows, k=k, seed=seed) for name, rows in whole.items()}
    return Replay(motion, horizon, k, money, replayed, together)


def _write(workspace: Workspace, replay: Replay, as_of: datetime) -> tuple[Path, ...]:
    folder = workspace.root / FOLDER
    folder.mkdir(exist_ok=True)
    name = f"backtest-{replay.motion}-{as_of:%Y-%m-%d}"
    replay.table.write_csv(folder / f"{name}.csv")
    drawn = replay.table.filter(pl.col("quarter") != ALL).rename({"order": "by", "share": "captured"})
    quarters_chart(drawn, list(ORDERS[replay.motion]), title=replay.title).write(folder, name)
    return tuple(folder / f"{name}{ending}" for ending in (".csv", ".svg", ".vl.json"))
