"""What the lists of two models have in common, as they would be shown."""

from __future__ import annotations

import polars as pl

from consumption.config import Workspace
from consumption.jobs.week import accounts_a_week
from consumption.models.judging.evaluation import order
from consumption.models.judging.gate import overlap
from consumption.models.model import Model
from consumption.models.scored import score


def staying(workspace: Workspace, rows: pl.DataFrame, ranks: Model, other: Model, leaver: Model | None) -> float:
    """The share of the other model's lists that stands on those of what ranks; 1 where nothing is listed.

    `rows`: of one moment, to score. Accounts that gave notice stand on no list. `leaver`: the help model, by whose
    churn every list of `expand` goes.
    """
    listed = rows.filter(~pl.col("notice_given").fill_null(value=False))
    if listed.is_empty():
        return 1.0
    unknown = listed.with_columns(outcome=pl.lit("stayed"), y=pl.lit(0.0))
    one, two = (order(score(m, unknown, leaver), accounts_a_week(workspace)) for m in (ranks, other))
    return overlap(one, two)
