"""What the probability of each account lies between, told with what a person sees of it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from consumption.actions.inputs import Inputs
from consumption.models.heads.between import between
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.rows import scoring_rows

DIGITS = 4


def with_intervals(briefs: pl.DataFrame, inputs: Inputs, models: Mapping[Motion, Model]) -> pl.DataFrame:
    """Briefs (`features.brief`) with one more field, `between`: help_low, help_high, expand_low, expand_high, new."""
    rows = scoring_rows(inputs.snapshot, inputs.population)
    found = between(inputs.ranked.sort("account_id"), rows, help=models["help"], expand=models["expand"])
    told = pl.struct(pl.exclude("account_id")).struct.json_encode().alias("_between")
    known = found.with_columns(pl.col(pl.Float64).round(DIGITS)).select("account_id", told)
    more = pl.format('{},"between":{}{}', pl.col("brief").str.strip_suffix("}"), pl.col("_between"), pl.lit("}"))
    joined = briefs.join(known, on="account_id", how="left", maintain_order="left")
    return joined.with_columns(brief=pl.coalesce(more, "brief")).drop("_between")
