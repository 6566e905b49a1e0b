"""Every account's place: by what it may lose, and by what it may gain."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from consumption.models.model import Model, motion_probability
from consumption.models.rows import Floats, scoring_rows
from consumption.tables import RANKED, TIMESTAMP

# An account that gave notice has said it leaves: no model is asked. Most of them do.
NOTICE_LOSS = 0.9


def expected_loss(weight: Floats, churn: Floats, contraction: Floats, size: Floats) -> Floats:
    """EL = ARR [p_c + (1 - p_c) p_k s_k]; `weight` is ARR, or 1 where there is no money."""
    return weight * (churn + (1.0 - churn) * contraction * size)


def expected_gain(weight: Floats, churn: Floats, expansion: Floats, size: Floats) -> Floats:
    """EG = ARR (1 - p_c) p_e s_e; `weight` is ARR, or 1 where there is no money."""
    return weight * (1.0 - churn) * expansion * size


def at_its_word(churn: Floats, rows: pl.DataFrame) -> Floats:
    """p_churn as lists take it: at least `NOTICE_LOSS` where `notice_given` (a column of the rows) says so."""
    return np.where(rows["notice_given"].to_numpy(), np.maximum(churn, NOTICE_LOSS), churn)


def rank(
    snapshot: pl.DataFrame,
    population: pl.DataFrame,
    *,
    help: Model,  # noqa: A002 - the motion's name
    expand: Model,
    as_of: datetime,
) -> pl.DataFrame:
    """RANKED: one row an account of the population; rank 1 is most by EL or EG, ties by account_id.

    The help model's p_churn serves both motions. Where an account has no ARR, money is null and ranks go by the share
    of its weight. Raises StaleModel if the snapshot lacks a signal that a model reads.
    """
    rows = scoring_rows(snapshot, population)
    shrink, grow = help.predict(rows), expand.predict(rows)
    churn = at_its_word(shrink["p_churn"].to_numpy(), rows)
    contraction, s_contraction = shrink["p_move"].to_numpy(), shrink["s_move"].to_numpy()
    expansion, s_expansion = grow["p_move"].to_numpy(), grow["s_move"].to_numpy()
    weight = rows["weight"].to_numpy()
    figures = {
        "p_churn": churn,
        "p_contraction": contraction,
        "p_expansion": expansion,
        "s_contraction": s_contraction,
        "s_expansion": s_expansion,
        "help_probability": motion_probability("help", churn, contraction),
        "expand_probability": motion_probability("expand", churn, expansion),
        "loss": expected_loss(weight, churn, contraction, s_contraction),
        "gain": expected_gain(weight, churn, expansion, s_expansion),
    }
    ranked = rows.select("account_id", "arr", "weight").with_columns(**{n: pl.Series(v) for n, v in figures.items()})
    money = pl.col("arr").is_not_null()
    return RANKED.check(
        ranked.with_columns(
            as_of=pl.lit(as_of).cast(TIMESTAMP),
            value_at_stake=pl.when(money).then("loss"),
            value_to_gain=pl.when(money).then("gain"),
            help_rank=_place("loss"),
            expand_rank=_place("gain"),
            ranked_by=pl.lit(ranked_by(help, expand)),
        )
    )


def ranked_by(help: Model, expand: Model) -> str:  # noqa: A002 - the motion's name
    """`rule` where rules rank both motions; else the version of each, a rule named as one."""
    if help.kind == expand.kind == "rule":
        return "rule"
    return ", ".join(
        f"{m.about.motion} {'rule' if m.kind == 'rule' else m.about.version or 'new'}" for m in (help, expand)
    )


def _place(value: str) -> pl.Expr:
    """1 for the largest; rows are ordered by account_id, so equal values keep that order."""
    return pl.col(value).rank("ordinal", descending=True).cast(pl.Int64)
