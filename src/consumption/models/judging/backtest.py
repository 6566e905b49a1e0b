"""What lists of the past would have caught, and what simpler orders of the same accounts would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from consumption.models.judging.bootstrap import account_draws, clusters, interval
from consumption.models.judging.evaluation import Figure, places
from consumption.models.judging.leads import leads
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.rows import AGE, Floats
from consumption.models.scored import score

LIST, RISK, CHANCE, HEALTH, RECENCY = "this list", "risk alone", "chance alone", "health score", "recency"
# What a list is held against: for help who is most at risk, least healthy, silent longest; for expand the contrary.
ORDERS: Mapping[Motion, tuple[str, ...]] = {
    "help": (LIST, RISK, HEALTH, RECENCY),
    "expand": (LIST, CHANCE, HEALTH, RECENCY),
}
DRAWS = 400
# A health score as success teams weigh one: each part from 0 (bad) to 1, half where it is not known.
_HEALTH: Mapping[str, tuple[float, pl.Expr]] = {
    "seat_utilisation_28d": (0.30, pl.col("seat_utilisation_28d").clip(0.0, 1.0)),
    "events_trend_28d": (0.20, (pl.col("events_trend_28d").clip(-1.0, 1.0) + 1.0) / 2.0),
    "recent_active_share_14d": (0.20, pl.col("recent_active_share_14d").clip(0.0, 1.0)),
    "open_severe_ticket_days": (0.15, 1.0 - (pl.col("open_severe_ticket_days") / 14.0).clip(0.0, 1.0)),
    "nps_last": (0.15, (pl.col("nps_last") / 10.0).clip(0.0, 1.0)),
}
_LAST_USE = "days_since_last_event"


@dataclass(frozen=True, eq=False)
class Caught:
    """What one order's lists hold of what was lost (help) or gained (expand) after them.

    `moved`, `held`: dollars that were lost or gained, and those of listed accounts; `share`: of the one in the other,
    with a 95 % interval by account, and `drawn`: the same in each draw. `accounts_moved`, `accounts_held`: accounts,
    each counted once. `lead_days`: days from the list to the loss, the mean by dollars over listed accounts that left
    (NaN where there is none). `lists`, `listed`, `ranked`: lists, places on them, and accounts they were chosen from.
    """

    moved: float
    held: float
    share: Figure
    accounts_moved: int
    accounts_held: int
    lead_days: float
    lists: int
    listed: int
    ranked: int
    drawn: Floats = field(repr=False)


def orders(model: Model, rows: pl.DataFrame, leaver: Model | None = None) -> dict[str, pl.DataFrame]:
    """Scored rows for each of ORDERS of the model's motion: the same labelled rows in the same order, other values.

    `leaver`: see `scored.score`.
    """
    motion = model.about.motion
    by_value = score(model, rows, leaver)
    good = rows.select(health(rows.columns).alias("value"))["value"]
    silent = rows.select(_silent(rows.columns).alias("value"))["value"]
    sign = 1.0 if motion == "help" else -1.0
    values = (by_value["probability"], sign * (1.0 - good), sign * silent)
    return {
        name: by_value if value is None else by_value.with_columns(value=value)
        for name, value in zip(ORDERS[motion], (None, *values), strict=True)
    }


def health(known: list[str]) -> pl.Expr:
    """A weighted health score from 0 to 1; a part that is not known counts as half."""
    parts = [
        weight * (part.fill_nan(None).fill_null(0.5) if name in known else pl.lit(0.5))
        for name, (weight, part) in _HEALTH.items()
    ]
    return pl.sum_horizontal(parts)


def _silent(known: list[str]) -> pl.Expr:
    """Days since the last use; of an account that was never used, since it exists."""
    told = [pl.col(name).cast(pl.Float64).fill_nan(None) for name in (_LAST_USE, AGE) if name in known]
    return pl.coalesce(*told, pl.lit(0.0))


def caught(scored: pl.DataFrame, *, k: int, draws: int = DRAWS, seed: int = 0) -> Caught:
    """What the lists of these rows hold; a list is an owner's week: `k` accounts, or a tenth of a long list.

    Rows of several days are several lists. The same seed draws the same accounts whatever the order.
    """
    rows = leads(scored, places(scored, k))
    dollars, listed = rows["dollars"].to_numpy(), rows["listed"].to_numpy()
    codes, accounts = clusters(rows["account_id"].to_numpy().astype(object))
    drawn = np.concatenate(
        [
            _share(counts[:, codes] @ (dollars * listed), counts[:, codes] @ dollars)
            for counts in account_draws(accounts, draws, seed)
        ]
    )
    held, moved = float((dollars * listed).sum()), float(dollars.sum())
    those = rows.filter(pl.col("happened") > 0)
    return Caught(
        moved=moved,
        held=held,
        share=Figure(held / moved if moved else float("nan"), *interval(drawn)),
        accounts_moved=those["account_id"].n_unique(),
        accounts_held=those.filter("listed")["account_id"].n_unique(),
        lead_days=_lead(rows),
        lists=rows.select(pl.struct("as_of", "owner").n_unique()).item(),
        listed=int(listed.sum()),
        ranked=rows.height,
        drawn=drawn,
    )


def ahead(one: Caught, other: Caught) -> Figure:
    """By how much the share that one order caught is above another's, of the same rows and draws."""
    return Figure(one.share.value - other.share.value, *interval(one.drawn - other.drawn))


def _lead(rows: pl.DataFrame) -> float:
    timed = rows.filter(pl.col("listed") & pl.col("days_ahead").is_not_null())
    weight = timed["dollars"].to_numpy()
    return float(timed["days_ahead"].to_numpy() @ weight / weight.sum()) if weight.any() else float("nan")


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
