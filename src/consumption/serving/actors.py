"""In whose name something is done: the key's or session's person, or whom a program names."""

from __future__ import annotations

from consumption.serving.auth import NotAllowed
from consumption.store.sql import Store
from consumption.store.team import spelled
from consumption.store.viewer import Viewer


def actor_of(store: Store, viewer: Viewer, said: str | None) -> str:
    """Who acts: the person of the key or session; whom the request names, only where the key is tied to nobody.

    Without either, the key by its own name. NotAllowed in the name of another, UnknownPerson for a stranger.
    """
    if not viewer.email:
        return spelled(store, said, "send `actor` as the table of people has it") if said else viewer.name
    if said and said.lower() != viewer.email.lower():
        raise NotAllowed(
            f"{viewer.email} cannot answer in the name of {said}",
            "leave `actor` out, or use a key that is tied to no person",
        )
    return spelled(store, viewer.email, "use a key made for somebody of it: consumption keys create --person EMAIL")


def taker_of(store: Store, said: str | None) -> str | None:
    """Who takes over, as the table of people spells it; UnknownPerson where it would stand on nobody's list."""
    return spelled(store, said, "send `handed_to` as the table of people has it") if said else None
