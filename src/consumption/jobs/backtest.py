"""Replay the past as it was known: what the list of each quarter would have caught."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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
from consumption.lake.history import History
from consumption.models import served
from consumption.models.backtest import LIST, ORDERS, Caught, caught, orders
from consumption.models.charts import quarters_chart
from consumption.models.dataset import NoLabels, with_losses
from consumption.models.loading import load_model
from consumption.models.model import Model
from consumption.models.rows import scoring_rows
from consumption.models.training import TrainingRules, train

WINDOW_DAYS = 91
# Whether a contract that ended was followed by another is known a month later.
LATE_DAYS = 30
GRID_DAYS = 28
FOLDER = "backtests"
# The gate decides as it did then; nobody reads its intervals here.
_RULES = TrainingRules(gate_draws=500, metric_draws=0, approved=True)


class NoQuarter(ConsumptionError):
    """No quarter lies within what is known."""

    status = 422

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            problem=f"no quarter can be replayed as of {as_of:%Y-%m-%d}: what became of a list is known "
            f"{WINDOW_DAYS + LATE_DAYS} days after it",
            remedy="name an earlier --from and a --to that long ago, or ingest older events",
        )


@dataclass(frozen=True)
class Replayed:
    """One list of the past: its day, who ranked, and what each order of the same accounts caught."""

    day: datetime
    ranked_by: str
    found: dict[str, Caught]

    @property
    def quarter(self) -> str:
        """The quarter it was made in."""
        return f"{self.day.year}-Q{(self.day.month + 2) // 3}"


@dataclass(frozen=True)
class BacktestDone:
    """Lists of the past, oldest first, and where the table and the picture are."""

    replayed: tuple[Replayed, ...]
    files: tuple[Path, ...]

    @property
    def text(self) -> str:
        """A table a quarter, and all quarters together."""
        return "\n".join([*self._lines(), "", *(f"{file}" for file in self.files)])

    def _lines(self) -> Iterator[str]:
        yield f"What the list of a day held of what was lost in the {WINDOW_DAYS} days after it"
        for one in self.replayed:
            lost = one.found[LIST]
            yield ""
            yield (
                f"{one.quarter}, list of {one.day:%Y-%m-%d} ({one.ranked_by}): {lost.lost:,.0f} a year lost "
                f"by {lost.accounts_lost} accounts"
            )
            yield f"  {'':<14}{'caught':>14}{'share':>10}{'95 % interval':>18}{'accounts':>10}{'days ahead':>12}"
            yield from (_line(name, one.found[name]) for name in ORDERS)
        yield ""
        yield "All of them: " + "; ".join(f"{name} {_pooled(self.replayed, name):.0%}" for name in ORDERS)


def backtest(
    workspace: Workspace,
    *,
    as_of: datetime,
    first: datetime | None = None,
    last: datetime | None = None,
    quarters: int = 4,
    progress: Progress = silent,
) -> BacktestDone:
    """A list for each quarter, made by a model trained on what was known that day, held against what came after.

    `first`, `last`: days between which lists are made; by default the `quarters` latest whose outcome is known at
    `as_of`. Lists stand on the days of training snapshots, so that nothing has to be computed twice. Writes a table
    (CSV) and a picture (SVG, Vega-Lite) to the workspace's backtests/. Raises NoQuarter.
    """
    begun = refuse_before_the_first_event(lake_of(workspace), as_of)
    days = list_days(_anchor(workspace, as_of), as_of, begun, first=first, last=last, quarters=quarters)
    if not days:
        raise NoQuarter(as_of)
    told = lake_of(workspace).history().received_before(as_of)
    done = []
    for number, day in enumerate(days):
        progress("quarters", number, len(days))
        done.append(_replay(workspace, told, day, as_of))
    progress("quarters", len(days), len(days))
    return BacktestDone(tuple(done), _write(workspace, done, as_of))


def list_days(
    anchor: datetime,
    as_of: datetime,
    begun: datetime,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    quarters: int = 4,
) -> list[datetime]:
    """The first day of each quarter that lies on the grid of training snapshots (every 28 days from `anchor`)."""
    until = min(last or as_of, as_of - timedelta(days=WINDOW_DAYS + LATE_DAYS))
    since = max(first or begun, begun + timedelta(days=GRID_DAYS))
    steps = range((anchor - since).days // GRID_DAYS + 1)
    grid = sorted(day for n in steps if since <= (day := anchor - timedelta(days=GRID_DAYS * n)) <= until)
    by_quarter: dict[tuple[int, int], datetime] = {}
    for day in grid:
        by_quarter.setdefault((day.year, (day.month - 1) // 3), day)
    days = sorted(by_quarter.values())
    return days if first else days[-quarters:]


def _replay(workspace: Workspace, told: History, day: datetime, as_of: datetime) -> Replayed:
    model, by = _as_known(workspace, day)
    rows = _became(workspace, told, day, as_of)
    found = {name: caught(scored, k=_RULES.k, seed=workspace.settings.seed) for name, scored in
             orders(model, rows).items()}  # fmt: skip
    return Replayed(day, by, found)


def _as_known(workspace: Workspace, day: datetime) -> tuple[Model, str]:
    """What would have ranked on that day: trained on what was known then, if the gate let it."""
    signals, rules = signals_of(workspace), usage_rules(workspace)
    try:
        data = training_set(workspace, day)
    except NoLabels:
        return served.day_one("help", signals, rules), "the rule, before any label"
    trained = train("help", data, seed=workspace.settings.seed, rules=_RULES)
    return trained.model, "LightGBM" if trained.model is trained.ranker else "the rule"


def _became(workspace: Workspace, told: History, day: datetime, as_of: datetime) -> pl.DataFrame:
    """Accounts that could be listed on a day, with what they lost in the window after it, by all known now."""
    rules = replace(label_rules(workspace, WINDOW_DAYS), lead_days=0)
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


def _write(workspace: Workspace, done: Sequence[Replayed], as_of: datetime) -> tuple[Path, ...]:
    folder = workspace.root / FOLDER
    folder.mkdir(exist_ok=True)
    rows = pl.DataFrame([_row(one, name) for one in done for name in ORDERS])
    name = f"backtest-{as_of:%Y-%m-%d}"
    rows.write_csv(folder / f"{name}.csv")
    drawn = rows.rename({"order": "by", "share": "captured"})
    title = f"Dollars lost within {WINDOW_DAYS} days that a list of that day held"
    quarters_chart(drawn, list(ORDERS), title=title).write(folder, name)
    return tuple(folder / f"{name}{ending}" for ending in (".csv", ".svg", ".vl.json"))


def _row(one: Replayed, name: str) -> dict[str, object]:
    of = one.found[name]
    return {
        "quarter": one.quarter,
        "list_of": one.day.date(),
        "ranked_by": one.ranked_by,
        "order": name,
        "lost": of.lost,
        "caught": of.dollars,
        "share": of.share.value,
        "share_low": of.share.low,
        "share_high": of.share.high,
        "accounts_lost": of.accounts_lost,
        "accounts_caught": of.accounts,
        "lead_days": of.lead_days,
    }


def _line(name: str, of: Caught) -> str:
    between = f"{of.share.low:.0%} to {of.share.high:.0%}" if not math.isnan(of.share.low) else "not known"
    share = f"{of.share.value:.0%}" if not math.isnan(of.share.value) else "-"
    ahead = f"{of.lead_days:.0f}" if not math.isnan(of.lead_days) else "-"
    return f"  {name:<14}{of.dollars:>14,.0f}{share:>10}{between:>18}{of.accounts:>10}{ahead:>12}"


def _pooled(done: Sequence[Replayed], name: str) -> float:
    lost = sum(one.found[name].lost for one in done)
    return sum(one.found[name].dollars for one in done) / lost if lost else float("nan")
