"""Send what nobody carries out: each once, to the receiver; what does not arrive waits for the next run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs.keys import store_of
from consumption.store.outbox import Delivery, Queued, Sending
from consumption.store.records import Recommendation
from consumption.store.sql import Store
from consumption.store.viewer import Viewer

FAILED_IN_A_ROW = 5
"""After so many events that did not arrive the receiver is not asked for any more in this run."""
GONE = 410
"""Of the Standard Webhooks scheme: the receiver wants nothing any more."""

# As any program without a person behind it: what is withheld does not exist for it.
PROGRAM = Viewer(email="", name="webhook", role="plugin")
_SHOWN = 20


class Receiving(Protocol):
    """Where events go: see `serving.webhooks.Receiver`."""

    @property
    def longest(self) -> timedelta:
        """How long one event is nobody else's: what it takes at most where answers come in time, or none."""

    def deliver(self, found: Recommendation, queued: Queued) -> Sequence[Delivery]:
        """Every try to deliver one recommendation; the last one says whether it arrived."""


class NoReceiver(ConsumptionError):
    """Something was to be sent by webhook, and settings name nobody who takes it."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "there is nobody to send to: settings have no [webhook] url",
            "write its address there, or hand everything out as a file: consumption export to_send FILE",
        )


class NotSentYet(ConsumptionError):
    """Something was to be sent again that was never sent."""

    status = 409

    def __init__(self, ids: Collection[str]) -> None:
        super().__init__(
            f"never sent, and so not to be sent again: {', '.join(sorted(ids))}",
            "what is still to be sent is sent by `consumption send`; what lapsed is never sent late",
        )


@dataclass(frozen=True)
class SendDone:
    """What one run delivered: how many arrived and did not, how all stands, and why it stopped before the end."""

    arrived: int
    failed: int
    standing: Sending
    again: bool = False
    stopped: str = ""
    errors: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The result in a sentence, what went wrong, and what is left."""
        how = "sent again" if self.again else "sent"
        lines = [f"by webhook: {self.arrived:,} {how}, {self.standing.to_send:,} to be sent"]
        lines += [f"{self.failed:,} did not arrive: {'; '.join(self.errors)}"] if self.failed else []
        return "\n".join([*lines, *filter(None, [self.stopped])])


def send(workspace: Workspace, receiver: Receiving, *, clock: Callable[[], datetime]) -> SendDone:
    """Deliver everything that is to be sent, each once however many senders run; note every try.

    An event that does not arrive keeps none behind it from being sent, up to `FAILED_IN_A_ROW`.
    """
    with store_of(workspace) as store:
        return _delivered(store, receiver, _taken(store, receiver, clock), clock)


def send_again(
    workspace: Workspace,
    receiver: Receiving,
    *,
    ids: Collection[str] = (),
    since: datetime | None = None,
    clock: Callable[[], datetime],
) -> SendDone:
    """Deliver once more what was sent: these recommendations, or all that a receiver took since a moment.

    With both, those of them that it took since. `NotSentYet` where one of the ids was never sent, before any is.
    """
    with store_of(workspace) as store:
        if missing := set(ids) - {one.recommendation_id for one in store.sent_again(ids)}:
            raise NotSentYet(missing)
        found = store.sent_again(ids, since)
        return _delivered(store, receiver, found, clock, again=True)


def left(workspace: Workspace, *, at: datetime) -> str:
    """What is to be sent at that moment and has no webhook, and what to do about it; empty where that is nothing."""
    with store_of(workspace) as store:
        waiting = store.sending(at).to_send
    how = "by webhook ([webhook] url), or as a file: consumption export to_send FILE"
    return f"{waiting:,} to be sent {how}" if waiting else ""


def log(workspace: Workspace, ids: Collection[str] = ()) -> str:
    """The last tries, latest first, a line each; of these recommendations alone where some are named."""
    with store_of(workspace) as store:
        tried = [one for id_ in ids for one in store.tries(id_)] if ids else store.tries()
    return "\n".join(_line(one) for one in tried) or "nothing was sent yet, and nothing tried"


def _line(one: Delivery) -> str:
    told = "arrived" if one.delivered else str(one.error)
    return f"{one.at:%Y-%m-%d %H:%M:%S}  {one.recommendation_id}  {one.door}: {told}"


def would_send(workspace: Workspace, *, at: datetime) -> str:
    """What `send` would send at that moment, a line each for the first few."""
    with store_of(workspace) as store:
        found, standing = store.to_send(at), store.sending(at)
    lines = [f"{len(found):,} to be sent; {standing.sent:,} were sent, {standing.never:,} never will be"]
    lines += [f"{o.recommendation_id}  {o.account_id}: {o.action}, until {o.lapses_at:%Y-%m-%d}{_so_far(o)}"
              for o in found[:_SHOWN]]  # fmt: skip
    return "\n".join([*lines, *([f"and {len(found) - _SHOWN:,} more"] if len(found) > _SHOWN else [])])


def _so_far(one: Queued) -> str:
    return f" (tried {one.tries:,} times)" if one.tries else ""


def _taken(store: Store, receiver: Receiving, clock: Callable[[], datetime]) -> Iterator[Queued]:
    """What is to be sent, each when it is in our hands: what another sender has meanwhile is left to them."""
    for one in store.to_send(clock()):
        at = clock()
        if store.take([one.recommendation_id], at, at + receiver.longest):
            yield one


def _delivered(
    store: Store,
    receiver: Receiving,
    events: Iterator[Queued] | Sequence[Queued],
    clock: Callable[[], datetime],
    *,
    again: bool = False,
) -> SendDone:
    arrived, in_a_row, stopped = 0, 0, ""
    errors: list[str] = []
    for one in events:
        tried = receiver.deliver(store.recommendation(one.recommendation_id, visible_to=PROGRAM), one)
        store.note_tries(tried)
        last = tried[-1]
        arrived += last.delivered
        in_a_row = 0 if last.delivered else in_a_row + 1
        errors += [] if last.delivered else [last.error or ""]
        stopped = _stopped(last, in_a_row)
        if stopped:
            break
    return SendDone(arrived, len(errors), store.sending(clock()), again, stopped, tuple(dict.fromkeys(errors)))


def _stopped(last: Delivery, in_a_row: int) -> str:
    """Why nothing more is tried in this run; empty where there is no reason."""
    if last.status == GONE:
        return "the receiver wants nothing any more: correct [webhook] url, or leave it out; the rest waits"
    if in_a_row == FAILED_IN_A_ROW:
        return f"{in_a_row} in a row did not arrive: see to the receiver; the rest waits for the next run"
    return ""
