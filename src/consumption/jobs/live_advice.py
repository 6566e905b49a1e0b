"""What to do next about one account, now: from its signals of this moment, at the prices of the plan shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from consumption.actions.advising import Prices, advise
from consumption.actions.facts import Known
from consumption.actions.holdout import HOLDOUT
from consumption.actions.inputs import Inputs
from consumption.actions.why import NO_HOURS, WHY_NOT
from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.features.drivers import drivers
from consumption.features.live import AccountNotKnown
from consumption.features.population import population
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.live import LiveSignals
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.jobs.recommend import models_in_charge, spoken_days, with_rules
from consumption.jobs.to_rank import refuse_out_of_use
from consumption.lake.delta import Lake, bucket_of
from consumption.lake.history import History
from consumption.models.ranking import rank
from consumption.tables import REASONS

SHOWN = 5


class NothingToCompareWith(ConsumptionError):
    """No plan was published, so it is not known what hours bring elsewhere."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "no plan is published, so nobody knows yet what an hour would bring elsewhere",
            "run it first: consumption run",
        )


@dataclass(frozen=True)
class Advice:
    """What would be done about an account now; `rows`: see `advising.advise`, empty where nothing may be told."""

    account_id: str
    as_of: datetime
    rows: pl.DataFrame
    currency: str | None

    @property
    def text(self) -> str:
        """What to do, and what else was weighed, in words."""
        chosen = self.rows.filter("chosen")
        first = self._line(chosen.row(0, named=True)) if chosen.height else WHY_NOT[NO_HOURS]
        return "\n".join([f"{self.account_id} as of {self.as_of:%Y-%m-%d %H:%M}: {first}", *self._others()])

    def _others(self) -> Iterator[str]:
        for row in self.rows.filter(~pl.col("chosen") & pl.col("open")).head(SHOWN).iter_rows(named=True):
            than = "more" if row["more"] >= 0 else "less"
            yield f"  {self._line(row)}, {self._worth(abs(row['more']))} {than} than its hours bring elsewhere"

    def _line(self, row: dict[str, object]) -> str:
        whose = f"{row['hours']:g} hours of {row['owner']}" if row["hours"] else "by itself"
        return f"{row['title']} ({whose}): {self._worth(row['value'])}"

    def _worth(self, value: object) -> str:
        return f"{value:,.0f} {self.currency}" if self.currency else f"{value:.3f} accounts kept"


def live_advice(workspace: Workspace, account_id: str, *, as_of: datetime) -> Advice:
    """Every action for one account, best first, as the plan would weigh it now. Nothing is decided or logged.

    Of a held-out account only duties are told, else it reads as one for which there are no hours. Raises
    `AccountNotKnown`, `OutOfUse` and `NothingToCompareWith`.
    """
    with store_of(workspace) as store:
        shown, members = store.latest_as_of(), store.holdout_members()
    draft = drafts.load(workspace.drafts, shown) if shown else None
    if draft is None:
        raise NothingToCompareWith
    inputs = _inputs(workspace, account_id, as_of)
    belief, prices = replace(inputs, ranked=draft.ranked).believed, _prices(draft)
    rows = advise(inputs, belief, Prices.of(prices.with_columns(price="weighed")), Prices.of(prices))
    mine = members.filter(pl.col("account_id") == account_id)
    if HOLDOUT in mine["arm"]:
        rows = rows.filter(pl.col("action").is_in([action.id for action in inputs.catalogue if action.mandatory]))
    return Advice(account_id, as_of, rows, inputs.currency if inputs.money else None)


def _inputs(workspace: Workspace, account_id: str, as_of: datetime) -> Inputs:
    """All that advice about one account depends on."""
    lake = lake_of(workspace)
    told = lake.history().without_events()
    mine = pl.col("account_id") == account_id
    people = population(told, as_of, currency=workspace.settings.currency).filter(mine)
    if people.is_empty():
        raise AccountNotKnown(account_id, as_of)
    snapshot = LiveSignals(workspace).of(account_id, as_of=as_of)
    refuse_out_of_use(workspace, snapshot)
    models = models_in_charge(workspace)
    ranked = rank(snapshot, people, help=models["help"], expand=models["expand"], as_of=as_of)
    catalogue = catalogue_of(workspace)
    inputs = Inputs(
        as_of=as_of,
        snapshot=snapshot,
        population=people,
        ranked=ranked,
        reasons=pl.DataFrame(schema=REASONS.schema),
        drivers=drivers(snapshot, people),
        catalogue=catalogue,
        known=known_of(lake, told, account_id, as_of, spoken_days(workspace, catalogue)),
    )
    return with_rules(workspace, inputs)


def known_of(lake: Lake, told: History, account_id: str, as_of: datetime, days: int) -> Known:
    """What else is known of the account; talks are looked for where its own lie, and those of whom it took over."""
    moved = told.moved(as_of)
    mine = pl.concat([pl.Series("account_id", [account_id]), moved.filter(pl.col("to") == account_id)["account_id"]])
    here = lake.scan("interactions", sorted(set(bucket_of(mine, lake.buckets))))
    return Known.of(replace(told, interactions=here), as_of, spoken_days=days, moved=moved).about(account_id)


def _prices(draft: drafts.Draft) -> pl.DataFrame:
    """What one more hour was worth in the plan: in money, and as its weights counted it."""
    text, number = pl.String(), pl.Float64()
    schema = {"owner": text, "skill": text, "action": text, "price": number, "weighed": number}
    rows = pl.DataFrame(draft.about["prices"], schema=schema)
    return rows.with_columns(pl.coalesce("weighed", "price").alias("weighed"))  # Older plans told one price.
