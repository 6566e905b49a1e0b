"""What an MLflow client runs: a saved model behind MLflow's `predict`, probabilities for rows of signals.

It imports no MLflow, and little of this package: what it imports is logged beside the model, so that a client needs
nothing of ours installed.
"""

from __future__ import annotations

import polars as pl

from consumption.models.loading import load_model
from consumption.models.model import Model, motion_probability
from consumption.models.motion import MOVES, Motion

__all__ = ["MODEL", "OPTIONAL", "columns", "load_model", "probabilities", "scored"]

MODEL = "model"
"""The artifact that holds model.json and the boosters' text."""
# Columns that sharpen a prediction where they are given; see `rows.scoring_rows`.
OPTIONAL = {"segment": "string", "age_days": "double"}


def probabilities(model: Model, given: object) -> object:
    """A pandas frame for a pandas frame with a column a signal: a row in is a row out, in the same order.

    `probability` (help: that it leaves or shrinks; expand: that it stays and grows), `p_churn`, `p_contraction` or
    `p_expansion` given that it stays, and `s_...`, the size of that move as a share of the yearly value. Raises
    StaleModel where a column is missing.
    """
    rows = pl.from_pandas(given).with_columns(pl.int_range(pl.len()).cast(pl.String).alias("account_id"))
    return scored(model, rows).to_pandas()


def scored(model: Model, rows: pl.DataFrame) -> pl.DataFrame:
    """`columns(motion)` for rows with an account_id each, a row a row."""
    motion = model.about.motion
    said = model.predict(rows)
    churn, move = said["p_churn"].to_numpy(), said["p_move"].to_numpy()
    figures = (motion_probability(motion, churn, move), churn, move, said["s_move"].to_numpy())
    return pl.DataFrame(dict(zip(columns(motion), figures, strict=True)))


def columns(motion: Motion) -> tuple[str, ...]:
    """What a prediction consists of."""
    return ("probability", "p_churn", f"p_{MOVES[motion]}", f"s_{MOVES[motion]}")
