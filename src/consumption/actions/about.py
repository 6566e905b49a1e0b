"""What a recommendation tells of its account: chances, contract, what else fits, which card it goes on with."""

from __future__ import annotations

import polars as pl

from consumption.actions.inputs import Inputs


def probabilities(ranked: pl.DataFrame) -> pl.DataFrame:
    """account_id, motion, probability, value_at_stake."""
    parts = [
        ranked.select("account_id", motion=pl.lit(motion), probability=pl.col(chance), value_at_stake=pl.col(money))
        for motion, chance, money in (
            ("help", "help_probability", "value_at_stake"),
            ("expand", "expand_probability", "value_to_gain"),
        )
    ]
    return pl.concat(parts)


def contract(inputs: Inputs) -> pl.DataFrame:
    """The contract a recommendation is about, the largest in force: account_id, contract_id, product."""
    held = inputs.known.in_force(inputs.as_of).sort("arr", "contract_id", descending=[True, False])
    return held.unique("account_id", keep="first", maintain_order=True).select("account_id", "contract_id", "product")


def instead(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """account_id, instead: the other actions that fit each account, separated by `;`."""
    others = pairs.filter("eligible").join(
        rows.select("account_id", "action"), on=["account_id", "action"], how="anti", maintain_order="left"
    )
    fits = others.group_by("account_id").agg(instead=pl.col("action").sort().str.join(";"))
    return (
        rows.select("account_id")
        .join(fits, on="account_id", how="left")
        .with_columns(pl.col("instead").fill_null(""))
    )


def carried_on(rows: pl.DataFrame, waiting: pl.DataFrame) -> pl.Expr:
    """The id of the decision that stands for an account since it was first taken, else the one made today."""
    now = rows.select("account_id", action=pl.coalesce("would_be", "action"))
    before = now.join(waiting, on=["account_id", "action"], how="left", maintain_order="left")
    return pl.coalesce(before["decision_id"], pl.col("recommendation_id"))
