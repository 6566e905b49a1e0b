"""The part of the store that sends: what waits in the outbox, and the log of tries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from consumption.store import outbox
from consumption.store.outbox import Delivery, Queued, Sending
from consumption.store.transactions import Transactions


class Outbox(Transactions):
    """What is sent without a person; every method is one transaction."""

    def to_send(self, at: datetime) -> list[Queued]:
        """What may be sent at that moment and is in nobody's hands: what was tried least first, then the oldest."""
        with self._reading() as connection:
            return outbox.to_send(connection, at)

    def take(self, ids: Collection[str], at: datetime, until: datetime) -> set[str]:
        """Which of these are now in the caller's hands, and in nobody else's until that moment."""
        with self._writing() as connection:
            return outbox.take(connection, ids, at, until)

    def give_back(self, ids: Collection[str], until: datetime) -> None:
        """These, taken until that moment, are in nobody's hands any more."""
        with self._writing() as connection:
            outbox.give_back(connection, ids, until)

    def note_tries(self, tried: Sequence[Delivery]) -> None:
        """Write tries down: what arrived is sent from then on, what did not is anybody's to try again."""
        with self._writing() as connection:
            outbox.note(connection, tried)

    def sent_again(self, ids: Collection[str] = (), since: datetime | None = None) -> list[Queued]:
        """What was sent, oldest first: of these ids by whatever door, or all that a receiver took since a moment."""
        with self._reading() as connection:
            return outbox.sent_again(connection, ids, since)

    def queued(self, ids: Collection[str]) -> dict[str, Queued]:
        """Those of these recommendations that are, or were, in the outbox."""
        with self._reading() as connection:
            return outbox.queued(connection, ids)

    def sending(self, at: datetime, *, as_of: datetime | None = None) -> Sending:
        """How all that was ever queued stands at a moment, or what the plan of `as_of` queued."""
        with self._reading() as connection:
            return outbox.standing(connection, at, as_of)

    def tries(self, recommendation_id: str | None = None, limit: int = 100) -> list[Delivery]:
        """The log of tries, latest first; of one recommendation, or of all."""
        with self._reading() as connection:
            return outbox.tries(connection, recommendation_id, limit)
