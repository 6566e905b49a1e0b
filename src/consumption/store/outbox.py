"""What is sent without a person: queued as it is published, taken by one sender at a time, noted with every try."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, literal, or_, select, update

from consumption.actions.terms import SELF_SERVICE
from consumption.actions.week import monday_of
from consumption.store.outbox_tables import deliveries, outbox
from consumption.store.schema import recommendations

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
    """How many were sent, are to be sent, and never will be: their week was over, or somebody answered them."""

    sent: int
    to_send: int
    never: int


def queue(connection: Connection, news: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Put what is newly shown and needs nobody into the outbox, within the transaction that shows it.

    What is withheld is not shown, and so never comes here. The same action for the same account is taken once a week:
    a plan that knew of the earlier one would have let it rest, and one that did not must not send it twice.
    """
    alone = [row for row in news if row["shown"] and row["delivery"] == SELF_SERVICE]
    if not alone:
        return
    as_of = min(row["as_of"] for row in alone)
    lately = select(outbox.c.account_id, outbox.c.action).where(outbox.c.as_of > as_of - _WEEK)
    known = {(account, action) for account, action in connection.execute(lately)}
    rows = [_row(row, at) for row in alone if (row["account_id"], row["action"]) not in known]
    if rows:
        connection.execute(insert(outbox), rows)


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
    """How all that was ever queued stands at a moment, or what the plan of `as_of` queued."""
    wanted = select(func.count(), func.count(outbox.c.sent_at), func.count().filter(_waits(at))).select_from(outbox)
    if as_of is not None:
        wanted = wanted.where(outbox.c.as_of == as_of)
    every, sent, waiting = connection.execute(wanted).one()
    return Sending(sent, waiting, every - sent - waiting)


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
