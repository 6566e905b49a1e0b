"""Interactions: tickets, surveys, calls, meetings, trainings, visits, invoices and what customers say they gained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.tables import TIMESTAMP
from consumption.world.arrays import Flags, words
from consumption.world.effects import ACTIONS
from consumption.world.history import Past
from consumption.world.state import WEEK
from consumption.world.texts import FOLLOWS, TEXTS
from consumption.world.tickets import (
    NOT_YET,
    Part,
    in_week,
    live_weeks,
    severe_tickets,
    surveys,
    ticket_surveys,
    tickets,
)
from consumption.world.truth import account_ids

_FIELDS = ("account", "second", "channel", "text", "measure", "score", "severity", "minutes", "amount", "closed")


def interactions(past: Past, terms: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One row an interaction before today; what was answered, closed or paid later is still open."""
    live = live_weeks(past)
    everyday = tickets(past, live, rng)
    parts = [
        severe_tickets(past, rng),
        everyday,
        *ticket_surveys(past, everyday, rng),
        surveys(past, live, rng),
        *(_touches(past, live, touch, rng) for touch in _TOUCHES),
        *_follow_ups(past, rng),
        _invoices(past, terms, rng),
    ]
    return _written(past, pl.concat([_frame(past, part, rng) for part in parts], how="diagonal_relaxed"))


@dataclass(frozen=True)
class _Touch:
    """A kind of contact that comes without a plan: how often, for an account and week, and how long."""

    channel: str
    rate: float
    minutes: int


_TOUCHES = (
    _Touch("call", 0.030, 20),
    _Touch("email", 0.040, 5),
    _Touch("meeting", 0.012, 50),
    _Touch("training", 0.004, 120),
    _Touch("visit", 0.004, 150),
)


def _touches(past: Past, live: Flags, touch: _Touch, rng: np.random.Generator) -> Part:
    """Contacts that come without a plan, more often in large accounts."""
    week, account = np.nonzero(rng.random(live.shape) < touch.rate * (1.0 + 1.5 * past.traits.large) * live)
    second = in_week(past, week, rng)
    length = np.round(touch.minutes * rng.uniform(0.5, 1.6, len(week)))
    return {"account": account, "second": second, "channel": touch.channel, "minutes": length}


def _follow_ups(past: Past, rng: np.random.Generator) -> list[Part]:
    """What carried-out actions leave behind; a value review often ends with an outcome the customer states."""
    chosen = past.chosen
    parts: list[Part] = []
    for action, (channel, minutes) in FOLLOWS.items():
        rows = np.flatnonzero((chosen.action == ACTIONS.index(action)) & chosen.carried_out)
        second = (chosen.day[rows] + rng.integers(2, 12, len(rows))) * 86_400 + rng.integers(
            30_000, 60_000, len(rows)
        )
        length = np.full(len(rows), float(minutes))
        parts.append({"account": chosen.account[rows], "second": second, "channel": channel, "minutes": length})
        if action == "value_review":
            says = rng.random(len(rows)) < 0.5
            parts.append(
                {"account": chosen.account[rows][says], "second": second[says] + 86_400, "channel": "outcome"}
            )
    return parts


def _invoices(past: Past, terms: pl.DataFrame, rng: np.random.Generator) -> Part:
    """An invoice on the first day of each term; a few stay unpaid, more of them where there is friction."""
    first = terms.filter(pl.col("starts").is_between(past.first_day, past.today - 1))
    account, day = first["account"].to_numpy(), first["starts"].to_numpy()
    n = len(account)
    week = np.clip((day - past.first_day) // WEEK, 0, past.weeks - 1)
    unpaid = rng.random(n) < 0.012 + 0.06 * past.weekly["friction"][week, account]
    issued = day * 86_400 + 8 * 3_600
    paid = issued + (24 * np.exp(0.45 * rng.standard_normal(n)) * 86_400).astype(np.int64)
    return {
        "account": account,
        "second": issued,
        "channel": "invoice",
        "amount": np.round(first["arr"].to_numpy() * past.traits.months[account] / 12, 2),
        "closed": np.where(unpaid, NOT_YET, paid),
    }


def _frame(past: Past, part: Part, rng: np.random.Generator) -> pl.DataFrame:
    """One part as a table, with a text a row: only what happened before today and while the account was there."""
    channel, topic = str(part["channel"]), str(part.get("text", part["channel"]))
    account = np.asarray(part["account"])
    n = len(account)
    texts = TEXTS[topic]
    columns = {
        name: pl.Series(name, part[name]) for name in _FIELDS if name in part and not isinstance(part[name], str)
    }
    frame = pl.DataFrame(columns).with_columns(
        channel=pl.lit(channel),
        topic=pl.lit(
            {"severe": "outage", "ticket": "question", "nps": "survey", "csat": "survey", "ces": "survey"}.get(
                topic, topic
            )
        ),
        measure=pl.lit(part.get("measure"), dtype=pl.String),
        text=words("text", texts, rng.integers(0, len(texts), n)),
        left=pl.Series(np.minimum(past.lost[account], past.today) * 86_400),
    )
    return frame.filter(pl.col("second") < pl.col("left")).drop("left")


def _written(past: Past, rows: pl.DataFrame) -> pl.DataFrame:
    today = past.today * 86_400
    rows = rows.sort("second", "account", "channel", "minutes", "amount", maintain_order=True).with_row_index("n")
    closed = (pl.col("closed") >= 0) & (pl.col("closed") < today)
    moment = (pl.col("second") * 1_000_000).cast(TIMESTAMP)
    answered = pl.when((pl.col("channel") != "survey") | closed)
    return rows.select(
        interaction_id="I" + (pl.col("n") + 100_001).cast(pl.String),
        account_id=account_ids(past.traits.number).gather(rows["account"]),
        timestamp=moment,
        channel="channel",
        topic="topic",
        measure="measure",
        score=answered.then(pl.col("score").fill_nan(None)),
        severity="severity",
        minutes=pl.when((pl.col("channel") != "ticket") | closed).then("minutes"),
        amount="amount",
        closed_at=pl.when(closed).then((pl.col("closed") * 1_000_000).cast(TIMESTAMP)),
        text="text",
    )
