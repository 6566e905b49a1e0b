"""What an evaluation looks like: the points of its curves, as frames."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.models.judging.bootstrap import account_draws, clusters, interval
from consumption.models.judging.evaluation import BINS, order, places
from consumption.models.judging.leads import LOSS, leads

# A curve over thousands of accounts is drawn by so many points.
POINTS = 100
DRAWS = 200
STEP_DAYS = 7


def gains(scored: pl.DataFrame) -> pl.DataFrame:
    """share_of_accounts, captured, best: of all dollars, what the first accounts by value hold, and could hold."""
    value, dollars = scored["value"].to_numpy(), scored["dollars"].to_numpy()
    names = scored["account_id"].to_numpy().astype(str)
    total = dollars.sum() or 1.0
    captured = np.cumsum(dollars[np.lexsort((names, -value))]) / total
    best = np.cumsum(np.sort(dollars)[::-1]) / total
    places_ = np.unique(np.linspace(1, len(value), min(POINTS, len(value))).astype(int))
    points = {"share_of_accounts": places_ / len(value), "captured": captured[places_ - 1], "best": best[places_ - 1]}
    start = pl.DataFrame({"share_of_accounts": [0.0], "captured": [0.0], "best": [0.0]})
    return pl.concat([start, pl.DataFrame(points)])


def calibration(scored: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> pl.DataFrame:
    """said, seen, low, high, rows: by tenths of the rows by probability, with 95 % intervals by account."""
    ordered = order(scored, 1)
    one_hot = np.eye(BINS)[ordered.bins]
    codes, accounts = clusters(scored["account_id"].to_numpy().astype(object))
    shares = []
    for counts in account_draws(accounts, draws, seed):
        weights = counts[:, codes]
        rows = weights @ one_hot
        shares.append(np.divide(weights @ (one_hot * ordered.happened[:, None]), rows,
                                out=np.full_like(rows, np.nan), where=rows > 0))  # fmt: skip
    drawn = np.concatenate(shares)
    bounds = [interval(drawn[:, i]) for i in range(BINS)]
    told = pl.DataFrame({"bin": ordered.bins, "said": ordered.probability, "seen": ordered.happened})
    found = told.group_by("bin").agg(pl.col("said", "seen").mean(), pl.len().alias("rows")).sort("bin")
    limits = pl.DataFrame({"bin": range(BINS), "low": [b[0] for b in bounds], "high": [b[1] for b in bounds]})
    return found.join(limits.with_columns(pl.col("bin").cast(found["bin"].dtype)), on="bin").drop("bin")


def lead_times(scored: pl.DataFrame, k: int) -> pl.DataFrame:
    """days_ahead, captured: of the dollars lost, those that a list held so many days before, or earlier.

    Empty where nobody knows when accounts were lost. An account counts from the first list that held it.
    """
    known = leads(scored, places(scored, k)).filter(pl.col("days_ahead").is_not_null())
    if known.is_empty():
        return pl.DataFrame(schema={"days_ahead": pl.Int64, "captured": pl.Float64})
    held = pl.when("listed").then("days_ahead").max().fill_null(-1)
    losses = known.group_by(*LOSS).agg(held.alias("lead"), pl.col("dollars").max())
    lead, dollars = losses["lead"].to_numpy(), losses["dollars"].to_numpy()
    days = np.arange(0, int(known["days_ahead"].to_numpy().max()) + STEP_DAYS, STEP_DAYS)
    total = dollars.sum() or 1.0
    return pl.DataFrame({"days_ahead": days, "captured": [float(dollars[lead >= d].sum() / total) for d in days]})
