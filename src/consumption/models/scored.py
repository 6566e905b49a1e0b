"""Labelled rows with what a model said of them: what evaluation and gate read."""

from __future__ import annotations

import polars as pl

from consumption.models.model import Model, motion_probability
from consumption.models.motion import MOVES, Motion
from consumption.models.ranking import expected_gain, expected_loss

# Accounts without an owner share one list.
NO_OWNER = "team"
# The day on which an account that left was lost, where that is known.
LOST_ON = "lost_on"


def score(model: Model, rows: pl.DataFrame, leaver: Model | None = None) -> pl.DataFrame:
    """One row a labelled row: account_id, as_of, segment, owner, probability, value, happened, dollars.

    `value` is EL or EG, `happened` 0 or 1; `dollars` is what the motion is about: ARR (or weight) lost by churn and
    contraction, or gained by expansion. `leaver`: the help model whose churn counts, as it does for every list; by
    default the model's own. `lost_on` is handed on where the rows have it.
    """
    motion = model.about.motion
    said = model.predict(rows)
    churn, move, size = (said[c].to_numpy() for c in ("p_churn", "p_move", "s_move"))
    if leaver is not None and motion != "help":
        churn = leaver.predict(rows)["p_churn"].to_numpy()
    value = expected_loss if motion == "help" else expected_gain
    return rows.select(
        "account_id",
        "as_of",
        "segment",
        pl.col("owner").fill_null(NO_OWNER),
        *([LOST_ON] if LOST_ON in rows.columns else []),
        happened=happened(motion).cast(pl.Float64),
        dollars=dollars(motion),
    ).with_columns(
        probability=pl.Series(motion_probability(motion, churn, move)),
        value=pl.Series(value(rows["weight"].to_numpy(), churn, move, size)),
    )


def happened(motion: Motion) -> pl.Expr:
    """Whether an account left or shrank (help), or grew (expand)."""
    outcomes = ["churn", MOVES[motion]] if motion == "help" else [MOVES[motion]]
    return pl.col("outcome").is_in(outcomes)


def dollars(motion: Motion) -> pl.Expr:
    """Yearly value lost, or gained, by what happened."""
    share = (-pl.col("y")).clip(0.0, 1.0) if motion == "help" else pl.col("y").clip(0.0, 2.0)
    return pl.when(happened(motion)).then(pl.col("weight") * share).otherwise(0.0)
