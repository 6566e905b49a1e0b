"""What people do with a recommendation, and what it may become."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from consumption.errors import ConsumptionError
from consumption.store.plans import latest_plan
from consumption.store.reading import UnknownRecommendation
from consumption.store.records import Answer, Response
from consumption.store.schema import recommendations, responses
from consumption.tables import RESPONSES

SNOOZE = timedelta(days=7)

# What may follow: a closed recommendation stays closed, and a started one is not started again.
NEXT: dict[str, frozenset[str]] = {
    "open": frozenset(RESPONSES),
    "accepted": frozenset(RESPONSES) - {"accepted"},
    "handed_over": frozenset(RESPONSES),
    "snoozed": frozenset(RESPONSES),
    "completed": frozenset(),
    "dismissed": frozenset(),
    "replaced": frozenset(),
    "withdrawn": frozenset(),
}


class ResponseIncomplete(ConsumptionError):
    """A response lacks what it cannot be understood without."""

    status = 422


class ResponseTooLate(ConsumptionError):
    """A recommendation is past the response that was sent."""

    status = 409


class KeyReused(ConsumptionError):
    """An idempotency key came back with another content."""

    status = 409

    def __init__(self, what: str = "response") -> None:
        super().__init__(
            problem=f"this Idempotency-Key was already used for another {what}",
            remedy=f"send a new key with every new {what}, and the same one only to repeat it",
        )


def respond(connection: Connection, recommendation_id: str, answer: Answer, at: datetime) -> Response:
    """The response as stored; sent again, by its key or word for word, it is the one stored before.

    UnknownRecommendation, ResponseIncomplete, ResponseTooLate or KeyReused where it cannot be.
    """
    answer = _complete(answer, at)
    row = _locked(connection, recommendation_id)
    before = _sent_before(connection, recommendation_id, answer)
    if before is not None:
        return before
    if answer.response not in NEXT[row["status"]]:
        raise _too_late(connection, row, answer)
    if answer.response == "replaced":
        _refuse_unfit(connection, row, answer)
    connection.execute(
        update(recommendations)
        .where(recommendations.c.recommendation_id == recommendation_id)
        .values(_changes(row, answer, at))
    )
    return _stored(connection, row, answer, at)


def list_responses(
    connection: Connection, *, account: str | None = None, recommendation: str | None = None
) -> list[Response]:
    """What people did, latest first."""
    wanted = select(responses).order_by(responses.c.sequence.desc())
    if account is not None:
        wanted = wanted.where(responses.c.account_id == account)
    if recommendation is not None:
        wanted = wanted.where(responses.c.recommendation_id == recommendation)
    return [_response(row) for row in connection.execute(wanted).mappings()]


def _complete(answer: Answer, at: datetime) -> Answer:
    """The answer with a date for a snooze; ResponseIncomplete where something is missing."""
    if answer.response not in RESPONSES:
        raise ResponseIncomplete(f"{answer.response!r} is no response", f"send one of {', '.join(RESPONSES)}")
    if not answer.actor:
        raise ResponseIncomplete("nobody is named as who responds", "send `actor`: the e-mail of the person")
    if answer.response == "replaced" and not answer.action:
        raise ResponseIncomplete(
            "what is done in its place is missing", "send `action`: an action of the catalogue, or your own words"
        )
    if answer.response == "handed_over" and not answer.to:
        raise ResponseIncomplete("who takes over is missing", "send `handed_to`: the e-mail of a colleague")
    if answer.response != "snoozed":
        return answer
    until = answer.until or (at + SNOOZE).date()
    if until <= at.date():
        raise ResponseIncomplete(f"{until} is not in the future", "send `until`: the day it should come back")
    return Answer(**vars(answer) | {"until": until})


def _refuse_unfit(connection: Connection, row: RowMapping, answer: Answer) -> None:
    """ResponseIncomplete for an action of the catalogue that does not fit the account; own words always do."""
    if row["instead"] is None or answer.action in {row["action"], *row["instead"].split(";")}:
        return
    plan = latest_plan(connection)
    if plan is not None and answer.action in {action.id for action in plan.actions}:
        fits = ", ".join(filter(None, row["instead"].split(";"))) or "none of the catalogue"
        raise ResponseIncomplete(
            f"{answer.action} does not fit this account today", f"send one that does ({fits}), or your own words"
        )


def _locked(connection: Connection, recommendation_id: str) -> RowMapping:
    # Only what was shown can be answered, whoever asks: else an id would tell that something was withheld.
    table = recommendations
    wanted = select(table).where(table.c.recommendation_id == recommendation_id, table.c.shown)
    row = connection.execute(wanted.with_for_update()).mappings().first()
    if row is None:
        raise UnknownRecommendation(recommendation_id)
    return row


def _sent_before(connection: Connection, recommendation_id: str, answer: Answer) -> Response | None:
    if answer.idempotency_key:
        wanted = select(responses).where(
            responses.c.actor == answer.actor, responses.c.idempotency_key == answer.idempotency_key
        )
        row = connection.execute(wanted).mappings().first()
        if row is None:
            return None
        if row["recommendation_id"] != recommendation_id or not _same(row, answer):
            raise KeyReused
        return _response(row)
    latest = list_responses(connection, recommendation=recommendation_id)[:1]
    return latest[0] if latest and _same(vars(latest[0]), answer) else None


def _same(stored: Any, answer: Answer) -> bool:  # noqa: ANN401  (a row and a record read the same way)
    fields = {
        "response": answer.response,
        "actor": answer.actor,
        "reason": answer.reason,
        "action": answer.action,
        "handed_to": answer.to,
        "until": answer.until,
    }
    return all(stored[name] == value for name, value in fields.items())


def _changes(row: RowMapping, answer: Answer, at: datetime) -> dict[str, object]:
    return {
        "status": answer.response,
        "snoozed_until": answer.until if answer.response == "snoozed" else None,
        "handed_to": answer.to if answer.response == "handed_over" else row["handed_to"],
        "updated_at": at,
    }


def _stored(connection: Connection, row: RowMapping, answer: Answer, at: datetime) -> Response:
    values: dict[str, Any] = {
        "response_id": f"rsp_{uuid.uuid4().hex}",
        "recommendation_id": row["recommendation_id"],
        "account_id": row["account_id"],
        "timestamp": at,
        "response": answer.response,
        "reason": answer.reason,
        "action": answer.action,
        "until": answer.until,
        "handed_to": answer.to,
        "actor": answer.actor,
    }
    connection.execute(insert(responses).values(**values, idempotency_key=answer.idempotency_key))
    return Response(**values)


def _too_late(connection: Connection, row: RowMapping, answer: Answer) -> ResponseTooLate:
    table = recommendations
    running = select(table.c.recommendation_id).where(
        table.c.account_id == row["account_id"], table.c.shown, table.c.status == "open"
    )
    successor = connection.scalar(running)
    since: date = row["updated_at"].date()
    remedy = f"answer {successor}, which is open for this account" if successor else "nothing is left to do about it"
    return ResponseTooLate(
        problem=f"it cannot be {answer.response}: this recommendation is {row['status']} since {since}",
        remedy=remedy
        if row["status"] == "withdrawn"
        else "only what is running can be answered; its account's page shows who answered what",
    )


def _response(row: RowMapping) -> Response:
    kept = {name: row[name] for name in Response.__dataclass_fields__}
    return Response(**kept)
