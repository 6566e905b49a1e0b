"""Prove, on a workspace's own data, that what is brought up to date day by day is what all events give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.jobs.snapshots import Making, refuse_before_the_first_event


class AuditFailed(ConsumptionError):
    """Kept tiles give other signals than the events they were made from."""

    status = 500

    def __init__(self, as_of: datetime, differences: pl.DataFrame) -> None:
        worst = ", ".join(f"{name} ({accounts:,})" for name, accounts in differences.head(5).iter_rows())
        super().__init__(
            f"as of {as_of:%Y-%m-%d}, {differences.height} signals differ between what is kept and what all events "
            f"give; accounts by signal: {worst}",
            "delete the folder kept/ in the lake, and what is kept is made again; please report how it came about",
        )


@dataclass(frozen=True)
class AuditDone:
    """What was compared."""

    as_of: datetime
    accounts: int
    signals: int
    events: int

    @property
    def text(self) -> str:
        """The result in a sentence."""
        return (
            f"{self.as_of:%Y-%m-%d}: {self.signals} signals of {self.accounts:,} accounts are the same to the bit, "
            f"from what is kept and from all {self.events:,} events"
        )


def audit(workspace: Workspace, *, as_of: datetime, progress: Progress = silent) -> AuditDone:
    """Compute a snapshot twice, from kept tiles and from events alone; raises AuditFailed where a bit differs."""
    making = Making.of(workspace, as_of, progress=progress)
    refuse_before_the_first_event(making.lake, as_of)
    kept = making.make([as_of])[as_of]
    direct = replace(making, from_events=True).make([as_of])[as_of]
    differences = compared(kept, direct)
    if differences.height:
        raise AuditFailed(as_of, differences)
    events = sum(making.kept.made.rows.values()) if making.kept else 0
    return AuditDone(as_of, direct.height, len(making.signals), events)


def compared(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """One row a signal whose bits differ: signal, accounts (how many); those with most accounts first."""
    if one["account_id"].equals(other["account_id"]):
        counts = {name: int(one[name].ne_missing(other[name]).sum()) for name in one.columns if name in other.columns}
    else:
        counts = {
            "account_id": one.join(other, on="account_id", how="anti").height
            + other.join(one, on="account_id", how="anti").height
        }
    rows = [(name, accounts) for name, accounts in counts.items() if accounts]
    schema = {"signal": pl.String(), "accounts": pl.Int64()}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("accounts", "signal", descending=[True, False])
