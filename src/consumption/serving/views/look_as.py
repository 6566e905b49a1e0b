"""The page one enters by: whom to look as, or a key to sign in with, and what a program gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consumption.serving import words
from consumption.store.records import Person

ROLES = {"rep": "Rep", "lead": "Lead", "engineer": "Engineer"}
SEES = {
    "lead": "The lists of the team, one by one or all at once.",
    "engineer": "Every list, and what the plan held back, marked as such.",
}


@dataclass(frozen=True)
class LookAsPerson:
    """Somebody to look as: the role in words, the name, and what one will see."""

    email: str
    role: str
    name: str
    first_name: str
    text: str


@dataclass(frozen=True)
class LookAsView:
    """The page: people to look as, or (where there are none) a field for a key; one command with its reply."""

    title: str
    lead: str
    people: tuple[LookAsPerson, ...]
    curl: str = ""
    reply: str = ""


@dataclass(frozen=True)
class LookAsSource:
    """What the page is made of: the team, the rep with the best card, how many cards and accounts they have."""

    people: Sequence[Person]
    rep: str
    cards: int
    accounts: int
    base_url: str
    reply: str


def look_as_view(source: LookAsSource) -> LookAsView:
    """One person a role."""
    chosen = tuple(card for role in ROLES if (card := _card(source, role)))
    lead = "Choose whose pages to see. No password is needed on this machine."
    curl = f'curl -s -H "Authorization: Bearer $KEY" "{source.base_url}/v1/recommendations?limit=1"'
    return LookAsView(title="Look as", lead=lead, people=chosen, curl=curl, reply=source.reply)


def sign_in_view() -> LookAsView:
    """The page where nobody may look as another."""
    lead = "Enter the key that was made for you. Whoever runs consumption here makes one: consumption keys create."
    return LookAsView(title="Sign in", lead=lead, people=())


def _card(source: LookAsSource, role: str) -> LookAsPerson | None:
    of_role = sorted((p for p in source.people if p.role == role), key=lambda p: (p.email != source.rep, p.email))
    if not of_role:
        return None
    person = of_role[0]
    name = person.name or person.email
    cards = f"{words.count(source.cards, 'card')} this week, of {words.count(source.accounts, 'account')}"
    text = SEES.get(role, words.sentence(cards))
    return LookAsPerson(person.email, ROLES[role], name, name.split("@")[0].split()[0], text)
