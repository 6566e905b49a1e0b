"""Own choices on an account's page: the form that takes one, and how one reads among all that happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from consumption.serving import words
from consumption.serving.views.answers import Choice
from consumption.serving.views.card import account_url
from consumption.serving.views.deeds import Told
from consumption.store.own_choices import OLDEST_DAYS, OwnChoice
from consumption.store.records import ActionText, Recommendation
from consumption.store.taking_back import can_be_taken_back, is_of


@dataclass(frozen=True)
class OwnChoiceView:
    """The form: `actions` of the catalogue but what cards ask for; the days it may name, as ISO dates."""

    label: str
    url: str
    actions: tuple[Choice, ...]
    first_day: str
    today: str


def own_choice_view(
    account_id: str, actions: Sequence[ActionText], cards: Sequence[Recommendation], *, today: date
) -> OwnChoiceView:
    """The form of an account with these cards; the same for all for which nothing is recommended."""
    asked = {"none", *(card.action for card in cards)}
    others = [(action.id, action.title) for action in actions if action.id not in asked]
    return OwnChoiceView(
        label="I did something else" if cards else "I did something here",
        url=f"{account_url(account_id)}/own-choice",
        actions=tuple(sorted(others, key=lambda choice: choice[1])),
        first_day=(today - timedelta(days=OLDEST_DAYS)).isoformat(),
        today=today.isoformat(),
    )


def own_choices_told(
    found: Sequence[OwnChoice], told: Told, viewer: str, now: datetime
) -> Iterator[tuple[datetime, str, str, str]]:
    """When, what kind of thing, a sentence (what was done, by whom, why), and where its own author takes it back."""
    for one in found:
        text = f"{words.sentence(told.deed(one))} {words.sentence(one.reason or '')}".strip()
        yield one.timestamp, "Own choice.", text, _undo(one) if _may_undo(one, viewer, now) else ""


def _may_undo(one: OwnChoice, viewer: str, now: datetime) -> bool:
    return is_of(one, viewer) and can_be_taken_back(one, now)


def _undo(one: OwnChoice) -> str:
    return f"{account_url(one.account_id)}/own-choice/{quote(one.decision_id, safe='')}/undo"
