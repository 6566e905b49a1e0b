"""Events out: one signed CloudEvent a recommendation, tried again where that may help."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Self

import httpx2
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from consumption.errors import ConsumptionError
from consumption.serving.advice import Recommendation
from consumption.serving.payloads import Reply
from consumption.store import records
from consumption.store.outbox import WEBHOOK, Delivery, Queued

CREATED = "consumption.recommendation.created"
LONGEST_WAIT = 30.0
"""Seconds: the most between two tries, whatever the receiver asks for."""

_LEAST_SECRET_BYTES = 24
_MAY_PASS = frozenset({408, 425, 429})
_PHASES = 4  # A time-out holds for each of: a free connection, connecting, writing, reading.
_OURS = {"accept_url", "account_url"}  # Of a card that somebody answers; here is none.


class WrongWebhookSecret(ConsumptionError):
    """What should sign webhooks is no secret of the Standard Webhooks scheme."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "the webhook's secret is no base64 text of at least 24 bytes, as the Standard Webhooks scheme wants it",
            "write whsec_ and the base64 of 32 random bytes; docs/operators.md shows the line that makes one",
        )


def event(found: records.Recommendation, queued: Queued, source: str) -> CloudEvent:
    """What is told of a recommendation: its object of the API as it was when it was published, the same at every try.

    The id is the recommendation's, so that whoever gets it twice can tell.
    """
    then = replace(found, status="open", handed_to=None, snoozed_until=None, updated_at=queued.queued_at)
    data = Recommendation.of(then, Reply("", "")).model_dump(mode="json", exclude_none=True, exclude=_OURS)
    attributes = {
        "id": found.recommendation_id,
        "source": source,
        "type": CREATED,
        "subject": found.account_id,
        "time": queued.queued_at,
        "datacontenttype": "application/json",
    }
    return CloudEvent(attributes=attributes, data=data)


@dataclass(frozen=True)
class Receiver:
    """Where events go, and how long each is tried.

    `secrets`: each signs, so that one can be replaced without a gap. `timeout_seconds`: for each phase of one try.
    `clock` tells the time, `sleep` waits.
    """

    url: str
    secrets: Sequence[str]
    clock: Callable[[], datetime]
    timeout_seconds: float = 10
    tries: int = 3
    source: str = "consumption"
    sleep: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        """Checks the secrets: WrongWebhookSecret before anything is sent."""
        _ = self._signers
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the connection up."""
        self._client.close()

    @property
    def longest(self) -> timedelta:
        """How long one event takes at most from a receiver that answers in time, or not at all.

        Time-outs hold for each piece that arrives: who answers a byte at a time takes longer, and another sender may
        then send the event too, under the same id.
        """
        return timedelta(seconds=self.tries * (_PHASES * self.timeout_seconds + LONGEST_WAIT))

    def deliver(self, found: records.Recommendation, queued: Queued) -> list[Delivery]:
        """Every try to deliver one recommendation, in order; the last one says whether it arrived."""
        told = event(found, queued, self.source)
        tried: list[_Try] = []

        def once() -> _Try:
            tried.append(self._post(told))
            return tried[-1]

        again = Retrying(
            stop=stop_after_attempt(self.tries),
            wait=_wait,
            retry=retry_if_result(lambda one: one.may_pass),
            retry_error_callback=lambda _: tried[-1],
            sleep=self.sleep,
        )
        again(once)
        return [one.delivery for one in tried]

    def _post(self, told: CloudEvent) -> _Try:
        """One try. What the receiver writes is not read: it may be long, slow, or somebody's data."""
        at, message = self.clock(), to_structured_event(told)
        status, error, wait = None, None, None
        try:
            with self._client.stream(
                "POST", self.url, content=message.body, headers=message.headers | self._signed(told, message.body, at)
            ) as answer:
                status, wait = answer.status_code, _asked_to_wait(answer.headers.get("retry-after", ""))
                error = None if answer.is_success else f"the receiver answered {status}"
        except httpx2.TimeoutException:
            error = f"no answer within {self.timeout_seconds:g} seconds"
        except (httpx2.RequestError, httpx2.InvalidURL, UnicodeError) as failed:
            error = f"the connection failed ({type(failed).__name__})"
        return _Try(Delivery(told.get_id(), at, WEBHOOK, error is None, status, error), wait)

    def _signed(self, told: CloudEvent, body: bytes, at: datetime) -> dict[str, str]:
        signatures = [signer.sign(told.get_id(), at, body.decode()) for signer in self._signers]
        return {
            "webhook-id": told.get_id(),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    @cached_property
    def _signers(self) -> list[Webhook]:
        return [Webhook(_key(secret)) for secret in self.secrets]

    @cached_property
    def _client(self) -> httpx2.Client:
        # No proxy of the environment may come between us and a receiver that is on this machine.
        return httpx2.Client(timeout=self.timeout_seconds, trust_env=self.url.startswith("https:"))


@dataclass(frozen=True)
class _Try:
    """One try, and how many seconds the receiver asked us to wait."""

    delivery: Delivery
    asked: float | None

    @property
    def may_pass(self) -> bool:
        """Whether the same event may arrive a little later: nobody answered, or not for a reason of the event's."""
        status = self.delivery.status
        soon = self.asked is None or self.asked <= LONGEST_WAIT
        return not self.delivery.delivered and soon and (status is None or status in _MAY_PASS or status >= 500)


_BACK_OFF = wait_exponential_jitter(initial=1, max=LONGEST_WAIT, jitter=1)


def _wait(state: RetryCallState) -> float:
    """Twice as long each time, or as long as the receiver asks for."""
    last = state.outcome.result() if state.outcome else None
    return min(LONGEST_WAIT, _BACK_OFF(state) if last is None or last.asked is None else last.asked)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:  # no base64, or not even ASCII
        raise WrongWebhookSecret from None
    if len(key) < _LEAST_SECRET_BYTES:
        raise WrongWebhookSecret
    return key


def _asked_to_wait(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None
