"""The persistent hold-out: which accounts are left without recommendations, so that the rest can be compared."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from itertools import pairwise

import polars as pl

from consumption.actions.rules import HoldoutRules
from consumption.tables import TIMESTAMP

HOLDOUT, TREATED, EXEMPT = "holdout", "treated", "exempt"
BANDS = 4

MEMBERS = pl.Schema(
    {
        "account_id": pl.String(),
        "top_parent": pl.String(),
        "arm": pl.String(),
        "stratum": pl.String(),
        "drawn_at": TIMESTAMP,
        "share": pl.Float64(),
    }
)


def draw_members(
    population: pl.DataFrame, members: pl.DataFrame | None, rules: HoldoutRules, *, as_of: datetime
) -> pl.DataFrame:
    """The membership of every account ever seen: the one given, and new draws for who is seen for the first time.

    `population`: POPULATION frame. A row an account: account_id, top_parent, arm (holdout, treated, exempt), stratum,
    drawn_at, share (the chance of being held out that it was drawn with). All new accounts of a top parent share its
    arm: that of the account of today's family that was drawn first, if one was. Parents are drawn in the order of
    their strata (quarter of the book by ARR, then segment), every 1/share-th from a salted start, so that each is
    held out with exactly `share` and every stratum in proportion. Exempt are those named and the few largest that
    hold a quarter of ARR.
    """
    known = _known(members, rules)
    unseen = population.join(known, on="account_id", how="anti").select("account_id", "top_parent")
    arms = _of_families(population, known)
    arms = pl.concat([arms, _drawn(population, arms, rules)])
    new = unseen.join(arms, on="top_parent", how="left").with_columns(drawn_at=pl.lit(as_of, TIMESTAMP))
    return pl.concat([known, new.select(MEMBERS.names())]).sort("account_id")


def served_chance(members: pl.DataFrame, rules: HoldoutRules) -> pl.DataFrame:
    """For each member the chance it had of not being held out when it was drawn: account_id, arm, chance."""
    return _known(members, rules).select("account_id", "arm", chance=1.0 - pl.col("share"))


def _known(members: pl.DataFrame | None, rules: HoldoutRules) -> pl.DataFrame:
    """Members as stored; who was drawn before shares were, had the one of settings, and 0 where exempt."""
    if members is None:
        return pl.DataFrame(schema=MEMBERS)
    had = pl.col("share") if "share" in members.columns else pl.lit(None, pl.Float64)
    usual = pl.when(pl.col("arm") == EXEMPT).then(0.0).otherwise(rules.share)
    return members.with_columns(share=had.fill_null(usual)).select(MEMBERS.names())


def _of_families(population: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The arm of each top parent of today that has a member: that of its first, and then its oldest, account.

    A group company may have come above accounts that were drawn before it. top_parent, arm, stratum, share.
    """
    today = population.select("account_id", today="top_parent", since=_since(population))
    first = known.join(today, on="account_id", how="left").sort("drawn_at", "since", "account_id", nulls_last=True)
    named = first.with_columns(top_parent=pl.coalesce("today", "top_parent"))
    arms = named.unique("top_parent", keep="first", maintain_order=True)
    return arms.select("top_parent", "arm", "stratum", "share")


def _since(population: pl.DataFrame) -> pl.Expr:
    return pl.col("created_at") if "created_at" in population.columns else pl.lit(None, TIMESTAMP)


def _drawn(population: pl.DataFrame, arms: pl.DataFrame, rules: HoldoutRules) -> pl.DataFrame:
    """An arm for each top parent that has none: top_parent, arm, stratum, share."""
    parents = _parents(population, rules).join(arms, on="top_parent", how="anti")
    named = pl.col("top_parent").is_in(_named(population, rules))
    parents = parents.with_columns(exempt=named | pl.col("largest"))
    free = parents.filter(~pl.col("exempt"))
    hashes = pl.Series("hash", [fraction(rules.salt, p) for p in free["top_parent"]], pl.Float64)
    free = free.with_columns(hashes).sort("stratum", "hash", "top_parent")
    start = fraction(rules.salt, *sorted(free["top_parent"]))
    place = [math.floor(n * rules.share + start) for n in range(free.height + 1)]
    held = pl.Series("held", [b > a for a, b in pairwise(place)], pl.Boolean)
    arm = pl.when(held).then(pl.lit(HOLDOUT)).otherwise(pl.lit(TREATED))
    exempt = parents.filter("exempt").select("top_parent", arm=pl.lit(EXEMPT), stratum="stratum", share=pl.lit(0.0))
    drawn = free.select("top_parent", arm=arm, stratum="stratum", share=pl.lit(float(rules.share)))
    return pl.concat([drawn, exempt])


def _parents(population: pl.DataFrame, rules: HoldoutRules) -> pl.DataFrame:
    """A row a top parent: its stratum, and whether it is among the largest that hold a share of all ARR."""
    parents = (
        population.sort("weight", "account_id", descending=[True, False])
        .group_by("top_parent", maintain_order=True)
        .agg(pl.col("weight").sum(), pl.col("arr").sum(), pl.col("segment").first().fill_null("?"))
        .sort("weight", "top_parent", descending=[True, False])
    )
    before = pl.col("weight").cum_sum() - pl.col("weight")
    money = bool(population["arr"].is_not_null().any())
    largest = (before < rules.always_served * pl.col("weight").sum()) if money else pl.lit(value=False)
    band = (pl.int_range(pl.len()) * BANDS // pl.len() + 1).cast(pl.String)
    return parents.with_columns(largest=largest, stratum=pl.format("{}|{}", band, "segment"))


def _named(population: pl.DataFrame, rules: HoldoutRules) -> pl.Series:
    """Top parents that people named, themselves or one of their accounts."""
    named = pl.Series(list(rules.exempt), dtype=pl.String)
    mine = pl.col("account_id").is_in(named.implode()) | pl.col("top_parent").is_in(named.implode())
    return population.filter(mine)["top_parent"].unique().implode()


def fraction(*words: str) -> float:
    """A number from 0 to 1, as if drawn, that depends on the words alone."""
    digest = hashlib.blake2b("\x1f".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
