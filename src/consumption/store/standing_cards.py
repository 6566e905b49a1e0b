"""What a new plan does to the cards that stand: they go on, come back from a snooze, or end and say why."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update
from sqlalchemy.engine import Row

from consumption.actions.terms import SELF_SERVICE
from consumption.store import outbox
from consumption.store.publication import CLEARED, ENDED, REPLACED, WEEK_OVER, Publication
from consumption.store.schema import recommendations

_TABLE = recommendations
_ASKED = ("recommendation_id", "account_id", "action", "status", "delivery", "created_at", "expires_at")


def withdraw(
    connection: Connection, publication: Publication, cards: pl.DataFrame
) -> dict[tuple[str, str], datetime]:
    """Ends every card that nobody has started and that the plan does not go on with; forgets what nobody saw.

    A snooze that ran out comes back by itself, unless the plan has something else for the account, or ended the card.
    What waits in the outbox ends too where its account is gone, or may not get it any more: it is not sent.
    Returns since when each (account, action) that was open had been recommended.
    """
    day = publication.as_of.date()
    back = and_(_TABLE.c.status == "snoozed", _TABLE.c.snoozed_until <= day)
    wanted = select(*(_TABLE.c[name] for name in _ASKED)).where(_TABLE.c.shown, or_(_TABLE.c.status == "open", back))
    rows = connection.execute(wanted).all()
    unfit = _unfit(outbox.unsent(connection, publication.as_of), publication)
    _change(connection, list(_ends(rows, publication, cards, unfit)), publication.published_at)
    connection.execute(delete(_TABLE).where(~_TABLE.c.shown))
    return {(row.account_id, row.action): row.created_at for row in rows if row.status == "open"}


def _unfit(waiting: pl.DataFrame, publication: Publication) -> set[str]:
    """Of what is still to be sent, that whose account this plan lacks, or says that it may not get it."""
    fit = waiting.join(publication.population, on="account_id", how="semi")
    if publication.fits is not None:
        fit = fit.join(publication.fits, on=["account_id", "action"], how="semi")
    return set(waiting["recommendation_id"]) - set(fit["recommendation_id"])


def _ends(
    rows: Sequence[Row[Any]], publication: Publication, cards: pl.DataFrame, unfit: Container[str]
) -> Iterator[dict[str, object]]:
    """The new standing of each card that the plan does not name."""
    named = set(cards["recommendation_id"])
    anew = set(cards.filter("shown")["account_id"])
    ended = dict(publication.ended.select(*ENDED).iter_rows())
    for row in rows:
        if row.recommendation_id in named:
            continue
        because = ended.get(row.recommendation_id) or (REPLACED if row.account_id in anew else None)
        if row.recommendation_id in unfit:
            because = CLEARED
        elif row.status == "open":
            over = row.expires_at is not None and row.expires_at <= publication.as_of
            if row.delivery == SELF_SERVICE and not over:
                continue  # It was sent, or is to be: no card takes its place.
            because = because or (WEEK_OVER if over else REPLACED)
        yield {
            "_id": row.recommendation_id,
            "_status": "withdrawn" if because else "open",
            "_because": because,
        }


def _change(connection: Connection, ends: list[dict[str, object]], at: datetime) -> None:
    if ends:
        connection.execute(
            update(_TABLE)
            .where(_TABLE.c.recommendation_id == bindparam("_id"))
            .values(
                status=bindparam("_status"), ended_because=bindparam("_because"), snoozed_until=None, updated_at=at
            ),
            ends,
        )


def go_on(connection: Connection, rows: Sequence[dict[str, object]], as_of: datetime) -> None:
    """Tell cards that go on anew, back from their snooze too; one that somebody answered stays as it is."""
    if not rows:
        return
    back = and_(_TABLE.c.status == "snoozed", _TABLE.c.snoozed_until <= as_of.date())
    told = [name for name in rows[0] if name not in {"recommendation_id", "created_at"}]
    # One statement for all of them: to build it anew for each of thousands takes longer than to carry it out.
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.recommendation_id == bindparam("_id"), or_(_TABLE.c.status == "open", back))
        .values({name: bindparam(f"_{name}") for name in told} | {"snoozed_until": None}),
        [{f"_{name}": row[name] for name in told} | {"_id": row["recommendation_id"]} for row in rows],
    )
