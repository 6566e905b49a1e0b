"""Who is ranked on a day: customers that can still be lost, by what their labels look at."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.features.population import population
from consumption.jobs.as_seen import horizon_of
from consumption.lake.history import History

# What is consumed is told by the four weeks before.
_CONSUMPTION_DAYS = 28


class OutOfUse(ConsumptionError):
    """Where use tells who was lost, an account that nobody uses any more has been lost already."""

    status = 409

    def __init__(self, account_id: str, days: int) -> None:
        super().__init__(
            f"{account_id} has been out of use for {days:,} days: by `[labels] source` it has been lost already",
            "nothing is weighed for it until it is used again; "
            f"see its signals with consumption signals --account {account_id}",
        )


def to_rank(workspace: Workspace, told: History, snapshot: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The POPULATION of a moment, of those in `snapshot` that a model may be asked about.

    Where silence or use tells who was lost, those that were silent before have been lost already: no model has seen
    one, and lists of the day would begin with all of them. Use counts where the signals count it (merged accounts, a
    parent that bought what its children use), and an account without any is silent since it began.
    """
    people = population(told, as_of, currency=workspace.settings.currency)
    days = _silent_after(workspace)
    if days is None:
        return people
    used = snapshot.filter(pl.col("days_since_last_event") < days)
    return people.join(used, on="account_id", how="semi")


def refuse_out_of_use(workspace: Workspace, snapshot: pl.DataFrame) -> None:
    """Raises OutOfUse where the one account of the snapshot has been silent for too long to be ranked."""
    days = _silent_after(workspace)
    account_id, silent = snapshot.select("account_id", "days_since_last_event").row(0)
    if days is not None and silent is not None and silent >= days:
        raise OutOfUse(account_id, int(silent))


def _silent_after(workspace: Workspace) -> int | None:
    """Days of silence after which an account is lost; None where other tables tell."""
    source = workspace.settings.labels.source
    if source == "silence":
        return horizon_of(workspace)
    return _CONSUMPTION_DAYS if source == "consumption" else None
