"""What one publication consists of, and the rows it becomes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from consumption.actions.why import HELD_OUT
from consumption.errors import ConsumptionError
from consumption.store.records import ActionText, SignalText, external_id
from consumption.tables import PEOPLE, POPULATION, RANKED, RECOMMENDED, SNAPSHOT, TIMESTAMP

# The end of a list: after every rank there can be.
LAST = 2**31 - 1

_TEXT, _NUMBER, _FLAG = pl.String(), pl.Float64(), pl.Boolean()

# Columns a recommendation may carry beyond the contract of RECOMMENDED; null where absent.
EXTRA: dict[str, pl.DataType] = {
    "contract_id": _TEXT,
    "product": _TEXT,
    "title": _TEXT,
    "reason_text": _TEXT,
    "probability": _NUMBER,
    "currency": _TEXT,
    "priority": _NUMBER,
    "why_not": _TEXT,
    "would_be": _TEXT,
    "model_version": _TEXT,
    "policy_version": _TEXT,
    "expires_at": TIMESTAMP,
    "mandatory": _FLAG,
    "instead": _TEXT,
    "delivery": _TEXT,
}
DECISION_EXTRA: dict[str, pl.DataType] = {
    "propensity": _NUMBER,
    "propensities": _TEXT,
    "would_be": _TEXT,
    "decided_by": _TEXT,
    "as_of": TIMESTAMP,
    "model_version": _TEXT,
    "policy_version": _TEXT,
    "seed": pl.Int64(),
    "second_pass": _FLAG,
    "held_out": _FLAG,
}


# Why a card stands no longer; two more are found when a plan is published: its week is over, another took its place.
ENDED: dict[str, pl.DataType] = {"recommendation_id": _TEXT, "because": _TEXT}
CLEARED, WEEK_OVER, REPLACED = "cleared", "week_over", "another"

_LOGGED = {"decision_id", "account_id", "timestamp", "action", *DECISION_EXTRA}


class UnloggedRecommendation(ConsumptionError):
    """Something was about to be shown that is not in the log of decisions."""

    status = 500

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(
            problem=f"{len(ids)} recommendations have no decision of the same id, for instance {', '.join(ids[:3])}",
            remedy="make the plan again (consumption recommend); nothing was published",
        )


@dataclass(frozen=True)
class Publication:
    """Everything that one publication shows, and the log of how it was decided.

    `ranked`, `population`, `snapshot`, `people`: frames of the contracts of those names. `briefs`: account_id,
    brief (JSON object as text). `recommendations`: RECOMMENDED, with any of the columns in EXTRA. `alternatives`:
    account_id, action, title, effect, value, hours, eligible, why (empty for the one chosen), optionally told
    (whether a rep may read of it). `decisions`: decision_id (that of the recommendation), account_id, timestamp,
    action, with any of DECISION_EXTRA; what else it was made from (budgets, eligible set) is logged as context.
    `holdout`: account_id, top_parent, arm, stratum, drawn_at; who is stored keeps their arm. `money`: are there
    contracts. `ended`: recommendation_id, because (cleared, displaced) of cards that stand no longer. `fits`:
    account_id, action: what each may get today; None: nobody knows. What was published under the same id goes on.
    """

    as_of: datetime
    published_at: datetime
    ranked: pl.DataFrame
    population: pl.DataFrame
    snapshot: pl.DataFrame
    briefs: pl.DataFrame
    recommendations: pl.DataFrame
    alternatives: pl.DataFrame
    decisions: pl.DataFrame
    holdout: pl.DataFrame
    people: pl.DataFrame
    actions: Sequence[ActionText]
    model_versions: Mapping[str, str]
    policy_version: str
    seed: int
    currency: str | None
    money: bool
    summary: Mapping[str, object]
    signals: Sequence[SignalText] = field(default_factory=tuple)
    ended: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ENDED))
    fits: pl.DataFrame | None = None

    def plan_row(self) -> dict[str, object]:
        """The one row of `plans`."""
        return {
            "as_of": self.as_of,
            "published_at": self.published_at,
            "model_versions": json.dumps(dict(self.model_versions)),
            "policy_version": self.policy_version,
            "seed": self.seed,
            "currency": self.currency,
            "money": self.money,
            "summary": json.dumps(dict(self.summary), default=str),
            "actions": json.dumps([vars(action) for action in self.actions]),
            "signals": json.dumps([vars(signal) for signal in self.signals]),
        }

    def decision_rows(self) -> pl.DataFrame:
        """One row a decision, as it is logged."""
        return _filled(self.decisions, DECISION_EXTRA).select(
            "decision_id",
            "account_id",
            "timestamp",
            "action",
            "propensity",
            "propensities",
            "would_be",
            pl.col("decided_by").fill_null("policy"),
            pl.col("as_of").fill_null(pl.lit(self.as_of, TIMESTAMP)),
            "model_version",
            pl.col("policy_version").fill_null(self.policy_version),
            pl.col("seed").fill_null(self.seed),
            pl.col("second_pass").fill_null(value=False),
            pl.col("held_out").fill_null(value=False),
            _as_json(self.decisions, [c for c in self.decisions.columns if c not in _LOGGED]).alias("context"),
        )

    def recommendation_rows(self) -> pl.DataFrame:
        """One row a recommendation; `shown` says whether people may see it as something to do."""
        frame = _filled(RECOMMENDED.check(self.recommendations), EXTRA)
        self._check_logged(frame)
        chosen = pl.col("action") != "none"
        mandatory = pl.col("mandatory").fill_null(value=False)
        return (
            frame.select(*RECOMMENDED.schema, *EXTRA)
            .join(self._texts(), on="action", how="left")
            .join(self._account_texts(), on="account_id", how="left")
            .with_columns(
                pl.col("title").fill_null(pl.col("catalogue_title")),
                mandatory.alias("mandatory"),
                (chosen & (mandatory | ~pl.col("held_out"))).alias("shown"),
                pl.col("rank").fill_null(LAST).alias("position"),
                pl.col("currency").fill_null(pl.lit(self.currency, _TEXT)),
                pl.col("policy_version").fill_null(self.policy_version),
                pl.col("steps", "customer_steps").fill_null("[]"),
                _why_not().alias("why_not"),
            )
            .drop("catalogue_title")
        )

    def account_rows(self) -> pl.DataFrame:
        """One row an account in force, with everything a page or a program reads about it."""
        standing = self.recommendation_rows().select(
            "account_id", "held_out", pl.when("shown").then(None).otherwise(pl.col("why_not")).alias("why_not")
        )
        people_and_terms = POPULATION.check(self.population).drop("arr", "weight")
        return (
            RANKED.check(self.ranked)
            .join(people_and_terms, on="account_id", how="inner")
            .join(standing, on="account_id", how="left")
            .join(self._signals(), on="account_id", how="left")
            .join(self.briefs.select("account_id", "brief"), on="account_id", how="left")
            .join(self._alternatives(), on="account_id", how="left")
            .with_columns(
                pl.when(pl.col("help_rank") <= pl.col("expand_rank"))
                .then(pl.lit("help"))
                .otherwise(pl.lit("expand"))
                .alias("motion"),
                pl.min_horizontal("help_rank", "expand_rank").alias("best_rank"),
                pl.lit(self.currency if self.money else None, _TEXT).alias("currency"),
                pl.col("held_out").fill_null(value=False),
                pl.col("attributes", "signals", "brief").fill_null("{}"),
                pl.col("alternatives").fill_null('{"items":[]}'),
            )
        )

    def people_rows(self) -> pl.DataFrame:
        """One row a person; who has no role is a rep."""
        return self.people.select(*PEOPLE.schema).with_columns(pl.col("role").fill_null("rep"))

    def _check_logged(self, frame: pl.DataFrame) -> None:
        chosen = frame.filter(pl.col("action") != "none")
        missing = chosen.join(self.decisions, left_on="recommendation_id", right_on="decision_id", how="anti")
        if missing.height:
            raise UnloggedRecommendation(missing["recommendation_id"].sort().to_list())

    def _texts(self) -> pl.DataFrame:
        rows = [
            (a.id, a.title, a.service_line, json.dumps(a.steps), json.dumps(a.customer_steps)) for a in self.actions
        ]
        names = ("action", "catalogue_title", "service_line", "steps", "customer_steps")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, _TEXT), orient="row")

    def _account_texts(self) -> pl.DataFrame:
        ids = [external_id(json.loads(text or "{}")) for text in self.population["attributes"]]
        return self.population.select(
            "account_id",
            "segment",
            pl.col("name").alias("account_name"),
            pl.Series("external_account_id", ids, dtype=_TEXT),
        )

    def _signals(self) -> pl.DataFrame:
        frame = SNAPSHOT.check(self.snapshot)
        names = [name for name in frame.columns if name not in SNAPSHOT.schema]
        return frame.select("account_id", _as_json(frame, names).alias("signals"))

    def _alternatives(self) -> pl.DataFrame:
        fields = ("action", "title", "effect", "value", "hours", "eligible", "why")
        told = () if "told" not in self.alternatives.columns else ("told",)
        by_account = self.alternatives.group_by("account_id", maintain_order=True).agg(
            pl.struct(*fields, *told).alias("items")
        )
        return by_account.select("account_id", pl.struct("items").struct.json_encode().alias("alternatives"))


def _filled(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame with all of these columns, in these types; null where it lacked one."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in frame.columns]
    return frame.with_columns(missing).with_columns(pl.col(name).cast(dtype) for name, dtype in columns.items())


def _as_json(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """These columns as one JSON object a row; what is no number is null."""
    if not names:
        return pl.lit("{}")
    finite = [pl.col(n).fill_nan(None) if frame.schema[n].is_float() else pl.col(n) for n in names]
    return pl.struct(finite).struct.json_encode()


def _why_not() -> pl.Expr:
    """A held-out account is told from the others by its own code, which only engineers and admins ever read."""
    withheld = pl.col("held_out") & pl.col("would_be").is_not_null() & (pl.col("action") == "none")
    return pl.when(withheld).then(pl.lit(HELD_OUT)).otherwise(pl.col("why_not"))
