"""A small published week: two reps, a lead and an engineer, and accounts with all that can stand on a page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from consumption.store.publication import Publication
from consumption.store.records import ActionText, SignalText
from consumption.tables import LAKE, POPULATION, RANKED, RECOMMENDED, TIMESTAMP

ADA, BEN, CARLA, DEV = "ada@example.com", "ben@example.com", "carla@example.com", "dev@example.com"

ACTIONS = (
    ActionText(
        "enablement_training",
        "Run role-based training",
        "education",
        steps=(
            "Agree with the sponsor which two roles come first.",
            "Run one 60-minute session for each of them on their own data.",
            "Two weeks later, look at who works in it and who does not.",
        ),
        customer_steps=("Name the people of the two roles.", "Free them for one hour."),
    ),
    ActionText(
        "technical_fix",
        "Fix it and escalate",
        "support",
        steps=("Join the open tickets into one.", "Name one engineer and a date.", "Call when it is fixed."),
        customer_steps=("Show us the failing export.",),
    ),
    ActionText(
        "add_seats",
        "Offer more seats before they run out",
        "sales",
        steps=("Show who joined in the last four weeks.", "Offer the next step of seats at today's price."),
        customer_steps=("Confirm how many people will join this quarter.",),
    ),
    ActionText(
        "champion_building",
        "Find and build a second champion",
        "customer_success",
        steps=("Ask who else decides.", "Invite them to the next review."),
        customer_steps=("Introduce us to a second person.",),
    ),
    ActionText("billing_repair", "Repair the bill", "customer_success", steps=("Call accounting.",)),
    ActionText("right_size", "Right-size the contract", "sales", steps=("Bring the use of twelve months.",)),
)
SIGNALS = (
    SignalText("active_users_7d", "users", "Weekly active users"),
    SignalText("seat_utilisation_28d", "share", "Share of seats in use"),
    SignalText("open_severe_ticket_age", "days", "Age of the oldest severe ticket"),
)
FELL = ("active_users_7d", "Weekly active users fell from 31 to 12; peers have 34", 12.0, 31.0, 34.0, "users")
SEATS = ("seat_utilisation_28d", "Only 28 % of the seats are in use; peers use 61 %", 0.28, 0.55, 0.61, "share")
TICKET = ("open_severe_ticket_age", "A severe ticket has been open for 19 days", 19.0, 3.0, 4.0, "days")
FULL = ("seat_utilisation_28d", "97 % of the seats are in use, up from 74 %", 0.97, 0.74, 0.61, "share")
NEWCOMERS = ("new_users_28d", "11 people began to use it in the last four weeks", 11.0, 3.0, 2.0, "users")

# name, segment, owner, yearly value, chance to leave, to grow, hours, action (none: why not), reasons
WEEK: tuple[tuple[Any, ...], ...] = (
    ("Harbour Logistics", "mid-market", ADA, 120_000, 0.31, 0.04, 1.5, "enablement_training", (FELL, SEATS, TICKET)),
    ("Nordlicht Energie", "enterprise", ADA, 410_000, 0.12, 0.05, 1.0, "technical_fix", (TICKET, FELL)),
    ("Brightwater Clinics", "mid-market", ADA, 86_000, 0.03, 0.34, 0.5, "add_seats", (FULL, NEWCOMERS)),
    ("Atelier Fontaine & Fils", "small", ADA, 18_500, 0.42, 0.02, 1.0, "champion_building", (SEATS,)),
    ("Kestrel Aviation Services", "enterprise", ADA, 1_240_000, 0.08, 0.03, 1.5, "right_size", (SEATS, FELL)),
    ("Olive & Thyme Catering", "small", ADA, 9_400, 0.22, 0.03, 0.5, "billing_repair", (TICKET,)),
    (
        "Zentrum für Angewandte Materialforschung",
        "mid-market",
        ADA,
        64_000,
        0.18,
        0.06,
        0.5,
        "technical_fix",
        (FELL,),
    ),
    ("Pinecrest Schools", "mid-market", ADA, 47_000, 0.02, 0.26, 1.0, "add_seats", (NEWCOMERS, FULL)),
    ("Quayside Insurance", "mid-market", ADA, 72_000, 0.09, 0.05, 0.0, "no_hours", ()),
    ("Redwood Analytics", "small", ADA, 21_000, 0.08, 0.04, 0.0, "held_out", ()),
    ("Solstice Travel", "small", ADA, 12_000, 0.04, 0.03, 0.0, "contacted_recently", ()),
    ("Tallgrass Foods", "mid-market", ADA, 58_000, 0.03, 0.05, 0.0, "lower_value", ()),
    ("Umbra Security", "enterprise", ADA, 230_000, 0.04, 0.06, 0.0, "no_hours", ()),
    ("Vela Robotics", "mid-market", BEN, 99_000, 0.27, 0.03, 2.0, "enablement_training", (FELL, SEATS)),
    ("Wildflower Cosmetics", "small", BEN, 15_000, 0.2, 0.03, 1.0, "champion_building", (SEATS,)),
    ("Xenia Hotels", "mid-market", BEN, 44_000, 0.05, 0.04, 0.0, "no_hours", ()),
)


def account_id(position: int) -> str:
    """The id of an account of WEEK."""
    return f"acc-{position:03d}"


def recommendation_id(position: int) -> str:
    """The id of its decision."""
    return f"dec-{position:03d}"


def _frame(rows: list[dict[str, Any]], schema: Any) -> pl.DataFrame:
    names = list(schema)
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=schema, orient="row")


def _ranked(position: int, entry: tuple[Any, ...], as_of: datetime, *, money: bool) -> dict[str, Any]:
    _, _, _, arr, leave, grow, *_ = entry
    return {
        "account_id": account_id(position),
        "as_of": as_of,
        "arr": float(arr) if money else None,
        "weight": float(arr) if money else 1.0,
        "p_churn": leave,
        "p_contraction": 0.04,
        "p_expansion": grow,
        "s_contraction": 0.3,
        "s_expansion": 0.4,
        "help_probability": leave + 0.03,
        "expand_probability": grow,
        "value_at_stake": arr * leave * 0.9 if money else None,
        "value_to_gain": arr * grow * 0.4 if money else None,
        "help_rank": position + (0 if leave >= grow else 100),
        "expand_rank": position + (0 if grow > leave else 100),
        "ranked_by": "the rule for help, first version",
    }


def _population(position: int, entry: tuple[Any, ...], as_of: datetime, *, money: bool) -> dict[str, Any]:
    name, segment, owner, arr, *_ = entry
    renewal = as_of.date() + timedelta(days=60 + 17 * position)
    return {
        "account_id": account_id(position),
        "name": name,
        "segment": segment,
        "region": "Europe",
        "owner": owner,
        "top_parent": account_id(position),
        "created_at": as_of - timedelta(days=900),
        "arr": float(arr) if money else None,
        "weight": float(arr) if money else 1.0,
        "renewal_on": renewal if money else None,
        "decision_on": renewal - timedelta(days=30) if money else None,
        "notice_given": False,
        "attributes": "{}",
    }


def _recommendation(position: int, entry: tuple[Any, ...], as_of: datetime, *, money: bool) -> dict[str, Any]:
    _, _, owner, arr, leave, grow, hours, action, reasons = entry
    chosen = bool(reasons)
    keys = ("code", "text", "value", "baseline", "peer", "unit")
    stake = arr * (leave * 0.84 if leave >= grow else grow * 0.4)
    return {
        "recommendation_id": recommendation_id(position),
        "account_id": account_id(position),
        "as_of": as_of,
        "motion": ("help" if leave >= grow else "expand") if chosen else None,
        "action": action if chosen else "none",
        "rank": position if chosen else None,
        "owner": owner,
        "hours": hours,
        "value_at_stake": stake if money and chosen else None,
        "expected_value": (stake * 0.2 if money else 0.04) if chosen else None,
        "propensity": 0.8,
        "held_out": action == "held_out",
        "reasons": json.dumps([dict(zip(keys, reason, strict=True)) for reason in reasons]),
        "reason_text": reasons[0][1] if chosen else None,
        "why_not": None if chosen else {"held_out": "no_hours"}.get(action, action),
        "would_be": "enablement_training" if action == "held_out" else None,
        "expires_at": as_of + timedelta(days=6),
    }


def brief(position: int, as_of: datetime) -> dict[str, Any]:
    """What the page of an account tells beside its signals."""
    monday = as_of.date() - timedelta(days=as_of.weekday() + 26 * 7)
    people = [max(31 - max(i - 12, 0) * 2 + (i * 7 + position) % 4, 12) for i in range(26)]
    weekly = [
        {
            "week": (monday + timedelta(weeks=i)).isoformat(),
            "active_users": n,
            "events": n * 14 + (i * 37) % 50,
            "value_events": n * 3 + (i * 5) % 11,
        }
        for i, n in enumerate(people)
    ]
    began, ends = as_of.date() - timedelta(days=305), as_of.date() + timedelta(days=60 + 17 * position)
    term = {"starts_on": began.isoformat(), "ends_on": ends.isoformat(), "kind": "subscription"}
    entitlements = [
        {"contract_id": "c-1", "product": "planning", "unit": "seat", "bought": 120, "used": 34, "projected": 29}
        | term,
        {"contract_id": "c-2", "product": "forecast_api", "unit": "credit", "bought": 500_000, "used": 448_000}
        | {"projected": 552_000}
        | term,
        {"contract_id": "c-3", "product": "field_assistant", "unit": "hour", "bought": 900, "used": None} | term,
    ]
    contracts = [{"contract_id": "c-1", "product": "planning", "quantity": 120, "unit": "seat", "arr": 80_000} | term]
    names = ("m.okafor", "j.lindqvist", "s.tanaka", "p.moreau", "night-shift-shared")
    return {
        "weekly": weekly,
        "entitlements": entitlements,
        "contracts": contracts,
        "interactions": _interactions(as_of),
        "people": [
            {
                "user_id": n,
                "active_days_28d": 19 - 4 * i,
                "last_seen": (as_of - timedelta(days=1 + 2 * i)).isoformat(),
            }
            for i, n in enumerate(names)
        ],
    }


def _interactions(as_of: datetime) -> list[dict[str, Any]]:
    def at(days: int) -> str:
        return (as_of - timedelta(days=days)).isoformat()

    return [
        {"timestamp": at(12), "channel": "call", "topic": "review", "closed_at": at(12)}
        | {"text": "Mette asked for a session for the night shift; we promised dates by the end of the month"},
        {"timestamp": at(19), "channel": "ticket", "topic": "export fails", "severity": 1, "closed_at": None}
        | {"text": "The nightly export to the warehouse fails since the release of 2 November"},
        {"timestamp": at(33), "channel": "ticket", "topic": "slow search", "severity": 3, "closed_at": at(30)},
        {"timestamp": at(40), "channel": "survey", "topic": "half-year survey", "score": 6.0, "closed_at": at(39)},
        {"timestamp": at(48), "channel": "invoice", "topic": "Bill 2026-118", "amount": 9_800.0, "closed_at": None},
        {"timestamp": at(90), "channel": "training", "topic": "first steps for planners", "closed_at": at(90)},
        {
            "timestamp": at(120),
            "channel": "invoice",
            "topic": "Bill 2026-074",
            "amount": 9_800.0,
            "closed_at": at(95),
        },
    ]


def _alternatives(position: int, entry: tuple[Any, ...]) -> list[dict[str, Any]]:
    *_, action, reasons = entry
    whys = {
        "technical_fix": "It has no open ticket",
        "billing_repair": "It was done not long ago",
        "add_seats": "Another action brings more for the hours there are",
    }
    rows = []
    for number, text in enumerate(ACTIONS):
        chosen = bool(reasons) and text.id == action
        why = "" if chosen else whys.get(text.id, "Not in this quarter's plan")
        fits = text.id != "technical_fix" or chosen
        value = 4_000.0 - 700 * number
        rows.append(
            {"account_id": account_id(position), "action": text.id, "title": text.title, "effect": value + 60.0}
            | {"value": value, "hours": 1.0 + number / 2, "eligible": fits, "why": why}
        )
    return rows


def _people() -> list[dict[str, Any]]:
    def person(email: str, name: str, role: str) -> dict[str, Any]:
        lead = CARLA if role == "rep" else None
        return {"email": email, "name": name, "team": "Team North", "lead": lead, "role": role, "hours_week": 8.0}

    return [
        person(ADA, "Ada Moreno", "rep"),
        person(BEN, "Ben Achterberg", "rep"),
        person(CARLA, "Carla Weiss", "lead"),
        person(DEV, "Dev Raman", "engineer"),
    ]


def publication(as_of: datetime, *, money: bool = True) -> Publication:
    """The week as it is published."""
    entries = list(enumerate(WEEK, start=1))
    recommended = [_recommendation(i, entry, as_of, money=money) for i, entry in entries]
    more = dict.fromkeys(("reason_text", "why_not", "would_be"), pl.String()) | {"expires_at": TIMESTAMP}
    decisions = [r | {"decision_id": r["recommendation_id"], "timestamp": as_of} for r in recommended]
    decision_schema = {"decision_id": pl.String(), "account_id": pl.String(), "timestamp": TIMESTAMP}
    holdout = {"account_id": pl.String(), "top_parent": pl.String(), "arm": pl.String(), "stratum": pl.String()}
    weighed = {"account_id": pl.String(), "action": pl.String(), "title": pl.String(), "effect": pl.Float64()}
    return Publication(
        as_of=as_of,
        published_at=as_of + timedelta(hours=2),
        ranked=_frame([_ranked(i, e, as_of, money=money) for i, e in entries], RANKED.schema),
        population=_frame([_population(i, e, as_of, money=money) for i, e in entries], POPULATION.schema),
        snapshot=_frame(
            [{"account_id": account_id(i), "as_of": as_of, "active_users_7d": 12.0} for i, _ in entries],
            {"account_id": pl.String(), "as_of": TIMESTAMP, "active_users_7d": pl.Float64()},
        ),
        briefs=pl.DataFrame(
            {
                "account_id": [account_id(i) for i, _ in entries],
                "brief": [json.dumps(brief(i, as_of)) for i, _ in entries],
            }
        ),
        recommendations=_frame(recommended, dict(RECOMMENDED.schema) | more),
        alternatives=_frame(
            [row for i, entry in entries for row in _alternatives(i, entry)],
            weighed | {"value": pl.Float64(), "hours": pl.Float64(), "eligible": pl.Boolean(), "why": pl.String()},
        ),
        decisions=_frame(decisions, decision_schema | {"action": pl.String(), "held_out": pl.Boolean()}),
        holdout=pl.DataFrame(schema=holdout | {"drawn_at": TIMESTAMP}),
        people=_frame(_people(), LAKE["people"].schema),
        actions=ACTIONS,
        model_versions={"help": "rule 1", "expand": "rule 1"},
        policy_version="the first policy",
        seed=1,
        currency="EUR" if money else None,
        money=money,
        summary={"horizon_days": 182},
        signals=SIGNALS,
    )


def midnight(day: date) -> datetime:
    """Its first moment, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
