"""How values, and products owned, lie among the accounts of each group of one snapshot."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

GROUP = ("segment", "product")
# Fewer than this many peers with a value say nothing about where one of them stands.
FEWEST = 5
# Products owned are told like a signal of their own.
_OWNS = "owns:"

REFERENCE = pl.Schema({
    "signal": pl.String(), "segment": pl.String(), "product": pl.String(), "value": pl.Float64(),
    "below": pl.Int64(), "upto": pl.Int64(), "count": pl.Int64(),
})  # fmt: skip


def grouped(snapshot: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The snapshot with segment, product, owned and counts of each account; "" stands for none.

    Of `groups` (see `peer_groups`) only account_id and segment must be there: then all accounts of a segment count.
    """
    absent = {
        "product": pl.lit(None, dtype=pl.String),
        "owned": pl.lit(None, dtype=pl.List(pl.String)),
        "counts": pl.lit(value=True),
    }
    whole = groups.with_columns(values.alias(name) for name, values in absent.items() if name not in groups.columns)
    own = whole.select(
        pl.col("account_id").cast(snapshot.schema["account_id"], strict=False), *GROUP, *tuple(absent)[1:]
    )
    rows = snapshot.drop(*GROUP, "owned", "counts", strict=False)
    return rows.join(own, on="account_id", how="left", maintain_order="left").with_columns(
        pl.col(GROUP).fill_null(""), pl.col("owned").fill_null([]), pl.col("counts").fill_null(value=False)
    )


def values_of(rows: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """REFERENCE rows of these columns: one a signal, group and distinct value among the `grouped` rows that count.

    A group is a segment (product ""), or those of it with the same main product. below: accounts with less; upto:
    with at most that; count: with any value.
    """
    members = _memberships(rows.filter("counts"))
    return pl.concat([pl.DataFrame(schema=REFERENCE), *(_values(members, name) for name in names)])


def owners_of(rows: pl.DataFrame) -> pl.DataFrame:
    """REFERENCE rows of products, `owns:PRODUCT` with value 1: of a group's accounts that own any, how many do."""
    members = _memberships(rows.filter("counts", pl.col("owned").list.len() > 0).select(*GROUP, "owned"))
    sizes = members.group_by(GROUP).agg(pl.len().cast(pl.Int64).alias("count"))
    owned = members.explode("owned").group_by(*GROUP, "owned").agg(pl.len().cast(pl.Int64).alias("owners"))
    return owned.join(sizes, on=GROUP).select(
        pl.concat_str(pl.lit(_OWNS), "owned").alias("signal"),
        *GROUP,
        pl.lit(1.0).alias("value"),
        (pl.col("count") - pl.col("owners")).alias("below"),
        pl.col("count").alias("upto"),
        "count",
    ).sort(*GROUP, "signal")  # fmt: skip


def owners_in(reference: pl.DataFrame) -> pl.DataFrame:
    """One row a group and product owned in it: segment, product, other (the product owned), owners, count."""
    return reference.filter(pl.col("signal").str.starts_with(_OWNS)).select(
        *GROUP,
        pl.col("signal").str.strip_prefix(_OWNS).alias("other"),
        (pl.col("count") - pl.col("below")).alias("owners"),
        "count",
    )


def closest(rows: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """The rows with the group that each is compared with as segment and product, and its figures in `sizes`.

    `sizes`: one row a group: segment, product, count and more. The group of its main product where that counts
    at least `FEWEST`, else its segment; a row whose segment counts fewer as well is left out.
    """
    enough = sizes.filter(pl.col("count") >= FEWEST)
    near = rows.filter(pl.col("product") != "").join(enough, on=GROUP)
    far = rows.join(near, on="account_id", how="anti").with_columns(pl.lit("").alias("product"))
    return pl.concat([near, far.join(enough, on=GROUP)])


def _memberships(rows: pl.DataFrame) -> pl.DataFrame:
    """Every row as one of its segment, and again as one of those with its main product."""
    return pl.concat([rows.with_columns(pl.lit("").alias("product")), rows.filter(pl.col("product") != "")])


def _values(members: pl.DataFrame, name: str) -> pl.DataFrame:
    known = members.select(*GROUP, pl.col(name).alias("value")).drop_nulls("value")
    each = known.group_by(*GROUP, "value").agg(pl.len().cast(pl.Int64).alias("here")).sort(*GROUP, "value")
    counted = each.with_columns(
        pl.lit(name).alias("signal"),
        pl.col("here").cum_sum().over(GROUP).alias("upto"),
        pl.col("here").sum().over(GROUP).alias("count"),
    )
    return counted.with_columns((pl.col("upto") - pl.col("here")).alias("below")).select(REFERENCE.names())
