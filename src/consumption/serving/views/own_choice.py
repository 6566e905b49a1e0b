"""Own choices on an account's page: the form that takes one, and how one reads among all that happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consumption.serving import words
from consumption.serving.views.answers import Choice
from consumption.serving.views.card import account_url
from consumption.store.own_choices import OLDEST_DAYS, OwnChoice
from consumption.store.records import ActionText, Recommendation


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
    found: Sequence[OwnChoice], actions: Sequence[ActionText], names: Mapping[str, str]
) -> Iterator[tuple[datetime, str, str]]:
    """When, what kind of thing, and a sentence: what was done, by whom, and why."""
    titles = {action.id: action.title for action in actions}
    for one in found:
        title = one.action if one.in_own_words else titles.get(one.action, words.titled(one.action))
        done = f"{title.strip().rstrip('.')}, by {names.get(one.actor, one.actor)}"
        yield one.timestamp, "Own choice.", f"{words.sentence(done)} {words.sentence(one.reason or '')}".strip()
