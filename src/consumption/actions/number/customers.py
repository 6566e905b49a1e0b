"""Who counts, as customers: what was merged by then is one of them."""

from __future__ import annotations

import polars as pl

from consumption.actions.holdout import HOLDOUT, TREATED


def as_customers(rows: pl.DataFrame, members: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """`rows` (as `counted.counted`, merged accounts' under the survivor) with their top_parent and its arm.

    `members`: as `holdout.MEMBERS`; `moved`: merges known at the moment asked (account_id, to). A merged account's
    decisions and contracts are the survivor's, and so it belongs to the survivor's customer. Where the two were drawn
    apart, the customer stays in the arm that it was drawn into; where that is exempt, it counts in neither arm.
    """
    parents = members.sort("drawn_at", "account_id").unique("account_id", keep="first", maintain_order=True)
    to = dict(moved.iter_rows())
    drawn = parents.unique("top_parent", keep="first", maintain_order=True).select("top_parent", drawn="arm")
    # Only a merge can bring an account under a parent that was drawn apart from it.
    touched = pl.any_horizontal(pl.col("account_id", "top_parent").is_in(list(to.values())))
    return (
        rows.join(parents.select("account_id", "top_parent"), on="account_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("top_parent", "account_id").replace(to).alias("top_parent"))
        .join(drawn, on="top_parent", how="left", maintain_order="left")
        .with_columns(arm=pl.when(touched).then(pl.coalesce("drawn", "arm")).otherwise("arm"))
        .filter(pl.col("arm").is_in([HOLDOUT, TREATED]))
        .drop("drawn")
    )
