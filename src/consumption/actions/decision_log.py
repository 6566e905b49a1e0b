"""What is logged of a plan before anyone sees it: the log that learning and the proof are made from."""

from __future__ import annotations

import hashlib

import polars as pl

from consumption.actions.quiet import REASON
from consumption.actions.terms import NONE


def decision_log(
    recommendations: pl.DataFrame,
    decided: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    hours: pl.DataFrame,
    waiting: pl.DataFrame,
    seed: int,
) -> pl.DataFrame:
    """The columns of `decisions`, and what the choice was made from; `decided`: see `record.decided`.

    A row for each account that had a chance of an action or was chosen, and for each that had a card this week
    (`waiting`), which may end now. Of all others there is nothing to say: the summary of the plan counts them. More
    columns: as_of, model_version, policy_version, seed, arm, held_out, second_pass, mandatory, served_chance (of not
    being held out, at the draw), plan_hash, eligible_set (actions that could have been chosen, separated by `;`),
    week_hours (of the owner) and reason_code (the signal that stands as the reason on the card).
    """
    joined = recommendations.select(
        "recommendation_id", "account_id", "as_of", "action", "propensity", "held_out", "owner", "model_version",
        "policy_version", "reasons",
    ).join(
        decided.select("account_id", "propensities", "nothing", "would_be", "arm", "second_pass", "mandatory"),
        on="account_id",
        maintain_order="left",
    )  # fmt: skip
    return _with_context(joined.filter(_to_log(waiting)), pairs, hours).select(
        pl.col("recommendation_id").alias("decision_id"),
        "account_id",
        pl.col("as_of").alias("timestamp"),
        "action", "propensity", "propensities", "would_be",
        pl.lit("policy").alias("decided_by"),
        "as_of", "model_version", "policy_version",
        pl.lit(seed, pl.Int64).alias("seed"),
        "arm", "held_out", "second_pass", "mandatory", "served_chance",
        pl.lit(_plan_hash(joined)).alias("plan_hash"),
        pl.col("eligible_set").fill_null(""),
        "week_hours",
        pl.when(pl.col("action") != NONE).then(pl.col("reasons").str.json_path_match("$[0].code")).alias(REASON),
    )  # fmt: skip


def without_a_chance(decisions: pl.DataFrame, pairs: pl.DataFrame) -> dict[str, int]:
    """How many accounts the log says nothing of, and how many of them could have got something."""
    silent = pairs.join(decisions, on="account_id", how="anti").group_by("account_id").agg(pl.col("open").any())
    return {"not_logged": silent.height, "not_logged_eligible": int(silent["open"].sum())}


def _to_log(waiting: pl.DataFrame) -> pl.Expr:
    chosen = pl.coalesce("would_be", "action") != NONE
    return (pl.col("nothing") < 1) | chosen | pl.col("account_id").is_in(waiting["account_id"].implode())


def _with_context(rows: pl.DataFrame, pairs: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    names = pl.col("action").unique().sort().str.join(";")
    could = pairs.filter("open").group_by("account_id").agg(eligible_set=names)
    served = pairs.select("account_id", served_chance="chance").unique("account_id", keep="any")
    whole = hours.filter(pl.col("skill").is_null()).select("owner", week_hours="hours")
    return (
        rows.join(could, on="account_id", how="left", maintain_order="left")
        .join(served, on="account_id", how="left", maintain_order="left")
        .join(whole, on="owner", how="left", maintain_order="left")
    )


def _plan_hash(rows: pl.DataFrame) -> str:
    """One name for all that was chosen together."""
    lines = rows.select(pl.format("{}|{}|{}", "account_id", "action", pl.col("would_be").fill_null(""))).to_series()
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
