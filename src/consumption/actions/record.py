"""How a decision is written down as the recommendation that people see."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from consumption.actions import about
from consumption.actions.holdout import HOLDOUT
from consumption.actions.inputs import Inputs
from consumption.actions.reasons import told
from consumption.actions.terms import NONE
from consumption.actions.week import TEAM, monday_of
from consumption.actions.why import NOT_THEIRS, WHY_NOT, said, why_not
from consumption.tables import RECOMMENDED, TIMESTAMP

URGENT_DAYS = 30


def decided(
    population: pl.DataFrame, chosen: pl.DataFrame, chances: pl.DataFrame, pairs: pl.DataFrame
) -> pl.DataFrame:
    """One row an account: what is done, what would be, why not, and how likely that was.

    account_id, arm, action, would_be, second_pass, mandatory, why_not, propensity, propensities (JSON), and nothing,
    the propensity of doing nothing.
    """
    arms = pairs.select("account_id", "arm").unique("account_id", keep="first", maintain_order=True)
    best = pairs.filter("open").group_by("account_id").agg(best=pl.col("value").max())
    closed = pl.col("eligible") & ~pl.col("open") & (pl.col("delivery") != "self_service")
    unseen = pairs.group_by("account_id").agg(
        pl.col("unseen").any(),
        contacted=(closed & pl.col("contacted")).any(),
        rested=(closed & pl.col("resting")).any(),
        not_theirs=(pl.col("why") == WHY_NOT[NOT_THEIRS]).any(),
    )
    held = (pl.col("arm") == HOLDOUT) & (pl.col("chosen_in") != "mandatory")
    rows = (
        population.select("account_id", "notice_given")
        .join(arms, on="account_id", how="left", maintain_order="left")
        .join(chosen, on="account_id", how="left", maintain_order="left")
        .join(best, on="account_id", how="left", maintain_order="left")
        .join(unseen, on="account_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("contacted", "rested", "not_theirs", "unseen").fill_null(value=False),
            withheld=held.fill_null(value=False),
        )
        .with_columns(would_be=pl.when("withheld").then("action"))
        .with_columns(action=pl.when("withheld").then(pl.lit(NONE)).otherwise(pl.col("action").fill_null(NONE)))
        .with_columns(
            second_pass=(pl.col("chosen_in") == "second").fill_null(value=False),
            mandatory=(pl.col("chosen_in") == "mandatory").fill_null(value=False),
        )
    )
    codes = why_not(rows.filter(pl.col("action") == NONE))
    return (
        rows.join(codes, on="account_id", how="left", maintain_order="left")
        .join(_likely(rows, chances), on="account_id", how="left", maintain_order="left")
        .drop("chosen_in", "best", "contacted", "rested", "not_theirs", "unseen", "notice_given")
    )


def _likely(rows: pl.DataFrame, chances: pl.DataFrame) -> pl.DataFrame:
    """account_id, propensity (of what is done), propensities (JSON: each that had a chance, and none), nothing."""
    must = rows.filter("mandatory").select("account_id", "action", propensity=pl.lit(1.0))
    likely = pl.concat([chances, must])
    total = likely.group_by("account_id").agg(none=1.0 - pl.col("propensity").sum())
    nothing = (
        rows.select("account_id")
        .join(total, on="account_id", how="left")
        .select("account_id", action=pl.lit(NONE), propensity=pl.col("none").fill_null(1.0).clip(0, 1))
    )
    every = pl.concat([nothing, likely]).with_columns(pl.col("propensity").round(9))
    listed = (
        every.sort("account_id", "action")
        .select("account_id", entry=pl.format('"{}": {}', "action", "propensity"))
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("entry").str.join(", "))
        .select("account_id", propensities=pl.format("{{{}}}", "entry"))
    )
    taken = rows.select("account_id", "action").join(every, on=["account_id", "action"], how="left")
    return (
        taken.select("account_id", "propensity")
        .join(listed, on="account_id")
        .join(nothing.select("account_id", nothing="propensity"), on="account_id")
    )


@dataclass(frozen=True)
class Written:
    """What every row of one plan has in common."""

    as_of: datetime
    policy_version: str
    model_version: str
    seed: int
    currency: str | None
    money: bool

    def identify(self, account_id: str) -> str:
        """The id of the decision about an account: the same for the same account, date and policy."""
        text = f"{account_id}|{self.as_of.isoformat()}|{self.policy_version}"
        return "r" + hashlib.blake2b(text.encode(), digest_size=10).hexdigest()

    @property
    def expires_at(self) -> datetime:
        """The end of the ISO week."""
        monday = monday_of(self.as_of) + timedelta(days=7)
        return datetime(monday.year, monday.month, monday.day, tzinfo=self.as_of.tzinfo)

    def recommendations(
        self, rows: pl.DataFrame, inputs: Inputs, pairs: pl.DataFrame, waiting: pl.DataFrame
    ) -> pl.DataFrame:
        """RECOMMENDED frame with more columns, one row an account, by account_id; what goes on keeps its id."""
        what = pairs.select(
            "account_id", "action", "title", "motion", "service_line", "skill", "delivery", "hours", "cost", "effect",
            "value", pair_owner="owner",
        )  # fmt: skip
        owned = inputs.population.select("account_id", "decision_on", account_owner="owner")
        joined = (
            rows.join(what, on=["account_id", "action"], how="left", maintain_order="left")
            .join(owned, on="account_id", how="left", maintain_order="left")
            .join(about.probabilities(inputs.ranked), on=["account_id", "motion"], how="left", maintain_order="left")
            .join(about.contract(inputs), on="account_id", how="left", maintain_order="left")
            .join(told(inputs, rows), on="account_id", how="left", maintain_order="left")
            .join(about.instead(rows, pairs), on="account_id", how="left", maintain_order="left")
            .with_columns(self._common(rows))
            .with_columns(about.carried_on(rows, waiting).alias("recommendation_id"))
        )
        return RECOMMENDED.check(_ranked(joined.with_columns(self._worded())).select(*RECOMMENDED.schema, *MORE))

    def _common(self, rows: pl.DataFrame) -> list[pl.Expr | pl.Series]:
        text = pl.String()
        return [
            pl.Series("recommendation_id", [self.identify(a) for a in rows["account_id"]], text),
            pl.lit(self.as_of, TIMESTAMP).alias("as_of"),
            pl.lit(self.expires_at, TIMESTAMP).alias("expires_at"),
            pl.lit(self.policy_version).alias("policy_version"),
            pl.lit(self.model_version).alias("model_version"),
            pl.lit(self.currency, text).alias("currency"),
        ]

    def _worded(self) -> list[pl.Expr]:
        nothing = pl.col("action") == NONE
        code = pl.col("why_not").replace({c: said(c) for c in WHY_NOT})
        sentence = pl.col("why_not").replace(WHY_NOT)
        worth = pl.when(nothing).then(0.0).otherwise("value") if self.money else pl.lit(None, pl.Float64)
        soon = (pl.col("decision_on") - pl.lit(self.as_of.date())).dt.total_days() <= URGENT_DAYS
        urgency = pl.when("mandatory").then(2.0).when(soon.fill_null(value=False)).then(1.0).otherwise(0.0)
        return [
            pl.coalesce("pair_owner", "account_owner", pl.lit(TEAM)).alias("owner"),
            pl.col("hours").fill_null(0.0),
            worth.alias("expected_value"),
            (nothing & (pl.col("arm") == HOLDOUT)).fill_null(value=False).alias("held_out"),
            pl.when(nothing).then(pl.lit("Do nothing")).otherwise("title").alias("title"),
            pl.when(nothing).then(sentence).otherwise("reason_text").alias("reason_text"),
            pl.when(nothing)
            .then(_why_json(code, sentence))
            .otherwise(pl.col("reasons").fill_null("[]"))
            .alias("reasons"),
            pl.when(~nothing).then(urgency).alias("priority"),
        ]


MORE = (
    "contract_id", "product", "title", "reason_text", "probability", "currency", "priority", "why_not", "would_be",
    "model_version", "policy_version", "expires_at", "mandatory", "second_pass", "service_line", "skill", "delivery",
    "effect", "instead", "cost",
)  # fmt: skip


def _why_json(code: pl.Expr, sentence: pl.Expr) -> pl.Expr:
    """The reason nothing was chosen, as the one reason in the list."""
    blank = [pl.lit(None, pl.Float64).alias(c) for c in ("value", "baseline", "peer")]
    reason = pl.struct(code.alias("code"), sentence.alias("text"), *blank, pl.lit(None, pl.String).alias("unit"))
    return pl.format("[{}]", reason.struct.json_encode())


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """With `rank`: the place in the owner's list, most valuable first; null where there is no card to show."""
    card = (pl.col("action") != NONE) & (pl.col("delivery") != "self_service")
    order = rows.sort("owner", "mandatory", "value", "account_id", descending=[False, True, True, False])
    place = order.with_columns(rank=pl.when(card).then(card.cast(pl.Int64).cum_sum().over("owner")))
    return place.sort("account_id")
