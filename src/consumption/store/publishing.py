"""One publication, in one transaction: the decisions are logged, then shown."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Table, and_, delete, func, insert, select, text, update

from consumption.store.publication import Publication
from consumption.store.schema import accounts, decisions, holdout, people, plans, recommendations

_ROWS_AT_ONCE = 5_000


def publish(connection: Connection, publication: Publication) -> bool:
    """Whether it is now what people see; the same or an earlier `as_of` changes nothing."""
    _one_at_a_time(connection)
    latest = connection.scalar(select(func.max(plans.c.as_of)))
    if latest is not None and publication.as_of <= latest:
        return False
    plan_id = _plan(connection, publication)
    added = {"plan_id": plan_id, "recorded_at": publication.published_at}
    _insert(connection, decisions, publication.decision_rows(), added)
    _draw(connection, publication.holdout)
    running_since = _supersede(connection, publication.published_at)
    _recommend(connection, publication, plan_id, running_since)
    _wake(connection, publication, plan_id)
    _replace(connection, accounts, publication.account_rows(), {"plan_id": plan_id})
    _replace(connection, people, publication.people_rows(), {})
    return True


def _one_at_a_time(connection: Connection) -> None:
    # SQLite lets one writer in from BEGIN IMMEDIATE on; PostgreSQL has to be asked. Readers never wait.
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE plans IN EXCLUSIVE MODE"))


def _plan(connection: Connection, publication: Publication) -> int:
    added = connection.execute(insert(plans).values(publication.plan_row()))
    primary_key = added.inserted_primary_key
    if primary_key is None:
        raise RuntimeError("the database gave the new plan no id")
    return int(primary_key[0])


def _draw(connection: Connection, members: pl.DataFrame) -> None:
    """Who is in which arm is stored once: a later draw of the same account is ignored."""
    known = set(connection.scalars(select(holdout.c.account_id)))
    _insert(connection, holdout, members.filter(~pl.col("account_id").is_in(sorted(known))), {})


def _supersede(connection: Connection, at: datetime) -> dict[tuple[str, str], datetime]:
    """Withdraws what nobody answered, forgets what nobody saw; since when each (account, action) was recommended."""
    table = recommendations
    unanswered = and_(table.c.shown, table.c.status == "open")
    rows = connection.execute(select(table.c.account_id, table.c.action, table.c.created_at).where(unanswered))
    running_since = {(row.account_id, row.action): row.created_at for row in rows}
    connection.execute(update(table).where(unanswered).values(status="withdrawn", updated_at=at))
    connection.execute(delete(table).where(~table.c.shown))
    return running_since


def _recommend(
    connection: Connection, publication: Publication, plan_id: int, running_since: dict[tuple[str, str], datetime]
) -> None:
    at = publication.published_at
    rows = publication.recommendation_rows().to_dicts()
    for row in rows:
        since = running_since.get((row["account_id"], row["action"]), at)
        row |= {"plan_id": plan_id, "status": "open", "created_at": since, "updated_at": at}
    _insert_rows(connection, recommendations, rows)


def _wake(connection: Connection, publication: Publication, plan_id: int) -> None:
    """A snooze that ran out gives way to what the new plan says about the account."""
    table = recommendations
    anew = select(table.c.account_id).where(table.c.plan_id == plan_id, table.c.shown).scalar_subquery()
    ran_out = and_(table.c.status == "snoozed", table.c.snoozed_until <= publication.as_of.date())
    connection.execute(
        update(table)
        .where(ran_out, table.c.plan_id != plan_id, table.c.account_id.in_(anew))
        .values(status="withdrawn", updated_at=publication.published_at)
    )


def _replace(connection: Connection, table: Table, frame: pl.DataFrame, added: dict[str, object]) -> None:
    connection.execute(delete(table))
    _insert(connection, table, frame, added)


def _insert(connection: Connection, table: Table, frame: pl.DataFrame, added: dict[str, object]) -> None:
    known = frame.select(name for name in frame.columns if name in table.c)
    for part in known.iter_slices(_ROWS_AT_ONCE):
        _insert_rows(connection, table, [row | added for row in part.iter_rows(named=True)])


def _insert_rows(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
