"""An own choice that was told by mistake is taken back: it stays stored, and says since when it stands no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from consumption.errors import ConsumptionError
from consumption.store.own_choices import OLDEST_DAYS, OwnChoice, OwnChoiceOutOfTime, stored
from consumption.store.schema import own_choices


class UnknownOwnChoice(ConsumptionError):
    """No own choice of that id stands at the account."""

    status = 404

    def __init__(self, account_id: str, decision_id: str) -> None:
        super().__init__(
            problem=f"the account {account_id!r} has no own choice {decision_id!r}",
            remedy="take the id from the account's list of own choices",
        )


class NotYourChoice(ConsumptionError):
    """Somebody would take back what another person said they did."""

    status = 403

    def __init__(self, actor: str) -> None:
        super().__init__(f"{actor} said that they did this", "ask them to take it back, or do it with their key")


def take_back(
    connection: Connection, account_id: str, decision_id: str, at: datetime, *, actor: str | None = None
) -> OwnChoice:
    """The own choice, which stands no longer; taken back again, it keeps its first moment.

    `actor`: only what that person said; anybody's, if None. What went to the lake meanwhile gets a correcting version
    there (`log.decisions_since`). UnknownOwnChoice, NotYourChoice or OwnChoiceOutOfTime where it cannot be.
    """
    mine = (own_choices.c.decision_id == decision_id) & (own_choices.c.account_id == account_id)
    found = next(iter(stored(connection, mine)), None)
    if found is None:
        raise UnknownOwnChoice(account_id, decision_id)
    if actor is not None and not is_of(found, actor):
        raise NotYourChoice(found.actor)
    if found.undone_at is not None:
        return found
    if not can_be_taken_back(found, at):
        raise OwnChoiceOutOfTime(
            f"it was told on {found.recorded_at.date()}, more than {OLDEST_DAYS} days ago, and plans were made of it",
            "it stays; tell what you did since as a new own choice",
        )
    connection.execute(update(own_choices).where(mine).values(undone_at=at))
    return replace(found, undone_at=at)


def is_of(one: OwnChoice, email: str) -> bool:
    """Whether that person said it, whatever case their address had then, or has in the table of people now."""
    return one.actor.casefold() == email.casefold()


def can_be_taken_back(one: OwnChoice, at: datetime) -> bool:
    """Whether it was told lately: as long as one may tell it late."""
    return at.date() - one.recorded_at.date() <= timedelta(days=OLDEST_DAYS)
