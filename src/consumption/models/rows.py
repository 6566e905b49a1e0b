"""The rows a model scores: a snapshot's signals beside what is known of the account itself."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.tables import POPULATION

Strings = np.ndarray[tuple[int], np.dtype[np.object_]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

# Columns of the population that models and their evaluation read. Where a signal has the same name (an attribute
# named as one) it says the same, and the population's is kept.
KNOWN = ("segment", "owner", "arr", "weight", "created_at", "renewal_on", "decision_on", "notice_given")
AGE = "age_days"
YOUNG_DAYS = 28
ACTIVE_DAYS = "active_days_28d"


def scoring_rows(snapshot: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """One row an account of the population, ordered by account_id: its signals, `KNOWN` and `age_days`.

    An account in force without a row in the snapshot keeps nulls, which every model takes as unknown.
    """
    known = population.select("account_id", *KNOWN)
    signals = snapshot.drop([c for c in KNOWN if c in snapshot.columns])
    rows = known.join(signals, on="account_id", how="left").sort("account_id")
    as_of = pl.col("as_of").fill_null(strategy="forward").fill_null(strategy="backward")
    return rows.with_columns(as_of).with_columns(
        ((pl.col("as_of") - pl.col("created_at")).dt.total_days().cast(pl.Float64)).alias(AGE)
    )


def population_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The POPULATION frame that rows to score were made from; what they do not carry is null."""
    schema = POPULATION.schema
    return rows.select(
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )


def segments_of(rows: pl.DataFrame) -> Strings:
    """The segment of each row; None where it is not known."""
    if "segment" not in rows.columns:
        return np.full(rows.height, None, dtype=object)
    return rows["segment"].cast(pl.String).to_numpy().astype(object)


def evidence_of(rows: pl.DataFrame) -> Floats:
    """What an account under 28 days old can say for itself: active days / 28; infinite for every other account."""
    if AGE not in rows.columns:
        return np.full(rows.height, np.inf)
    days = pl.col(ACTIVE_DAYS).cast(pl.Float64).fill_null(0.0) if ACTIVE_DAYS in rows.columns else pl.col(AGE)
    young = pl.col(AGE).is_not_null() & (pl.col(AGE) < YOUNG_DAYS)
    evidence = pl.when(young).then(days.clip(0.0) / YOUNG_DAYS).otherwise(float("inf"))
    return rows.select(evidence.alias("evidence"))["evidence"].to_numpy()
