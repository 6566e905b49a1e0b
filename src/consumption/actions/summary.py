"""One plan in a few figures."""

from __future__ import annotations

import polars as pl

from consumption.actions.allocation import Ints
from consumption.actions.terms import NONE
from consumption.actions.why import WHY_NOT


def summary(
    recommendations: pl.DataFrame, pairs: pl.DataFrame, base: Ints, free: pl.DataFrame, hours: pl.DataFrame
) -> dict[str, float]:
    """Counts and sums of one plan; `base_value` is that of the plan without exploration and hold-out."""
    done = recommendations.filter(pl.col("action") != NONE)
    worth = done.join(pairs.select("account_id", "action", "value"), on=["account_id", "action"], how="left")
    counts = dict(recommendations["why_not"].drop_nulls().value_counts().iter_rows())
    whole = hours.filter(pl.col("skill").is_null())
    return {
        "accounts": recommendations.height,
        "recommended": done.height,
        "cards": int(recommendations["rank"].is_not_null().sum()),
        "by_itself": int((done["delivery"] == "self_service").sum()),
        "hours": float(done["hours"].sum()),
        "hours_there": float(whole["hours"].sum()),
        "value": float(worth["value"].sum()),
        "base_value": float(free["value"].to_numpy()[base].sum()),
        **{f"why_not_{code}": int(counts.get(code, 0)) for code in WHY_NOT},
    }
