"""How accounts looked when they were decided about: drivers and probabilities, from snapshots that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.features.drivers import drivers
from consumption.features.labels import LabelRules
from consumption.features.population import population
from consumption.jobs.opening import lake_of, signals_of
from consumption.lake.history import History
from consumption.models.heads.rule import expected_rule
from consumption.models.loading import OtherEdition, load_model
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.ranking import rank
from consumption.models.served import pointer
from consumption.tables import TIMESTAMP

LEAST_LEAD_DAYS = 7
OLDEST_DAYS = 28  # of a snapshot that a decision is seen through: trainings keep one every four weeks
EARLIEST_DAYS, LATEST_DAYS = 28, 56  # after a decision, when use begins to show what it did


@dataclass(frozen=True)
class AsSeen:
    """What is kept of a workspace's past, for decisions made in it; `told`: all that is known by now."""

    workspace: Workspace
    told: History
    rules: LabelRules

    @cached_property
    def moments(self) -> list[datetime]:
        """The first snapshot of each ISO week, in order: one plan a week is made, and later days only add to it."""
        first: dict[tuple[int, int], datetime] = {}
        for moment, _ in lake_of(self.workspace).snapshots():
            first.setdefault(moment.isocalendar()[:2], moment)
        return sorted(first.values())

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with `seen_at`, of the snapshot each is seen through, and `moment`, from which its outcome counts.

        That is the snapshot's, or whole leads later where the decision is: the label window begins a lead after the
        moment, and so not before the decision. Rows that no snapshot was kept for are left out.
        """
        kept = pl.DataFrame({"seen_at": self.moments}, schema={"seen_at": TIMESTAMP})
        oldest, lead = timedelta(days=OLDEST_DAYS), max(self.rules.lead_days, LEAST_LEAD_DAYS)
        found = rows.sort("timestamp").join_asof(
            kept, left_on="timestamp", right_on="seen_at", strategy="backward", tolerance=oldest
        )
        later = (pl.col("timestamp") - pl.col("seen_at")).dt.total_days() // lead * lead
        return found.drop_nulls("seen_at").with_columns(moment=pl.col("seen_at") + pl.duration(days=later))

    def state(self, moment: datetime) -> pl.DataFrame:
        """One row an account in force: the drivers, and what was to be expected by what was known then."""
        snapshot = lake_of(self.workspace).read_snapshot(moment)
        if snapshot is None:
            raise ValueError(f"no snapshot of {moment:%Y-%m-%d} is kept")
        people = population(self.told, moment, currency=self.workspace.settings.currency)
        ranked = rank(
            snapshot,
            people,
            help=self._model("help", moment, snapshot.columns),
            expand=self._model("expand", moment, snapshot.columns),
            as_of=moment,
        )
        return drivers(snapshot, people).join(ranked, on="account_id", how="inner", maintain_order="left")

    def later(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with `later_at`, the last snapshot kept of four to eight weeks after the decision; others are out."""
        kept = pl.DataFrame({"later_at": self.moments}, schema={"later_at": TIMESTAMP})
        until = rows.with_columns(until=pl.col("timestamp") + pl.duration(days=LATEST_DAYS)).sort("until")
        span = timedelta(days=LATEST_DAYS - EARLIEST_DAYS)
        found = until.join_asof(kept, left_on="until", right_on="later_at", strategy="backward", tolerance=span)
        return found.drop("until").drop_nulls("later_at")

    def foretold(self, later_at: datetime, seen_at: datetime) -> pl.DataFrame | None:
        """account_id, and p_churn of accounts in force at `later_at` by their use until then.

        None where nothing had been trained by then: what no outcome was ever held against foretells none. What is
        made of contacts is as at `seen_at`: an action is a contact itself, and no sign that it worked.
        """
        then, before = (lake_of(self.workspace).read_snapshot(moment) for moment in (later_at, seen_at))
        if then is None or before is None:
            return None
        model = self._trained("help", later_at, then.columns)
        if model is None:
            return None
        told = [name for name in self._of_contacts if name in then.columns and name in before.columns]
        rows = then.drop(told).join(before.select("account_id", *told), on="account_id", how="left")
        people = population(self.told, later_at, currency=self.workspace.settings.currency)
        expand = self._model("expand", later_at, then.columns)
        return rank(rows, people, help=model, expand=expand, as_of=later_at).select("account_id", "p_churn")

    @cached_property
    def _of_contacts(self) -> list[str]:
        """Signals made of tickets, calls, surveys, visits and trainings."""
        signals = signals_of(self.workspace)
        return [one.name for one in signals if any(read.startswith("interactions.") for read in one.reads)]

    def _model(self, motion: Motion, moment: datetime, columns: Sequence[str]) -> Model:
        """The latest model that had been trained by then, so that it knows no outcome; else the expected rule."""
        known = self._trained(motion, moment, columns)
        if known is not None:
            return known
        return expected_rule(motion, signals=columns, fingerprints={}, note="", horizon_days=self.rules.horizon_days)

    def _trained(self, motion: Motion, moment: datetime, columns: Sequence[str]) -> Model | None:
        known = [
            (model.about.as_of, model)
            for model in self._models[motion]
            if model.about.as_of and model.about.as_of <= moment and set(model.about.signals) <= set(columns)
        ]
        return max(known, key=lambda one: one[0])[1] if known else None

    @cached_property
    def _models(self) -> Mapping[Motion, list[Model]]:
        return {motion: list(_kept(self.workspace.models / motion)) for motion in MOTIONS}


def horizon_of(workspace: Workspace) -> int:
    """How far ahead outcomes are looked at: as far as the model in charge of help looks."""
    now = pointer(workspace.models, "help")
    if now is not None:
        return load_model(workspace.models / "help" / now.version).about.horizon_days
    said = workspace.settings.labels.horizon_days
    rule = expected_rule("help", signals=(), fingerprints={}, note="")
    return rule.about.horizon_days if said == "auto" else said


def _kept(folder: Path) -> Iterator[Model]:
    """The models beside the store, by number; those of another edition tell nothing."""
    versions = [one.parent for one in folder.glob("*/model.json") if one.parent.name.isdigit()]
    for version in sorted(versions, key=lambda one: int(one.name)):
        try:
            yield load_model(version)
        except OtherEdition:
            continue
