"""What people did by their own judgement, as sentences: what, by whom, and since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consumption.serving import words
from consumption.store.own_choices import OwnChoice
from consumption.store.records import ActionText, Person, Recommendation


@dataclass(frozen=True)
class Told:
    """How deeds are told: what actions and people are called, by id and by e-mail."""

    titles: Mapping[str, str]
    names: Mapping[str, str]

    @staticmethod
    def by(actions: Sequence[ActionText], people: Sequence[Person]) -> Told:
        """With the titles of a catalogue, and the names of our team."""
        names = {person.email: person.name or person.email for person in people}
        return Told({action.id: action.title for action in actions}, names)

    def deed(self, one: OwnChoice) -> str:
        """What, and by whom, without a full stop: "Rang them up, by Ada"."""
        title = one.action if one.in_own_words else self.titles.get(one.action, words.titled(one.action))
        return f"{words.capital(title.strip().rstrip('.'))}, by {self.names.get(one.actor, one.actor)}"

    def since(self, found: Recommendation, deeds: Sequence[OwnChoice], now: datetime) -> str:
        """The latest that was told after a card was written, which its words cannot know; empty where nothing was."""
        later = [one for one in deeds if one.account_id == found.account_id and one.recorded_at >= found.as_of]
        if not later:
            return ""
        last = max(later, key=lambda one: one.timestamp)
        return f"Since this was written, {words.since(last.timestamp, now)}: {words.sentence(self.deed(last))}"
