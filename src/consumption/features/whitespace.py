"""Whitespace: products that an account's peers own and it does not."""

from __future__ import annotations

import polars as pl

from consumption.features.peer_reference import GROUP, closest, grouped, owners_in, owners_of
from consumption.features.signal import signal

# A product is usual among peers where at least one in so many of them owns it.
USUAL = 3

_ACCOUNT = "account_id"

WHITESPACE = pl.Schema({
    _ACCOUNT: pl.String(), "product": pl.String(), "owners": pl.Int64(), "peers": pl.Int64(), "share": pl.Float64(),
})  # fmt: skip


@signal(unit="count", family="growth", source="peers", label="Products that similar accounts own and they do not")
def whitespace_products() -> pl.Expr:
    """Products that at least a third of its peers own, and this account does not."""
    return pl.col("usual_lacked")


@signal(unit="share", family="growth", source="peers", label="Share of similar accounts that own one they lack")
def whitespace_share() -> pl.Expr:
    """Of the products this account lacks, the largest share of its peers that own one; 0 where it lacks none."""
    # A count that is the same for all would be divided by as a number: see `exact.over`.
    return pl.col("most_owners") / (pl.col("owning_peers") * pl.col("most_owners").is_not_null())


def whitespace(groups: pl.DataFrame) -> pl.DataFrame:
    """WHITESPACE: a row an account and product that peers own and it does not: what could be offered.

    `groups` are those of `peer_groups`. `owners` are peers that own it, `peers` those that own anything; sorted by
    account, then by share, largest first, then by product. Peers are as for `peers.with_peers`.
    """
    rows = grouped(groups.select(_ACCOUNT), groups)
    lacked = _lacked(rows, owners_of(rows))
    return lacked.select(
        _ACCOUNT,
        pl.col("other").alias("product"),
        "owners",
        pl.col("count").alias("peers"),
        # A count that is the same for all would be divided by as a number: see `exact.over`.
        (pl.col("owners") / (pl.col("count") * pl.col("owners").is_not_null())).alias("share"),
    ).cast(WHITESPACE).sort(_ACCOUNT, "share", "product", descending=[False, True, False])  # fmt: skip


def lacking(rows: pl.DataFrame, reference: pl.DataFrame) -> pl.DataFrame:
    """One row an account with enough peers who own anything: account_id, usual_lacked, most_owners, owning_peers."""
    sizes = owners_in(reference).group_by(GROUP).agg(pl.col("count").first())
    lacked = _lacked(rows, reference).group_by(_ACCOUNT).agg(
        (USUAL * pl.col("owners") >= pl.col("count")).sum().cast(pl.Int64).alias("usual_lacked"),
        pl.col("owners").max().alias("most_owners"),
    )  # fmt: skip
    compared = closest(rows.select(_ACCOUNT, *GROUP), sizes).select(_ACCOUNT, pl.col("count").alias("owning_peers"))
    return compared.join(lacked, on=_ACCOUNT, how="left").with_columns(
        pl.col("usual_lacked", "most_owners").fill_null(0)
    )


def _lacked(rows: pl.DataFrame, reference: pl.DataFrame) -> pl.DataFrame:
    """A row an account and product that peers own and it does not: account_id, other, owners, count."""
    owned = owners_in(reference)
    sizes = owned.group_by(GROUP).agg(pl.col("count").first())
    compared = closest(rows.select(_ACCOUNT, *GROUP, "owned"), sizes).drop("count")
    offered = compared.join(owned, on=GROUP)
    return offered.filter(~pl.col("owned").list.contains(pl.col("other"))).select(
        _ACCOUNT, "other", "owners", "count"
    )
