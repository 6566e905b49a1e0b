"""Which accounts the proof counts, from which day, and in which arm.

An account counts from the first time that the first pass of a plan chose it: served, if it is not held out, and else
withheld. Up to that day both arms were treated alike, so their accounts can be compared; from then on everything that
happens is the answer. Later choices tell nothing: a served account rests after its action, a withheld one does not,
and so the two would be chosen at different times even if no action ever worked.

Exempt accounts count in neither arm, nor does what was mandatory. Whom the second pass reached first never counts, in
either arm: a served one would have had its help before it began to count, a withheld one not. Which accounts these
are says nothing of their arm, because that pass chooses among both.
"""

from __future__ import annotations

import polars as pl

from consumption.actions.catalogue import NONE
from consumption.actions.holdout import HOLDOUT, TREATED

COUNTED = pl.Schema(
    {
        "account_id": pl.String(),
        "arm": pl.String(),
        "since": pl.Date(),
        "action": pl.String(),
        "expected": pl.Float64(),
    }
)
EXPECTED = "expected_share"
"""Attribute of a decision: the change of yearly value expected over the horizon without any action, as a share."""


def counted(decisions: pl.LazyFrame) -> pl.DataFrame:
    """One row an account that counts: account_id, arm (holdout, treated), since, action (or what it would have been).

    `decisions`: rows of that table as known, with their attributes. `expected`: see `EXPECTED`; 0 where not logged.
    """
    rows = (
        reached(decisions)
        .select(
            "account_id",
            arm=_said("arm"),
            since=pl.col("timestamp").dt.date(),
            action=pl.coalesce("would_be", "action"),
            expected=_said(EXPECTED).cast(pl.Float64).fill_null(0.0),
            second=_flag("second_pass"),
            order="timestamp",
            decision_id="decision_id",
        )
        .sort("order", "decision_id")
    )
    return (
        rows.unique("account_id", keep="first", maintain_order=True)
        .filter(~pl.col("second"))
        .select(COUNTED.names())
        .sort("account_id")
        .collect()
    )


def reached(decisions: pl.LazyFrame) -> pl.LazyFrame:
    """The decisions by which some pass of a plan reached an account of either arm, served or withheld."""
    return decisions.filter(
        pl.col("decided_by") == "policy",
        pl.coalesce("would_be", "action") != NONE,
        _said("arm").is_in([HOLDOUT, TREATED]),
        ~_flag("mandatory"),
        # A held-out account that gets something gets what is mandatory, or what a person chose.
        (_said("arm") == TREATED) | pl.col("would_be").is_not_null(),
    )


def with_expected(decisions: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Decisions as they are logged, with the change expected if nothing is done, as a share (`ranked`: RANKED frame).

    Expected gain less expected loss, over the yearly value. It was known before the decision, so it is the same for
    both arms, and what it told in advance can be taken off what happened.
    """
    stays = 1.0 - pl.col("p_churn")
    grows, shrinks = (pl.col(f"p_{m}") * pl.col(f"s_{m}") for m in ("expansion", "contraction"))
    share = (stays * (grows - shrinks) - pl.col("p_churn")).round(6).alias(EXPECTED)
    return decisions.join(ranked.select("account_id", share), on="account_id", how="left", maintain_order="left")


def _said(name: str) -> pl.Expr:
    return pl.col("attributes").str.json_path_match(f"$.{name}")


def _flag(name: str) -> pl.Expr:
    return (_said(name) == "true").fill_null(value=False)
