"""Signals that people said mean nothing at an account for now: a quiet season, or a number that is wrong."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from consumption.actions.inputs import Inputs
from consumption.actions.meaning import MEANINGS, understood
from consumption.features.drivers import drivers

REASON = "reason_code"
"""Attribute of a decision: the signal that stood as the reason on its card."""

_REASONS = {code for (_, code), said in MEANINGS.items() if said.quiet_days}


def quieted(inputs: Inputs) -> Inputs:
    """The same inputs without the signals that are not believed at some accounts today.

    Such a signal is unknown there: no condition holds by it, no driver is moved by it, and it is no reason. What the
    account may lose, and so its rank, stays as it is: that is a fact and not advice.
    """
    if _REASONS.isdisjoint(inputs.known.responses["reason"].to_list()):
        return inputs
    pairs = _quiet(inputs).filter(pl.col("signal").is_in(inputs.snapshot.columns))
    if pairs.is_empty():
        return inputs
    snapshot = inputs.snapshot
    for (signal,), rows in pairs.group_by("signal", maintain_order=True):
        here = pl.col("account_id").is_in(rows["account_id"].implode())
        snapshot = snapshot.with_columns(pl.when(~here).then(pl.col(str(signal))).alias(str(signal)))
    mine = pl.col("account_id").is_in(pairs["account_id"].implode())
    anew = drivers(snapshot.filter(mine), inputs.population.filter(mine)).select(inputs.drivers.columns)
    return replace(
        inputs,
        snapshot=snapshot,
        drivers=pl.concat([inputs.drivers.filter(~mine), anew]),
        reasons=inputs.reasons.join(
            pairs.rename({"signal": "code"}), on=["account_id", "code"], how="anti", maintain_order="left"
        ),
    )


def _quiet(inputs: Inputs) -> pl.DataFrame:
    """account_id, signal: whose last answer says so, for as long as that counts."""
    decisions, responses = inputs.known.decisions, inputs.known.responses
    last = responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)
    said = understood(last).filter(pl.col("quiet_days") != 0)
    if said.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "signal": pl.String})
    day = pl.col("attributes").str.json_path_match("$.until").str.to_date("%Y-%m-%d", strict=False)
    ends = pl.when(pl.col("quiet_days") < 0).then(day).otherwise(
        pl.col("timestamp").dt.date() + pl.duration(days="quiet_days")
    )  # fmt: skip
    still = said.select("decision_id", ends=ends).filter(pl.col("ends") > inputs.as_of.date())
    signal = pl.col("attributes").str.json_path_match(f"$.{REASON}")
    rows = decisions.join(still, on="decision_id", how="semi").select("account_id", signal=signal)
    return rows.drop_nulls().unique().sort("signal", "account_id")
