"""What became of a recommendation that nobody carries out: to be sent, or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from consumption.serving import words
from consumption.serving.views.card import BY_ITSELF
from consumption.store.outbox import Queued
from consumption.store.records import Recommendation


def sent_lines(found: Sequence[Recommendation], queued: Mapping[str, Queued], today: date) -> dict[str, str]:
    """By account: what is sent to it, and when; of one that no outbox ever held, only that it takes no hours."""
    return {
        one.account_id: f"{one.title or words.titled(one.action)}: {_when(queued.get(one.recommendation_id), today)}."
        for one in found
    }


def _when(one: Queued | None, today: date) -> str:
    if one is None:
        return BY_ITSELF
    if one.sent_at is None:
        return "to be sent, without your hours"
    return f"sent on {words.day(one.sent_at.date(), today)}, without your hours"
