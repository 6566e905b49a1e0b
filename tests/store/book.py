"""A small book of business as one publication, for tests of the store and of what is served from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from consumption.actions.why import WHY_NOT
from consumption.store.log import HOLDOUT_SCHEMA
from consumption.store.publication import Publication
from consumption.store.records import ActionText, SignalText
from consumption.store.viewer import Viewer
from consumption.tables import DECISIONS, PEOPLE, POPULATION, RANKED, RECOMMENDED, TIMESTAMP

MONDAY = datetime(2025, 6, 2, tzinfo=UTC)
NOON = MONDAY + timedelta(hours=12)
DAY = timedelta(days=1)

REP = Viewer("ada@us.test", "Ada", "rep", frozenset({"read", "respond"}))
LEAD = Viewer("lea@us.test", "Lea", "lead", frozenset({"read", "respond"}))
ENGINEER = Viewer("eve@us.test", "Eve", "engineer", frozenset({"read", "respond"}))

# What no rep may ever read, planted in every text of a held-out account that has a place for it.
SECRETS = (
    "held_out",
    "would_be",
    "propensity",
    "second_pass",
    '"arm"',
    "control",
    "executive_call",
    "Call the sponsor",
)

ACTIONS = (
    ActionText("training", "Run role-based training", "education", ("Book a room", "Teach"), ("Send five people",)),
    ActionText("executive_call", "Call the sponsor", "customer_success", ("Call",), ("Answer",)),
    ActionText("add_seats", "Add seats before overage", "sales", ("Offer",), ("Sign",)),
)


@dataclass(frozen=True)
class Standing:
    """How one account stands in a plan: what was chosen for it, or why nothing was."""

    account_id: str
    action: str = "none"
    owner: str = "ada@us.test"
    segment: str = "small"
    why_not: str | None = None
    held_out: bool = False
    would_be: str | None = None
    mandatory: bool = False


# One to do for each of two reps, one without hours, one held out, one held out with a duty all the same.
STANDINGS = (
    Standing("acme", "training"),
    Standing("birch", "add_seats", segment="large"),
    Standing("cedar", "training", owner="bob@us.test"),
    Standing("delta", why_not="no_hours"),
    Standing("elm", why_not="no_hours", held_out=True, would_be="executive_call"),
    Standing("fir", why_not="lower_value"),
    Standing("gum", "training", owner="bob@us.test", held_out=True, mandatory=True),
)


def publication(
    as_of: datetime = MONDAY, standings: Sequence[Standing] = STANDINGS, *, money: bool = True
) -> Publication:
    """A publication at six in the morning of `as_of`, one account a standing, ranked in that order."""
    return Publication(
        as_of=as_of,
        published_at=as_of + timedelta(hours=6),
        ranked=_ranked(as_of, standings, money=money),
        population=_population(standings, money=money),
        snapshot=_snapshot(as_of, standings),
        briefs=_briefs(standings),
        recommendations=_recommendations(as_of, standings),
        alternatives=_alternatives(standings),
        decisions=_decisions(as_of, standings),
        holdout=_holdout(as_of, standings),
        people=people(),
        actions=ACTIONS,
        model_versions={"help": "3", "expand": "2"},
        policy_version="p1",
        seed=7,
        currency="EUR",
        money=money,
        summary={"hours": 12, "team_told": True},
        signals=(SignalText("active_users_28d", "users", "People who used it in four weeks"),),
    )


def recommendation_id(account_id: str, as_of: datetime = MONDAY) -> str:
    """The id that the recommendation of an account has in the publication of that day."""
    return f"rec-{as_of:%Y%m%d}-{account_id}"


def people() -> pl.DataFrame:
    """Two reps, their lead, an engineer."""
    rows = [
        ("ada@us.test", "Ada", "rep", 8.0),
        ("bob@us.test", "Bob", "rep", 4.0),
        ("lea@us.test", "Lea", "lead", None),
        ("eve@us.test", "Eve", "engineer", None),
    ]
    known = pl.DataFrame(rows, schema=["email", "name", "role", "hours_week"], orient="row")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in PEOPLE.schema.items() if name not in known.columns]
    return known.with_columns(missing).with_columns(service_lines=pl.lit("education; field"))


def _frame(rows: Sequence[Mapping[str, object]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _ranked(as_of: datetime, standings: Sequence[Standing], *, money: bool) -> pl.DataFrame:
    rows = [
        {
            "account_id": s.account_id,
            "as_of": as_of,
            "arr": 120_000.0 if money else None,
            "weight": 120_000.0 if money else 1.0,
            "p_churn": 0.2,
            "p_contraction": 0.1,
            "p_expansion": 0.05,
            "s_contraction": 0.3,
            "s_expansion": 0.2,
            "help_probability": 0.28,
            "expand_probability": 0.04,
            "value_at_stake": 31_000.0 if money else None,
            "value_to_gain": 960.0 if money else None,
            "help_rank": place,
            "expand_rank": len(standings) + 1 - place,
            "ranked_by": "3",
        }
        for place, s in enumerate(standings, 1)
    ]
    return _frame(rows, RANKED.schema)


def _population(standings: Sequence[Standing], *, money: bool) -> pl.DataFrame:
    rows = [
        {
            "account_id": s.account_id,
            "name": f"{s.account_id.title()} Ltd",
            "segment": s.segment,
            "industry": "timber",
            "region": "north",
            "owner": s.owner,
            "top_parent": s.account_id,
            "created_at": MONDAY - 400 * DAY,
            "arr": 120_000.0 if money else None,
            "weight": 120_000.0 if money else 1.0,
            "renewal_on": date(2026, 1, 12),
            "decision_on": date(2025, 12, 12),
            "notice_given": False,
            "attributes": json.dumps({"salesforce_id": f"sf-{s.account_id}", "tier": 2}),
        }
        for s in standings
    ]
    return _frame(rows, POPULATION.schema)


def _snapshot(as_of: datetime, standings: Sequence[Standing]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": [s.account_id for s in standings],
            "as_of": [as_of] * len(standings),
            "active_users_28d": [58.0] * len(standings),
            "nps_last": ([None] * len(standings) + [float("nan")])[1:][: len(standings)],
        },
        schema={"account_id": pl.String, "as_of": TIMESTAMP, "active_users_28d": pl.Float64, "nps_last": pl.Float64},
    )


def _briefs(standings: Sequence[Standing]) -> pl.DataFrame:
    texts = [
        json.dumps({"asks": [{"text": f"Ask {s.account_id}", "held_out": s.held_out}], "would_be": s.would_be})
        for s in standings
    ]
    schema = {"account_id": pl.String, "brief": pl.String}
    return pl.DataFrame({"account_id": [s.account_id for s in standings], "brief": texts}, schema=schema)


def _recommendations(as_of: datetime, standings: Sequence[Standing]) -> pl.DataFrame:
    rows = [
        {
            "recommendation_id": recommendation_id(s.account_id, as_of),
            "account_id": s.account_id,
            "as_of": as_of,
            "motion": "help" if s.action != "none" else None,
            "action": s.action,
            "rank": place if s.action != "none" else None,
            "owner": s.owner,
            "hours": 6.0 if s.action != "none" else 0.0,
            "value_at_stake": 31_000.0,
            "expected_value": 4_200.0 if s.action != "none" else None,
            "propensity": 0.9,
            "held_out": s.held_out,
            "reasons": json.dumps([{"code": "active_users_28d", "text": "Fell from 96 to 58", "value": 58.0}]),
            "probability": 0.28,
            "why_not": s.why_not,
            "would_be": s.would_be,
            "mandatory": s.mandatory,
            "model_version": "3",
        }
        for place, s in enumerate(standings, 1)
    ]
    extra = {"probability": pl.Float64(), "mandatory": pl.Boolean()}
    extra |= {name: pl.String() for name in ("why_not", "would_be", "model_version")}
    return _frame(rows, pl.Schema({**RECOMMENDED.schema, **extra}))


def _alternatives(standings: Sequence[Standing]) -> pl.DataFrame:
    rows = [
        (s.account_id, a, None, 0.01, 900.0, 6.0, True, _why_lost(s, a))
        for s in standings
        for a in ("training", "add_seats")
    ]
    schema = {
        "account_id": pl.String,
        "action": pl.String,
        "title": pl.String,
        "effect": pl.Float64,
        "value": pl.Float64,
        "hours": pl.Float64,
        "eligible": pl.Boolean,
        "why": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _why_lost(standing: Standing, action: str) -> str | None:
    """Why it lost; nothing for the one chosen, and nothing for the one a held-out account would have got."""
    won = action == (standing.action if standing.would_be is None else "training")
    return "" if won else WHY_NOT[standing.why_not or "lower_value"]


def _decisions(as_of: datetime, standings: Sequence[Standing]) -> pl.DataFrame:
    rows = [
        (recommendation_id(s.account_id, as_of), s.account_id, as_of, s.action, 0.9, s.would_be, s.held_out, 8.0)
        for s in standings
    ]
    kept = ("decision_id", "account_id", "timestamp", "action", "propensity", "would_be")
    schema = pl.Schema(
        {**{name: DECISIONS.schema[name] for name in kept}, "held_out": pl.Boolean(), "week_hours": pl.Float64()}
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _holdout(as_of: datetime, standings: Sequence[Standing]) -> pl.DataFrame:
    rows = [
        (s.account_id, s.account_id, "control" if s.held_out else "treated", "small", as_of, 0.1) for s in standings
    ]
    return pl.DataFrame(rows, schema=HOLDOUT_SCHEMA, orient="row")
