"""Friction: what gets in the way."""

from __future__ import annotations

import polars as pl

from consumption.features.depth import _events_84d
from consumption.features.exact import from_micro
from consumption.features.growth import _active_users_84d
from consumption.features.signal import signal, weeks

_TICKET = pl.col("channel") == "ticket"
_SEVERE = _TICKET & (pl.col("severity") <= 2)
_INVOICE = pl.col("channel") == "invoice"
_UNPAID = _INVOICE & pl.col("is_open")
_TOPIC = pl.col("topic").str.to_lowercase()
_DISPUTED = _INVOICE & _TOPIC.str.contains("dispute", literal=True)
_UNFINISHED = (pl.col("started") - pl.col("finished")).clip(lower_bound=0)
# With fewer, one that is still under way would look like a flow that never works.
_FEWEST_STARTS = 5


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


@signal(unit="share", family="friction", window=weeks(4), source="flows", label="Begun and not finished",
        direction=-1, driver="friction")  # fmt: skip
def unfinished_flow_share() -> pl.Expr:
    """Starts without a finish, of all starts, over the flows that settings name: failed or given up."""
    return _UNFINISHED.sum() / pl.col("started").sum()


@signal(unit="share", family="friction", window=weeks(4), source="flows", label="What fails most: not finished",
        direction=-1, driver="friction")  # fmt: skip
def worst_flow_unfinished_share() -> pl.Expr:
    """Starts without a finish of the flow that is worst, of those begun at least five times."""
    return (_UNFINISHED / pl.col("started")).filter(pl.col("started") >= _FEWEST_STARTS).max()


@signal(unit="events", family="friction", window=weeks(4), source="sign_ins", label="Failed sign-ins", silence=0,
        direction=-1, driver="friction")  # fmt: skip
def sign_in_failures() -> pl.Expr:
    """Attempts to sign in that failed."""
    return pl.col("failures").sum()


@signal(unit="users", family="friction", window=weeks(4), source="sign_ins", label="Users who could not get in",
        silence=0, direction=-1, driver="friction")  # fmt: skip
def locked_out_users() -> pl.Expr:
    """Users whose sign-in failed and of whom the window has no other event."""
    return (pl.col("user_id").is_not_null() & (pl.col("other_events") == 0)).sum()


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


@signal(unit="ratio", family="friction", of=(tickets, _active_users_84d), window=weeks(12),
        label="Tickets per 100 active users", direction=-1, driver="friction")  # fmt: skip
def tickets_per_100_users(opened: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Tickets opened for every 100 users active in the same 12 weeks."""
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


@signal(unit="count", family="friction", source="interactions", label="Tickets opened again", silence=0, direction=-1,
        driver="friction")  # fmt: skip
def reopened_tickets() -> pl.Expr:
    """Tickets that a version received in the last 12 weeks opened again; or begun then, on the topic `reopened`."""
    again = (pl.col("reopened_days_ago") <= weeks(12)).fill_null(value=False)
    told = ((_TOPIC == "reopened") & (pl.col("days_ago") <= weeks(12))).fill_null(value=False)
    return (_TICKET & (again | told)).sum()


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


@signal(unit="count", family="friction", window=weeks(52), source="interactions", label="Bills disputed in a year",
        silence=0, direction=-1, driver="friction")  # fmt: skip
def disputes() -> pl.Expr:
    """Invoices with a topic that says `dispute`, settled or not."""
    return _DISPUTED.sum()


@signal(unit="money", family="friction", source="interactions", label="Bills in dispute", silence=0, direction=-1,
        driver="friction")  # fmt: skip
def disputed_amount() -> pl.Expr:
    """Amount of invoices in dispute that are not settled yet."""
    return from_micro(pl.col("amount").filter(_DISPUTED & pl.col("is_open")).sum())
