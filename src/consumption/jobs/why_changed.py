"""Why an account's probabilities are other than on an earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.population import population
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import snapshots
from consumption.models.motion import MOTIONS, Motion
from consumption.models.reasons.change import Changed, changed
from consumption.models.rows import scoring_rows
from consumption.models.served import load_served


class NotInForce(ConsumptionError):
    """An account was not in force on one of the days."""

    status = 404

    def __init__(self, account_id: str, day: datetime) -> None:
        super().__init__(
            problem=f"{account_id} was not in force on {day:%Y-%m-%d}",
            remedy="name a day on which it had a contract (consumption export accounts FILE --as-of DAY)",
        )


@dataclass(frozen=True)
class WhyChanged:
    """What each motion's probability of an account did between two days."""

    account_id: str
    days: tuple[datetime, datetime]
    motions: dict[Motion, Changed]

    @property
    def text(self) -> str:
        """In words, the largest part first; numbers are parts of the log odds."""
        lines = [f"{self.account_id}, {self.days[0]:%Y-%m-%d} and {self.days[1]:%Y-%m-%d}"]
        for motion, found in self.motions.items():
            first, *rest = found.lines
            lines += [f"{motion}: {first}", *rest]
        return "\n".join(lines)


def why_changed(
    workspace: Workspace,
    account_id: str,
    before: datetime,
    after: datetime,
    *,
    progress: Progress = silent,
) -> WhyChanged:
    """By the models that rank today, on the signals of both days as known then. Raises NotInForce, StaleModel."""
    signals, rules = signals_of(workspace), usage_rules(workspace)
    made = snapshots(workspace, [before, after], progress=progress)
    told = lake_of(workspace).history().without_events().collect()
    rows = []
    for day in (before, after):
        people = population(told, day, currency=workspace.settings.currency)
        rows.append(scoring_rows(made[day], people))
        if rows[-1].filter(pl.col("account_id") == account_id).is_empty():
            raise NotInForce(account_id, day)
    models = {motion: load_served(workspace.models, motion, signals, rules) for motion in MOTIONS}
    found = changed(account_id, *rows, help=models["help"], expand=models["expand"], signals=signals)
    return WhyChanged(account_id, (before, after), found)
