"""What people choose to do by themselves: where nothing is recommended, or besides it.

This door knows no arm: it asks neither who is held out nor why nothing is recommended, so it cannot tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from sqlalchemy import ColumnElement, Connection, insert, select, text, true, update

from consumption.actions.terms import NONE
from consumption.errors import ConsumptionError
from consumption.store.answers import KeyReused
from consumption.store.plans import latest_plan
from consumption.store.reading import UnknownAccount
from consumption.store.records import RUNNING, ActionText
from consumption.store.schema import accounts, own_choices, recommendations

OLDEST_DAYS = 28
"""What is told later than this is told by how it ended; such rows come with `consumption ingest decisions`."""

_CLOCKS_DIFFER = timedelta(minutes=5)
_STANDS = own_choices.c.undone_at.is_(None)


@dataclass(frozen=True)
class Deed:
    """What a person says they did, or are doing.

    `action` is one of the catalogue, or else `own_words` say what it was; `done_at`: now, if empty; `reason`: why.
    """

    account_id: str
    actor: str
    action: str | None = None
    own_words: str | None = None
    done_at: datetime | None = None
    reason: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class OwnChoice:
    """A deed as it was stored; `action` is what was done, in words if `in_own_words`; taken back at `undone_at`."""

    decision_id: str
    account_id: str
    timestamp: datetime
    action: str
    in_own_words: bool
    reason: str | None
    actor: str
    recorded_at: datetime
    undone_at: datetime | None = None


class OwnChoiceIncomplete(ConsumptionError):
    """An own choice lacks what it cannot be understood without."""

    status = 422


class UnknownAction(ConsumptionError):
    """An own choice names an action that the catalogue does not have."""

    status = 422

    def __init__(self, action: str, known: list[str]) -> None:
        near = get_close_matches(action, known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        super().__init__(
            problem=f"the catalogue has no action {action!r}",
            remedy=f"{meant}send one of {', '.join(known)}; or say in `own_words` what it was",
        )


class OwnChoiceOutOfTime(ConsumptionError):
    """An own choice is said to lie in the future, or too far back to be told from how it ended."""

    status = 422


class RecommendedAlready(ConsumptionError):
    """Somebody did by themselves what a card asks for."""

    status = 409

    def __init__(self, action: str, recommendation_id: str) -> None:
        super().__init__(
            problem=f"{action} is recommended for this account now, so it is no choice of one's own",
            remedy=f"answer the recommendation {recommendation_id} instead: accepted, or completed",
        )


def choose(connection: Connection, deed: Deed, at: datetime) -> OwnChoice:
    """The own choice as stored; sent again, by its key or the same action on that day, the one stored before.

    UnknownAccount, OwnChoiceIncomplete, UnknownAction, OwnChoiceOutOfTime, RecommendedAlready or KeyReused where it
    cannot be.
    """
    if connection.scalar(select(accounts.c.account_id).where(accounts.c.account_id == deed.account_id)) is None:
        raise UnknownAccount(deed.account_id)
    action, in_own_words = _what(connection, deed)
    done_at = _when(deed, at)
    made = OwnChoice(
        f"own_{uuid.uuid4().hex}", deed.account_id, done_at, action, in_own_words, deed.reason, deed.actor, at
    )
    _one_at_a_time(connection)
    before = _sent_before(connection, made, deed)
    if before is not None:
        return before
    _refuse_recommended(connection, deed.account_id, action)
    connection.execute(insert(own_choices).values(**vars(made), idempotency_key=deed.idempotency_key or None))
    return made


def list_own_choices(connection: Connection, account_ids: Collection[str]) -> list[OwnChoice]:
    """What people did at these accounts by themselves, latest first, without what was taken back."""
    return stored(connection, own_choices.c.account_id.in_(account_ids) & _STANDS)


def every_own_choice(connection: Connection) -> list[OwnChoice]:
    """All that was ever told, latest first, with what was taken back."""
    return stored(connection, true())


def _what(connection: Connection, deed: Deed) -> tuple[str, bool]:
    """The action, and whether it is in own words; words that name an action of the catalogue are that action."""
    words = (deed.own_words or "").strip()
    if not deed.actor:
        raise OwnChoiceIncomplete("nobody is named as who did it", "send `actor`: the e-mail of the person")
    if bool(deed.action) == bool(words):
        problem = "both `action` and `own_words` are there" if words else "what was done is missing"
        raise OwnChoiceIncomplete(problem, "send `action`, one of the catalogue, or else `own_words`")
    plan = latest_plan(connection)
    catalogue = [action for action in (plan.actions if plan else ()) if action.id != NONE]
    if deed.action and deed.action not in {action.id for action in catalogue}:
        raise UnknownAction(deed.action, sorted(action.id for action in catalogue))
    named = deed.action or _named(words, catalogue)
    return (named, False) if named else (words, True)


def _named(words: str, catalogue: list[ActionText]) -> str | None:
    said = words.rstrip(".").casefold()
    return next((action.id for action in catalogue if said in {action.id, action.title.casefold()}), None)


def _when(deed: Deed, at: datetime) -> datetime:
    said = deed.done_at or at
    if said > at + _CLOCKS_DIFFER:
        raise OwnChoiceOutOfTime(
            f"{said.isoformat()} is in the future", "tell it once it is done, or leave the time out"
        )
    # What is far off is refused before a zone is taken off it: the first and last days of the calendar have no UTC.
    done_at = max(said, at - timedelta(days=OLDEST_DAYS + 2)).astimezone(UTC)
    if done_at.date() < at.date() - timedelta(days=OLDEST_DAYS):
        raise OwnChoiceOutOfTime(
            f"{said.date()} is more than {OLDEST_DAYS} days ago",
            "what is told so late is told by how it ended; load it as history: consumption ingest decisions",
        )
    return min(done_at, at)


def _one_at_a_time(connection: Connection) -> None:
    # As in publishing: SQLite lets one writer in by itself. Of two taps at once the second then finds the first.
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE own_choices IN SHARE ROW EXCLUSIVE MODE"))


def _sent_before(connection: Connection, made: OwnChoice, deed: Deed) -> OwnChoice | None:
    """The one stored under the key; else one of that day without a key, whatever was said of why."""
    mine, key = own_choices.c.actor == made.actor, own_choices.c.idempotency_key
    keyed = (
        next(iter(stored(connection, mine & (key == deed.idempotency_key))), None) if deed.idempotency_key else None
    )
    if keyed is not None:
        # A key that comes again is an echo: what was taken back since does not come back with it.
        gone = keyed.undone_at is not None
        other_day = deed.done_at is not None and keyed.timestamp.date() != made.timestamp.date()
        if gone or other_day or not _same(keyed, made):
            raise KeyReused("own choice")
        return keyed
    like = _like_it_that_day(connection, made, deed)
    if like is not None and deed.idempotency_key:
        # Its key is known from now on: once the choice is taken back, the same request does not make it anew.
        told = update(own_choices).where(own_choices.c.decision_id == like.decision_id)
        connection.execute(told.values(idempotency_key=deed.idempotency_key))
    return like


def _like_it_that_day(connection: Connection, made: OwnChoice, deed: Deed) -> OwnChoice | None:
    told = (
        (own_choices.c.actor == made.actor)
        & _STANDS
        & (own_choices.c.account_id == made.account_id)
        & (own_choices.c.idempotency_key.is_(None) if deed.idempotency_key else True)
    )
    that_day = (one for one in stored(connection, told) if one.timestamp.date() == made.timestamp.date())
    return next((one for one in that_day if _same(one, made)), None)


def _same(one: OwnChoice, other: OwnChoice) -> bool:
    """Whether both say that the same was done, the time apart: who leaves it out says another one each time."""
    return all(getattr(one, name) == getattr(other, name) for name in ("account_id", "action", "actor"))


def stored(connection: Connection, which: ColumnElement[bool]) -> list[OwnChoice]:
    """Own choices, taken back or not, latest first."""
    columns = [own_choices.c[name] for name in OwnChoice.__dataclass_fields__]
    order = own_choices.c.timestamp.desc(), own_choices.c.sequence.desc()
    rows = connection.execute(select(*columns).where(which).order_by(*order))
    return [OwnChoice(**row) for row in rows.mappings()]


def _refuse_recommended(connection: Connection, account_id: str, action: str) -> None:
    """RecommendedAlready where a card that people see asks for it."""
    table = recommendations
    card = select(table.c.recommendation_id).where(
        table.c.account_id == account_id, table.c.action == action, table.c.shown, table.c.status.in_(RUNNING)
    )
    found = connection.scalar(card)
    if found is not None:
        raise RecommendedAlready(action, found)
