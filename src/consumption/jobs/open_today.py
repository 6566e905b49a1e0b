"""For how many accounts each action of the catalogue is open, by its conditions of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.eligibility import eligible
from consumption.actions.facts import Known, columns, gather
from consumption.actions.inputs import Inputs
from consumption.actions.quiet import quieted
from consumption.config import Workspace
from consumption.features.drivers import drivers
from consumption.jobs.opening import lake_of
from consumption.jobs.to_rank import to_rank
from consumption.tables import RANKED, REASONS


@dataclass(frozen=True)
class OpenToday:
    """What the newest snapshot says of a catalogue as it stands.

    `accounts`: how many are in force; `fits`: for how many of them an action is open, contacts aside; `unseen`: of an
    action, the signals it names that were not there yet when the snapshot was made. Of those it is not known.
    """

    as_of: datetime
    accounts: int
    fits: Mapping[str, int]
    unseen: Mapping[str, tuple[str, ...]]

    @property
    def idle(self) -> tuple[str, ...]:
        """The actions that nobody can get."""
        return tuple(name for name, number in self.fits.items() if not number)


def open_today(workspace: Workspace, catalogue: Catalogue) -> OpenToday | None:
    """By the newest snapshot that is kept, with the eligibility of the plan; None where none is kept yet."""
    lake = lake_of(workspace)
    kept = [moment for moment, _ in lake.snapshots()]
    snapshot = lake.read_snapshot(max(kept)) if kept else None
    if snapshot is None:
        return None
    inputs = _inputs(workspace, catalogue, snapshot, max(kept))
    told = _told(inputs)
    unseen = {a.id: tuple(name for name in a.condition.columns if name not in told) for a in catalogue}
    unseen = {action: names for action, names in unseen.items() if names}
    # Of what kind a signal is that is not there yet, nobody knows: a condition on it cannot even be asked.
    asked = Catalogue(tuple(action for action in catalogue if action.id not in unseen))
    facts = gather(
        inputs.snapshot,
        inputs.population,
        inputs.known,
        as_of=inputs.as_of,
        attributes=inputs.attributes,
        named_only=asked.asks_for,
    )
    pairs = eligible(asked, facts, on=inputs.as_of.date())
    fits = dict(pairs.group_by("action").agg(pl.col("eligible").sum()).iter_rows())
    fitting = {action.id: fits.get(action.id, 0) for action in asked}
    return OpenToday(inputs.as_of, inputs.population.height, fitting, unseen)


def _inputs(workspace: Workspace, catalogue: Catalogue, snapshot: pl.DataFrame, as_of: datetime) -> Inputs:
    """What eligibility depends on, without the signals that people said mean nothing for now."""
    told = lake_of(workspace).history().without_events()
    people = to_rank(workspace, told, snapshot, as_of)
    return quieted(
        Inputs(
            as_of=as_of,
            snapshot=snapshot,
            population=people,
            ranked=pl.DataFrame(schema=RANKED.schema),
            reasons=pl.DataFrame(schema=REASONS.schema),
            drivers=drivers(snapshot, people),
            catalogue=catalogue,
            known=Known.of(told, as_of),
            attributes=tuple(name.partition(":")[0] for name in workspace.settings.signals.attributes),
        )
    )


def _told(inputs: Inputs) -> set[str]:
    """All that is known by name, whatever signals the snapshot has."""
    return {*inputs.snapshot.columns, *columns((), inputs.attributes), "vendors"}
