"""What people say they did by their own judgement: from a program, from a page, and in whose name it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import Depends, Form
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from consumption.serving.actors import actor_of
from consumption.serving.deps import CanRespond, Now, TheStore
from consumption.serving.payloads import Email, Key, Maybe, Note, Reply, Words
from consumption.store.own_choices import Deed, OwnChoiceIncomplete
from consumption.store.own_choices import OwnChoice as Stored
from consumption.store.sql import Store
from consumption.store.viewer import Viewer


class OwnChoiceSent(BaseModel):
    """What a person did for an account by their own judgement."""

    model_config = ConfigDict(extra="forbid")

    action: Maybe[Words] = Field(description="An action of the catalogue; or else own_words.")
    own_words: Maybe[Words] = Field(description="What it was, where the catalogue has no such action.")
    timestamp: Maybe[AwareDatetime] = Field(
        description="When, with a zone; now if absent, at most 28 days ago, and not in the future."
    )
    reason: Maybe[Note] = Field(description="Why, in words.")
    actor: Maybe[Email] = Field(description="E-mail of the person, where the key is tied to none.")
    idempotency_key: Maybe[Key] = Field(description="As the header Idempotency-Key.")

    def deed(self, account_id: str, actor: str, idempotency_key: str | None) -> Deed:
        """As the store takes it."""
        return Deed(
            account_id,
            actor,
            action=self.action,
            own_words=self.own_words,
            done_at=self.timestamp,
            reason=self.reason,
            idempotency_key=idempotency_key or self.idempotency_key,
        )


class OwnChoice(BaseModel):
    """What a person did by their own judgement, as it was stored."""

    id: str
    account_id: str
    timestamp: datetime
    action: Maybe[str] = Field(description="An action of the catalogue.")
    own_words: Maybe[str] = Field(description="What it was, where it is no action of the catalogue.")
    reason: Maybe[str]
    actor: str
    undone_at: Maybe[datetime] = Field(description="Since when it stands no more, if it was taken back.")
    request_id: str

    @staticmethod
    def of(found: Stored, reply: Reply) -> OwnChoice:
        """From the store's record."""
        return OwnChoice(
            id=found.decision_id,
            account_id=found.account_id,
            timestamp=found.timestamp,
            action=None if found.in_own_words else found.action,
            own_words=found.action if found.in_own_words else None,
            reason=found.reason,
            actor=found.actor,
            undone_at=found.undone_at,
            request_id=reply.request_id,
        )


class OwnChoicePage(BaseModel):
    """What people did at one account by their own judgement, latest first."""

    items: list[OwnChoice]
    as_of: datetime = Field(description="When this was so.")
    request_id: str

    @staticmethod
    def of(found: Sequence[Stored], reply: Reply, now: datetime) -> OwnChoicePage:
        """From the store's records; there are never so many that they would need a second page."""
        items = [OwnChoice.of(one, reply) for one in found]
        return OwnChoicePage(items=items, as_of=now, request_id=reply.request_id)


@dataclass(frozen=True)
class OwnChoiceForm:
    """The form of an account's page: what, in whose words, and on which day."""

    action: Annotated[str, Form()] = ""
    note: Annotated[str, Form(max_length=200)] = ""
    day: Annotated[date | None, Form()] = None

    def deed(self, account_id: str, actor: str, now: datetime) -> Deed:
        """As the store takes it: own words stand in for an action where none was chosen, and else say why."""
        note = self.note.strip() or None
        return Deed(
            account_id,
            actor,
            action=self.action or None,
            own_words=None if self.action else note,
            done_at=now if self.day in {None, now.date()} else datetime.combine(self.day or now, time(), UTC),
            reason=note if self.action else None,
        )


@dataclass(frozen=True)
class Chooser:
    """Somebody who may say what they did, at this moment."""

    store: Store
    viewer: Viewer
    now: datetime

    def by_program(self, account_id: str, sent: OwnChoiceSent, idempotency_key: str | None) -> Stored:
        """What a program sent, in the name of who acts."""
        return self._take(sent.deed(account_id, actor_of(self.store, self.viewer, sent.actor), idempotency_key))

    def by_page(self, account_id: str, form: OwnChoiceForm) -> Stored:
        """What the viewer said on an account's page."""
        if not (form.action or form.note.strip()):
            raise OwnChoiceIncomplete(
                "what you did is missing", "go back, and choose it from the list or say it in your own words"
            )
        return self._take(form.deed(account_id, self.viewer.email, self.now))

    def take_back(self, account_id: str, decision_id: str) -> Stored:
        """An own choice that was a mistake: one's own; anybody's, where the key is tied to nobody."""
        actor = self.viewer.email or None
        stored = self.store.take_back(account_id, decision_id, self.now, actor=actor)
        self.store.audit(
            self.viewer.email or self.viewer.name, "took back own choice", f"account {account_id}", self.now,
            detail=decision_id,
        )  # fmt: skip
        return stored

    def _take(self, deed: Deed) -> Stored:
        stored = self.store.choose(deed, self.now)
        self.store.audit(deed.actor, "own choice", f"account {deed.account_id}", self.now, detail=self.viewer.name)
        return stored


def the_chooser(store: TheStore, viewer: CanRespond, now: Now) -> Chooser:
    """Whoever says it, if they may."""
    return Chooser(store, viewer, now)


TheChooser = Annotated[Chooser, Depends(the_chooser)]
