"""What is sent without a person: queued as it is published, taken by one sender at a time, noted with every try."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, literal, or_, select, update

from consumption.actions.terms import SELF_SERVICE
from consumption.actions.week import monday_of
from consumption.store.outbox_tables import deliveries, outbox
from consumption.store.schema import decisions, recommendations

WEBHOOK, FILE = "webhook", "file"
"""The doors by which something goes out."""

_AT_ONCE = 500
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Queued:
    """One recommendation that nobody carries out. `sent_at` is empty while it is to be sent, or has lapsed."""

    recommendation_id: str
    account_id: str
    action: str
    as_of: datetime
    queued_at: datetime
    lapses_at: datetime
    tries: int
    sent_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """One try: by which door, whether it arrived, and what went wrong, in our words."""

    recommendation_id: str
    at: datetime
    door: str
    delivered: bool
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Sending:
    """How many were sent, are to be sent, and never will be: too late, answered, or not fitting any more."""

    sent: int
    to_send: int
    never: int


def queue(connection: Connection, news: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Put what is newly shown and needs nobody into the outbox, within the transaction that shows it.

    What is withheld is not shown, and so never comes here.
    """
    rows = [_row(row, at) for row in news if _alone(row)]
    if rows:
        connection.execute(insert(outbox), rows)


def without_repeats(connection: Connection, news: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is new, without what was queued for the same account within a week, unless that was withdrawn unsent.

    A plan that knew of the earlier one would have let it rest; one that did not must neither send it twice, nor show
    beside what was sent something that never will be.
    """
    alone = [row for row in news if _alone(row)]
    if not alone:
        return list(news)
    as_of = min(row["as_of"] for row in alone)
    gone = select(recommendations.c.recommendation_id).where(recommendations.c.status == "withdrawn")
    stands = or_(outbox.c.sent_at.is_not(None), outbox.c.recommendation_id.not_in(gone))
    lately = select(outbox.c.account_id, outbox.c.action).where(outbox.c.as_of > as_of - _WEEK, stands)
    known = {(account, action) for account, action in connection.execute(lately)}
    return [row for row in news if not _alone(row) or (row["account_id"], row["action"]) not in known]


def _alone(row: Mapping[str, Any]) -> bool:
    return bool(row["shown"]) and row["delivery"] == SELF_SERVICE


def _row(row: Mapping[str, Any], at: datetime) -> dict[str, object]:
    kept = {name: row[name] for name in ("recommendation_id", "account_id", "action", "as_of")}
    return kept | {"queued_at": at, "lapses_at": row["expires_at"] or _end_of_week(row["as_of"]), "tries": 0}


def _end_of_week(as_of: datetime) -> datetime:
    return datetime.combine(monday_of(as_of) + _WEEK, time(), UTC)


def to_send(connection: Connection, at: datetime) -> list[Queued]:
    """What may be sent at that moment and is in nobody's hands: what was tried least first, then the oldest."""
    order = (outbox.c.tries, outbox.c.queued_at, outbox.c.recommendation_id)
    return list(_found(connection, [_waits(at), _free(at)], order))


def take(connection: Connection, ids: Collection[str], at: datetime, until: datetime) -> set[str]:
    """Which of these are now in the caller's hands, and in nobody else's until that moment."""
    taken: set[str] = set()
    for part in _parts(ids):
        # One statement: of two who try at the same moment the second finds the first's mark.
        mine = update(outbox).where(outbox.c.recommendation_id.in_(part), _waits(at), _free(at))
        taken |= set(connection.scalars(mine.values(taken_until=until).returning(outbox.c.recommendation_id)))
    return taken


def unsent(connection: Connection, at: datetime) -> pl.DataFrame:
    """recommendation_id, account_id, action of all that was not sent and has not lapsed at that moment."""
    names = ("recommendation_id", "account_id", "action")
    wanted = select(*(outbox.c[name] for name in names)).where(outbox.c.sent_at.is_(None), outbox.c.lapses_at > at)
    rows = [tuple(row) for row in connection.execute(wanted)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def give_back(connection: Connection, ids: Collection[str], until: datetime) -> None:
    """These, taken until that moment, are in nobody's hands any more."""
    for part in _parts(ids):
        mine = update(outbox).where(outbox.c.recommendation_id.in_(part), outbox.c.taken_until == until)
        connection.execute(mine.values(taken_until=None))


def note(connection: Connection, tried: Sequence[Delivery]) -> None:
    """Write tries down: what arrived is sent, since its first arrival; what did not is anybody's to try again."""
    if not tried:
        return
    connection.execute(insert(deliveries), [vars(one) for one in tried])
    for one in tried:
        mine = update(outbox).where(outbox.c.recommendation_id == one.recommendation_id)
        first = {"sent_at": func.coalesce(outbox.c.sent_at, _moment(one.at))} if one.delivered else {}
        connection.execute(mine.values(tries=outbox.c.tries + 1, taken_until=None, **first))


def sent_again(connection: Connection, ids: Collection[str], since: datetime | None) -> list[Queued]:
    """What was sent, oldest first: of these ids by whatever door, or all that a receiver took since that moment."""
    which: list[ColumnElement[bool]] = [outbox.c.sent_at.is_not(None)]
    which += [outbox.c.recommendation_id.in_(sorted(ids))] if ids else []
    if since is not None:
        by_webhook = deliveries.c.delivered & (deliveries.c.door == WEBHOOK) & (deliveries.c.at >= since)
        which.append(outbox.c.recommendation_id.in_(select(deliveries.c.recommendation_id).where(by_webhook)))
    return list(_found(connection, which, (outbox.c.sent_at, outbox.c.recommendation_id)))


def queued(connection: Connection, ids: Collection[str]) -> dict[str, Queued]:
    """Those of these recommendations that are, or were, in the outbox."""
    found: dict[str, Queued] = {}
    for part in _parts(ids):
        rows = _found(connection, [outbox.c.recommendation_id.in_(part)], (outbox.c.recommendation_id,))
        found |= {one.recommendation_id: one for one in rows}
    return found


def tries(connection: Connection, recommendation_id: str | None, limit: int) -> list[Delivery]:
    """The log of tries, latest first; of one recommendation, or of all."""
    wanted = select(deliveries).order_by(deliveries.c.sequence.desc()).limit(limit)
    if recommendation_id is not None:
        wanted = wanted.where(deliveries.c.recommendation_id == recommendation_id)
    rows = connection.execute(wanted).mappings()
    return [Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__}) for row in rows]


