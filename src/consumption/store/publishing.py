"""One publication, in one transaction: the decisions are logged, then shown, or queued to be sent."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import Column, Connection, Table, bindparam, delete, func, insert, select, text, update

from consumption.store import outbox
from consumption.store.publication import Publication
from consumption.store.schema import accounts, decisions, holdout, people, plans, recommendations
from consumption.store.standing_cards import go_on, withdraw

_ROWS_AT_ONCE = 5_000


def publish(connection: Connection, publication: Publication) -> bool:
    """Whether it is now what people see; the same or an earlier `as_of` changes nothing."""
    _one_at_a_time(connection)
    latest = connection.scalar(select(func.max(plans.c.as_of)))
    if latest is not None and publication.as_of <= latest:
        return False
    plan_id = _plan(connection, publication)
    added = {"plan_id": plan_id, "recorded_at": publication.published_at}
    decided = publication.decision_rows()
    _insert(connection, decisions, _unlogged(connection, decided), added)
    draw(connection, publication.holdout)
    logged = pl.col("recommendation_id").is_in(decided["decision_id"].implode())
    cards = publication.recommendation_rows().filter(logged)
    running_since = withdraw(connection, publication, cards)
    _recommend(connection, publication, cards, plan_id, running_since)
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


def draw(connection: Connection, members: pl.DataFrame) -> None:
    """Who is in which arm is stored once: a later draw of the same account is ignored.

    Who was drawn before shares were stored is given that of `members`.
    """
    known = set(connection.scalars(select(holdout.c.account_id)))
    _insert(connection, holdout, members.filter(~pl.col("account_id").is_in(sorted(known))), {})
    lacking = set(connection.scalars(select(holdout.c.account_id).where(holdout.c.share.is_(None))))
    if lacking and "share" in members.columns:
        known_now = members.filter(pl.col("account_id").is_in(sorted(lacking)))
        rows = known_now.select(account="account_id", chance="share").drop_nulls().to_dicts()
        which = update(holdout).where(holdout.c.account_id == bindparam("account")).values(share=bindparam("chance"))
        if rows:
            connection.execute(which, rows)


def _unlogged(connection: Connection, rows: pl.DataFrame) -> pl.DataFrame:
    """The decisions that are not in the log: a card that goes on was logged when it was first shown."""
    known = _existing(connection, decisions.c.decision_id, rows["decision_id"])
    return rows.filter(~pl.col("decision_id").is_in(list(known)))


def _existing(connection: Connection, column: Column[str], ids: pl.Series) -> set[str]:
    """Which of these ids stand in a column."""
    found: set[str] = set()
    for part in ids.to_frame().iter_slices(_ROWS_AT_ONCE):
        found |= set(connection.scalars(select(column).where(column.in_(part.to_series().to_list()))))
    return found


def _recommend(
    connection: Connection,
    publication: Publication,
    cards: pl.DataFrame,
    plan_id: int,
    running_since: dict[tuple[str, str], datetime],
) -> None:
    """Insert what is new; a card that goes on is told anew where nobody has started it, and keeps its first date."""
    at = publication.published_at
    going_on = _existing(connection, recommendations.c.recommendation_id, cards["recommendation_id"])
    news, same = [], []
    for row in cards.select(name for name in cards.columns if name in recommendations.c).to_dicts():
        row |= {"plan_id": plan_id, "status": "open", "updated_at": at}
        if row["recommendation_id"] in going_on:
            same.append(row)
        else:
            since = running_since.get((row["account_id"], row["action"]), at)
            news.append(row | {"created_at": since})
    go_on(connection, same, publication.as_of)
    news = outbox.without_repeats(connection, news)
    _insert_rows(connection, recommendations, news)
    outbox.queue(connection, news, at)


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
