"""Which cards of this week's lists stay: what is new must be worth more than what it displaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from consumption.actions.fitting import fitting
from consumption.actions.holdout import HOLDOUT
from consumption.actions.planner import plan

CLEARED, DISPLACED = "cleared", "displaced"
ENDED = {"recommendation_id": pl.String(), "because": pl.String()}
WORTH_MORE = 1.5
"""What is new must be worth so many times what it displaces: a small gain is not worth a list that keeps moving."""

_ASKED = ("account_id", "action", "value", "hours", "owner", "skill")


@dataclass(frozen=True)
class Kept:
    """`cards`: rows of pairs with decision_id, chosen_in, propensities, served (false: withheld, held out).

    `ended`: recommendation_id, because: cards that stand no longer. cleared: the reason for it is gone; displaced:
    something worth more needs its hours.
    """

    cards: pl.DataFrame
    ended: pl.DataFrame


def keep(
    waiting: pl.DataFrame,
    pairs: pl.DataFrame,
    must: pl.DataFrame,
    hours: pl.DataFrame,
    limits: Mapping[str, int] | None,
) -> Kept:
    """The cards that stay on this week's lists, held-out accounts' share of them too.

    `waiting`: see `standing`; `pairs`: every account and action with value, hours, owner, skill, eligible, open,
    mandatory, arm; `must`: those already settled because they must be done; `hours`, `limits`: what these leave.
    What is served keeps within them: where they became fewer, what no longer fits ends.
    """
    settled = pairs.join(must, on="account_id", how="anti", maintain_order="left")
    here = (
        settled.filter(~pl.col("mandatory"))
        .join(waiting, on=["account_id", "action"], how="inner", maintain_order="left")
        .unique(["account_id", "action"], keep="first", maintain_order=True)
    )
    cards = here.filter("eligible").with_columns(served=(pl.col("arm") != HOLDOUT).fill_null(value=True))
    others = settled.filter(pl.col("open") & (pl.col("value") > 0)).join(cards, on="account_id", how="anti")
    aside = cards.filter(~pl.col("served"))
    stay = _stay(cards, others, _lent(hours, aside), _counts_lent(limits, aside))
    kept = fitting(cards.join(stay, on=["account_id", "action"], how="semi", maintain_order="left"), hours, limits)
    return Kept(kept, _ended(waiting, must, cards, kept))


def _ended(waiting: pl.DataFrame, must: pl.DataFrame, cards: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """The cards that stand no longer, and why; a card that must be done goes on by itself."""
    on = waiting.join(must, on=["account_id", "action"], how="anti")
    gone = on.join(kept, on="decision_id", how="anti")
    outdone = pl.col("decision_id").is_in(cards["decision_id"].implode()) | pl.col("account_id").is_in(
        must["account_id"].implode()
    )
    because = pl.when(outdone).then(pl.lit(DISPLACED)).otherwise(pl.lit(CLEARED))
    return gone.select(recommendation_id="decision_id", because=because).sort("recommendation_id")


def _lent(hours: pl.DataFrame, withheld: pl.DataFrame) -> pl.DataFrame:
    """The hours the lists were made for: what is withheld takes none, so its hours are given to it here."""
    whole = withheld.group_by("owner").agg(whole=pl.col("hours").sum())
    part = withheld.group_by("owner", "skill").agg(part=pl.col("hours").sum())
    more = pl.when(pl.col("skill").is_null()).then("whole").otherwise("part").fill_null(0.0)
    return (
        hours.join(whole, on="owner", how="left", maintain_order="left")
        .join(part, on=["owner", "skill"], how="left", maintain_order="left")
        .select("owner", "skill", hours=pl.col("hours") + more)
    )


def _counts_lent(limits: Mapping[str, int] | None, withheld: pl.DataFrame) -> dict[str, int] | None:
    """The counts the lists were made for."""
    counts = dict(withheld["action"].value_counts().iter_rows())
    return {action: most + counts.get(action, 0) for action, most in limits.items()} if limits else None


def _stay(
    cards: pl.DataFrame, others: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None
) -> pl.DataFrame:
    """account_id, action of the cards that no others displace.

    A card is worth at least what its hours bring elsewhere at today's prices: it may have been chosen to learn from.
    """
    if cards.is_empty():
        return cards.select("account_id", "action")
    rivals = others.select(_ASKED)
    worth = cards.select(*_ASKED[:2], pl.col("value").clip(1e-9), *_ASKED[3:])
    prices = plan(pl.concat([worth, rivals]), hours, limits).prices.filter(pl.col("action").is_null())
    whole = prices.filter(pl.col("skill").is_null()).select("owner", whole="price")
    part = prices.filter(pl.col("skill").is_not_null()).select("owner", "skill", part="price")
    going = pl.col("hours") * (pl.col("whole").fill_null(0.0) + pl.col("part").fill_null(0.0))
    held = (
        worth.join(whole, on="owner", how="left", maintain_order="left")
        .join(part, on=["owner", "skill"], how="left", maintain_order="left")
        .with_columns(value=WORTH_MORE * pl.max_horizontal("value", going))
        .select(_ASKED)
    )
    chosen = plan(pl.concat([held, rivals]), hours, limits).chosen
    return chosen.join(cards, on=["account_id", "action"], how="semi").select("account_id", "action")
