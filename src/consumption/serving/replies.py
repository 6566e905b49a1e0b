"""What routes of the API answer with, and in whose name a response is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic.json_schema import SkipJsonSchema

from consumption.serving.actors import actor_of, taker_of
from consumption.serving.advice import ResponseSent
from consumption.serving.deps import CanRespond, Now, RequestId, TheStore
from consumption.serving.payloads import Reply
from consumption.store import records
from consumption.store.sql import Store
from consumption.store.viewer import Viewer


def the_reply(request: Request, request_id: RequestId) -> Reply:
    """Our pages have the name by which the caller reached us."""
    return Reply(str(request.base_url).rstrip("/"), request_id)


def sent_once(
    idempotency_key: Annotated[
        str | SkipJsonSchema[None],
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="Sent again with the same key, what is said is stored once.",
        ),
    ] = None,
) -> str | None:
    """What tells a repeated request from a new one."""
    return idempotency_key


@dataclass(frozen=True)
class Responder:
    """Somebody who may respond, at this moment."""

    store: Store
    viewer: Viewer
    now: datetime

    def take(self, recommendation_id: str, sent: ResponseSent, idempotency_key: str | None) -> records.Response:
        """Stores a response in the name of who acts, and notes in the audit log who sent it."""
        answer = sent.answer(actor_of(self.store, self.viewer, sent.actor), idempotency_key)
        answer = replace(answer, to=taker_of(self.store, answer.to))
        stored = self.store.respond(recommendation_id, answer, self.now)
        self.store.audit(
            answer.actor, f"responded {answer.response}", recommendation_id, self.now, detail=self.viewer.name
        )
        return stored


def the_responder(store: TheStore, viewer: CanRespond, now: Now) -> Responder:
    """Whoever sends the response, if they may."""
    return Responder(store, viewer, now)


TheReply = Annotated[Reply, Depends(the_reply)]
TheResponder = Annotated[Responder, Depends(the_responder)]
SentOnce = Annotated[str | None, Depends(sent_once)]
