"""Friction: what gets in the way."""

from __future__ import annotations

import polars as pl

from consumption.features.depth import _events_84d
from consumption.features.exact import from_micro
from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks

_TICKET = pl.col("channel") == "ticket"
_SEVERE = _TICKET & (pl.col("severity") <= 2)
_UNPAID = (pl.col("channel") == "invoice") & pl.col("is_open")


@signal(unit="events", family="friction", window=weeks(12), source="daily", label="Errors in 12 weeks", silence=0,
        direction=-1, driver="friction")  # fmt: skip
def _errors() -> pl.Expr:
    """Events that settings declare as errors."""
    return pl.col("error_events").sum()


@signal(unit="ratio", family="friction", of=(_errors, _events_84d), window=weeks(12), label="Errors per 100 events",
        direction=-1, driver="friction")  # fmt: skip
def errors_per_100_events(errors: pl.Expr, events: pl.Expr) -> pl.Expr:
    """Error events for every 100 events."""
    return pl.when(events > 0).then(100 * errors / events)


@signal(unit="count", family="friction", window=weeks(12), source="interactions", label="Tickets in 12 weeks",
        silence=0, direction=-1, driver="friction")  # fmt: skip
def tickets() -> pl.Expr:
    """Tickets opened."""
    return _TICKET.sum()


@signal(unit="count", family="friction", window=weeks(12), source="interactions", label="Severe tickets in 12 weeks",
        silence=0, direction=-1, driver="friction")  # fmt: skip
def severe_tickets() -> pl.Expr:
    """Tickets of severity 1 or 2 opened."""
    return _SEVERE.sum()


@signal(unit="ratio", family="friction", of=(tickets, active_users), window=weeks(12),
        label="Tickets per 100 active users", direction=-1, driver="friction")  # fmt: skip
def tickets_per_100_users(opened: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Tickets opened for every 100 users active in the last 28 days."""
    return pl.when(users > 0).then(100 * opened / users)


@signal(unit="count", family="friction", source="interactions", label="Open tickets", silence=0, direction=-1,
        driver="friction")  # fmt: skip
def open_tickets() -> pl.Expr:
    """Tickets not closed yet; one that is closed later is open now."""
    return (_TICKET & pl.col("is_open")).sum()


@signal(unit="days", family="friction", source="interactions", label="Oldest severe ticket still open", silence=0,
        direction=-1, driver="friction")  # fmt: skip
def open_severe_ticket_days() -> pl.Expr:
    """Age of the oldest open ticket of severity 1 or 2; 0 where none is open."""
    return pl.col("days_ago").filter(_SEVERE & pl.col("is_open")).max().fill_null(0.0)


@signal(unit="days", family="friction", window=weeks(26), source="interactions", label="Time to close a ticket",
        direction=-1, driver="friction")  # fmt: skip
def ticket_days_to_close() -> pl.Expr:
    """Median days from opening to closing, of the window's tickets that are closed."""
    return pl.col("days_open").filter(_TICKET).median()


@signal(unit="money", family="friction", source="interactions", label="Unpaid invoices", silence=0, direction=-1,
        driver="friction")  # fmt: skip
def unpaid_amount() -> pl.Expr:
    """Amount of invoices not paid yet."""
    return from_micro(pl.col("amount").filter(_UNPAID).sum())


@signal(unit="days", family="friction", source="interactions", label="Oldest unpaid invoice", silence=0, direction=-1,
        driver="friction")  # fmt: skip
def unpaid_days() -> pl.Expr:
    """Age of the oldest unpaid invoice; 0 where all are paid."""
    return pl.col("days_ago").filter(_UNPAID).max().fill_null(0.0)
