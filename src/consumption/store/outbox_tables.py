"""The tables of what is sent without a person: what waits and what went out, and every try."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from consumption.store.columns import METADATA, Moment

# One row a recommendation that nobody carries out, from its publication on; it is to be sent until `sent_at`, and
# never after `lapses_at`. Whoever is about to send it takes it until a moment, so that nobody else does meanwhile.
outbox = Table(
    "outbox",
    METADATA,
    Column("recommendation_id", ForeignKey("recommendations.recommendation_id"), primary_key=True),
    Column("account_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("lapses_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("taken_until", Moment),
    Column("sent_at", Moment),
    Index(None, "sent_at", "lapses_at"),
    Index(None, "account_id", "action"),
)

# Append only: every try, also those that failed. `error` is in our words, never what the receiver wrote.
deliveries = Table(
    "deliveries",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("recommendation_id", ForeignKey("outbox.recommendation_id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("door", String, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Index(None, "recommendation_id"),
)
