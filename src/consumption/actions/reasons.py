"""Which reasons stand on a card: those that speak for the action chosen."""

from __future__ import annotations

import polars as pl

from consumption.actions.inputs import Inputs
from consumption.actions.terms import NONE

SHOWN_REASONS = 3
_TOLD = ("code", "text", "value", "baseline", "peer", "unit")


def told(inputs: Inputs, rows: pl.DataFrame) -> pl.DataFrame:
    """account_id, reasons (JSON list), reason_text (the first of them), of accounts for which something is done.

    What the action works through comes first, so that the reason on a card is one for what it asks; then what
    weighs most. Whoever gave notice is told about by that.
    """
    through = [(action.id, driver) for action in inputs.catalogue for driver in {p.driver for p in action.priors}]
    fitting = pl.DataFrame(through, schema=["action", "driver"], orient="row").with_columns(fits=pl.lit(value=True))
    motions = inputs.catalogue.frame.select("action", "motion")
    chosen = rows.filter(pl.col("action") != NONE).select("account_id", "action").join(motions, on="action")
    ordered = (
        chosen.join(inputs.reasons, on=["account_id", "motion"])
        .join(fitting, on=["action", "driver"], how="left")
        .sort("account_id", pl.col("fits").fill_null(value=False), "position", descending=[False, True, False])
        .select("account_id", *_TOLD)
    )
    every = pl.concat([_notices(inputs, chosen), ordered])
    shown = every.group_by("account_id", maintain_order=True).head(SHOWN_REASONS)
    entry = pl.struct(_TOLD).struct.json_encode()
    return (
        shown.with_columns(entry=entry)
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("entry").str.join(", "), reason_text=pl.col("text").first())
        .select("account_id", "reason_text", reasons=pl.format("[{}]", "entry"))
    )


def _notices(inputs: Inputs, chosen: pl.DataFrame) -> pl.DataFrame:
    """The reason that outweighs all others: they have said that they leave."""
    given = inputs.population.filter("notice_given").join(chosen, on="account_id", how="semi")
    until = pl.col("renewal_on").dt.strftime("%-d %B %Y")
    return given.select(
        "account_id",
        code=pl.lit("notice_given"),
        text=pl.concat_str(pl.lit("They gave notice; the contract ends on "), until),
        value=pl.lit(None, pl.Float64),
        baseline=pl.lit(None, pl.Float64),
        peer=pl.lit(None, pl.Float64),
        unit=pl.lit("flag"),
    )
