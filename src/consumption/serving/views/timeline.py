"""What happened at an account: contacts, contracts, recommendations and answers, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consumption.serving import words
from consumption.serving.views.answers import REASON_WORDS
from consumption.serving.views.call import HUMAN, moment, what_about
from consumption.store.records import Recommendation, Response

MOST = 40
ANSWERS = {
    "accepted": "Started",
    "completed": "Done",
    "handed_over": "Handed over",
    "snoozed": "Snoozed",
    "dismissed": "Not right",
    "replaced": "Something else instead",
}


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened: when (as text and as ISO date), what kind of thing, and a sentence.

    `undo`: where to take it back; empty where the viewer cannot.
    """

    iso: str
    day: str
    kind: str
    text: str
    undo: str = ""


def timeline(
    brief: Mapping[str, Sequence[Mapping[str, Any]]],
    recommendations: Sequence[Recommendation],
    responses: Sequence[Response],
    others: Iterable[tuple[datetime, str, str, str]] = (),
    *,
    now: datetime,
) -> tuple[TimelineEntry, ...]:
    """The last entries, newest first; `others`: when, what kind of thing, a sentence, and where to take it back."""
    titles = {r.recommendation_id: r.title or words.titled(r.action) for r in recommendations}
    entries = [_contact(row, now) for row in brief["interactions"]]
    entries += _contracts(brief["contracts"], now)
    entries += [_advice(r, titles[r.recommendation_id]) for r in recommendations if r.action != "none"]
    entries += [_answer(r, titles.get(r.recommendation_id, "")) for r in responses]
    every = [*((*entry, "") for entry in entries), *others]
    past = sorted((entry for entry in every if entry[0] <= now), key=lambda entry: entry[0], reverse=True)
    return tuple(
        TimelineEntry(when.date().isoformat(), words.day(when.date(), now.date()), kind, text, undo)
        for when, kind, text, undo in past[:MOST]
    )


def _contact(row: Mapping[str, Any], now: datetime) -> tuple[datetime, str, str]:
    channel, about = str(row["channel"]), words.sentence(what_about(row))
    when = moment(row["timestamp"], now)
    if channel == "ticket":
        return when, "Ticket.", f"{about} {_ticket_state(row, now)}".strip()
    if channel == "invoice":
        state = "paid" if row.get("closed_at") else "not paid yet"
        return when, "Bill.", words.sentence(f"{about.rstrip('.')}, {state}" if about else state)
    if channel == "survey":
        return when, "Survey.", _survey(row)
    kind = HUMAN.get(channel, "Outcome" if channel == "outcome" else words.titled(channel).capitalize())
    return when, f"{kind}.", about


def _ticket_state(row: Mapping[str, Any], now: datetime) -> str:
    severe = {1: "Most severe", 2: "Severe"}.get(row.get("severity") or 0, "Not severe")
    closed = row.get("closed_at")
    state = f"closed {words.day(moment(closed, now).date(), now.date())}" if closed else "still open"
    return f"{severe}, {state}."


def _survey(row: Mapping[str, Any]) -> str:
    about = words.sentence(what_about(row))
    answer = row.get("score")
    said = "Asked, no answer." if answer is None else f"They gave {words.number(float(answer))}."
    return f"{said} {about}".strip()


def _contracts(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[tuple[datetime, str, str]]:
    """Where a product began and where its quantity changed; a renewal as it was is no news."""
    before: dict[str, float] = {}
    entries = []
    for row in sorted((row for row in rows if row.get("starts_on")), key=lambda row: str(row["starts_on"])):
        product, quantity = words.titled(str(row.get("product") or "contract")), float(row.get("quantity") or 0)
        if before.get(product) != quantity:
            text = (
                f"{words.capital(product)} {_quantity(before.get(product), quantity, str(row.get('unit') or 'unit'))}"
            )
            entries.append((moment(row["starts_on"], now), "Contract.", words.sentence(text)))
        before[product] = quantity
    return entries


def _quantity(before: float | None, now: float, unit: str) -> str:
    units = unit if now == 1 or unit.endswith("s") else f"{unit}s"
    if before is None:
        return f"began: {words.number(now)} {units}"
    return f"went from {words.number(before)} to {words.number(now)} {units}"


def _advice(found: Recommendation, title: str) -> tuple[datetime, str, str]:
    return found.created_at, "Recommended.", words.sentence(title)


def _answer(response: Response, title: str) -> tuple[datetime, str, str]:
    reason = REASON_WORDS.get(response.reason or "", response.reason or "")
    text = ". ".join(part for part in (title, reason) if part)
    return response.timestamp, f"{ANSWERS.get(response.response, 'Answered')}.", words.sentence(text)