def standing(connection: Connection, at: datetime, as_of: datetime | None) -> Sending:
    """How all that was ever queued stands at a moment, or what the plan of `as_of` queued.

    What that plan decided once more counts as what was queued for the same account in the week before.
    """
    wanted = select(func.count(), func.count(outbox.c.sent_at), func.count().filter(_waits(at))).select_from(outbox)
    if as_of is not None:
        wanted = wanted.where(or_(outbox.c.as_of == as_of, _decided_again(as_of)))
    every, sent, waiting = connection.execute(wanted).one()
    return Sending(sent, waiting, every - sent - waiting)


def _decided_again(as_of: datetime) -> ColumnElement[bool]:
    lately = and_(outbox.c.as_of < as_of, outbox.c.as_of > as_of - _WEEK)
    same = and_(decisions.c.account_id == outbox.c.account_id, decisions.c.action == outbox.c.action)
    itself = outbox.alias()
    queued_anew = exists().where(itself.c.recommendation_id == decisions.c.decision_id)
    return and_(lately, exists().where(decisions.c.as_of == as_of, same, ~queued_anew))


def _waits(at: datetime) -> ColumnElement[bool]:
    return and_(_unsent(), outbox.c.lapses_at > at)


def _unsent() -> ColumnElement[bool]:
    # What somebody answered, or a plan withdrew, is not sent any more.
    still = select(recommendations.c.recommendation_id).where(recommendations.c.status == "open")
    return and_(outbox.c.sent_at.is_(None), outbox.c.recommendation_id.in_(still))


def _free(at: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.taken_until.is_(None), outbox.c.taken_until <= at)


def _moment(at: datetime) -> ColumnElement[datetime]:
    return literal(at, outbox.c.sent_at.type)


def _found(
    connection: Connection, which: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[Any]]
) -> Iterator[Queued]:
    rows = connection.execute(select(outbox).where(*which).order_by(*order)).mappings()
    return (Queued(**{name: row[name] for name in Queued.__dataclass_fields__}) for row in rows)


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    every = sorted(ids)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
