"""The brief for the next five minutes: what to know before a call, and the one thing to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consumption.serving import words
from consumption.serving.views.card import decision
from consumption.store.records import Account, Recommendation

HUMAN = {"call": "Call", "email": "E-mail", "meeting": "Meeting", "training": "Training", "visit": "Visit"}
SEVERE = 2
# As much as one takes in before a call; the timeline has it all.
MOST = 120


@dataclass(frozen=True)
class BriefLine:
    """A line of the brief; `alert` where it is bad news."""

    label: str
    text: str
    alert: bool = False


def call_brief(
    account: Account,
    brief: Mapping[str, Sequence[Mapping[str, Any]]],
    deeds: Sequence[tuple[datetime, str]] = (),
    *,
    currency: str | None,
    now: datetime,
) -> tuple[BriefLine, ...]:
    """Last contact, severe tickets still open, unpaid bills; and notice, where it was given.

    `deeds`: when our people did something there by their own judgement, and what: a contact like any other.
    """
    interactions = sorted(brief["interactions"], key=lambda row: str(row["timestamp"]), reverse=True)
    lines = (
        BriefLine("Last contact", _last_contact(interactions, deeds, now)),
        _tickets(interactions, now),
        _bills(interactions, currency),
    )
    notice = BriefLine("Notice", decision(account, now.date()), alert=True)
    return (*lines, notice) if account.notice_given else lines


def moment(value: object, now: datetime) -> datetime:
    """A timestamp of a brief, in the zone of `now`."""
    found = datetime.fromisoformat(str(value))
    return found.replace(tzinfo=now.tzinfo) if found.tzinfo is None else found.astimezone(now.tzinfo)


def what_about(row: Mapping[str, Any]) -> str:
    """What a contact was about: its text, or else its topic."""
    return str(row.get("text") or words.titled(str(row.get("topic") or "")))


def question(current: Recommendation | None) -> str:
    """The one thing to ask: what the customer would do first, or what they want to reach."""
    if current is None or not current.customer_steps:
        return "What do you want to have reached by the end of the next quarter?"
    first = current.customer_steps[0].rstrip(".")
    return f"Would you {first[0].lower()}{first[1:]}?"


def _last_contact(
    interactions: Sequence[Mapping[str, Any]], deeds: Sequence[tuple[datetime, str]], now: datetime
) -> str:
    last = next((row for row in interactions if row["channel"] in HUMAN), None)
    done, what = max(deeds, default=(None, ""))
    if done is not None and (last is None or done >= moment(last["timestamp"], now)):
        return words.sentence(words.shortened(f"{words.capital(words.since(done, now))}: {what}", MOST))
    if last is None:
        return "No call, e-mail, meeting, training or visit among the latest contacts."
    about = what_about(last)
    how = f"{HUMAN[last['channel']]} {words.since(moment(last['timestamp'], now), now)}"
    return words.sentence(words.shortened(f"{how}: {about}" if about else how, MOST))


def _tickets(interactions: Sequence[Mapping[str, Any]], now: datetime) -> BriefLine:
    still = [
        row
        for row in interactions
        if row["channel"] == "ticket" and not row.get("closed_at") and (row.get("severity") or 9) <= SEVERE
    ]
    if not still:
        return BriefLine("Severe tickets", "None open.")
    oldest = min(moment(row["timestamp"], now) for row in still)
    since = f"since {words.day(oldest.date(), now.date())}"
    how_many = f"One open {since}" if len(still) == 1 else f"{len(still)} open, the oldest {since}"
    return BriefLine(
        "Severe tickets", words.sentence(words.shortened(f"{how_many}: {what_about(still[-1])}", MOST)), alert=True
    )


def _bills(interactions: Sequence[Mapping[str, Any]], currency: str | None) -> BriefLine:
    unpaid = [row for row in interactions if row["channel"] == "invoice" and not row.get("closed_at")]
    if not unpaid:
        return BriefLine("Unpaid bills", "None.")
    amounts = [float(row["amount"]) for row in unpaid if row.get("amount") is not None]
    worth = f", {words.money(sum(amounts), currency)} in all" if amounts else ""
    return BriefLine("Unpaid bills", f"{words.count(len(unpaid), 'bill')}{worth}.", alert=True)
