"""What lists of the past would have caught, and what simpler orders of the same accounts would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.models.bootstrap import account_draws, clusters, interval
from consumption.models.evaluation import Figure, places
from consumption.models.leads import leads
from consumption.models.model import Model
from consumption.models.rows import Floats
from consumption.models.scored import score

LIST, RISK, HEALTH, RECENCY = "this list", "risk alone", "health score", "recency"
ORDERS = (LIST, RISK, HEALTH, RECENCY)
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


@dataclass(frozen=True)
class Caught:
    """What one order's lists hold of what was lost after them.

    `share`: of the dollars lost, with a 95 % interval by account; `accounts`: of those that left or shrank, how many
    were listed; `lead_days`: days from the list to the loss, the mean by dollars over listed accounts that left (NaN
    where there is none).
    """

    lost: float
    dollars: float
    share: Figure
    accounts_lost: int
    accounts: int
    lead_days: float


def orders(model: Model, rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Scored rows for each of ORDERS: the same labelled rows, by expected loss, probability, health and last use."""
    by_value = score(model, rows)
    values = {
        RISK: by_value["probability"],
        HEALTH: 1.0 - rows.select(health(rows.columns).alias("value"))["value"],
        RECENCY: rows[_LAST_USE] if _LAST_USE in rows.columns else pl.zeros(rows.height, eager=True),
    }
    unknown = {name: v.cast(pl.Float64).fill_nan(None).fill_null(0.0) for name, v in values.items()}
    return {LIST: by_value, **{name: by_value.with_columns(value=v) for name, v in unknown.items()}}


def health(known: list[str]) -> pl.Expr:
    """A weighted health score from 0 to 1; a part that is not known counts as half."""
    parts = [
        weight * (part.fill_nan(None).fill_null(0.5) if name in known else pl.lit(0.5))
        for name, (weight, part) in _HEALTH.items()
    ]
    return pl.sum_horizontal(parts)


def caught(scored: pl.DataFrame, *, k: int, draws: int = DRAWS, seed: int = 0) -> Caught:
    """What the lists of these rows hold; a list is an owner's week: `k` accounts, or a tenth of a long list."""
    rows = leads(scored, places(scored, k))
    dollars, listed = rows["dollars"].to_numpy(), rows["listed"].to_numpy()
    codes, accounts = clusters(rows["account_id"].to_numpy().astype(object))
    drawn = [
        _share(counts[:, codes] @ (dollars * listed), counts[:, codes] @ dollars)
        for counts in account_draws(accounts, draws, seed)
    ]
    held, lost = float((dollars * listed).sum()), float(dollars.sum())
    share = Figure(held / lost if lost else float("nan"), *interval(np.concatenate(drawn)))
    moved = rows.filter(pl.col("happened") > 0)
    timed = rows.filter(pl.col("listed") & pl.col("days_ahead").is_not_null())
    weight = timed["dollars"].to_numpy()
    lead = float(timed["days_ahead"].to_numpy() @ weight / weight.sum()) if weight.any() else float("nan")
    return Caught(lost, held, share, moved["account_id"].n_unique(), _listed(moved), lead)


def _listed(rows: pl.DataFrame) -> int:
    return rows.filter("listed")["account_id"].n_unique()


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
