"""Who of the team may take a card over: people of another service line."""

from __future__ import annotations

from collections.abc import Sequence

from consumption.serving import words
from consumption.store.records import Person, Recommendation

ROLES = ("rep", "lead")


def colleagues(people: Sequence[Person], found: Recommendation) -> tuple[tuple[str, str], ...]:
    """E-mail and label of each, by label; whoever does the card's own line, or already has it, is not among them."""
    others = [
        person
        for person in people
        if person.role in ROLES
        and person.email not in {found.owner, found.handed_to}
        and found.service_line not in person.service_lines
    ]
    return tuple(sorted(((person.email, _label(person)) for person in others), key=lambda choice: choice[1]))


def _label(person: Person) -> str:
    """The name, and what they do."""
    lines = ", ".join(words.titled(line) for line in person.service_lines)
    return f"{person.name or person.email}{f' ({lines})' if lines else ''}"
