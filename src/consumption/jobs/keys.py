"""Keys for programs and people, and the store's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from consumption.config import Workspace
from consumption.store.keys import ApiKey
from consumption.store.sql import Store
from consumption.store.team import spelled


@contextmanager
def store_of(workspace: Workspace) -> Iterator[Store]:
    """The workspace's store, brought to this version's tables, closed at the end."""
    store = Store.open(workspace.store_url)
    try:
        yield store
    finally:
        store.close()


def create(
    workspace: Workspace, *, name: str, scopes: Sequence[str], person: str | None, days: int, now: datetime
) -> str:
    """A new key: its id, and the secret that is shown this once; UnknownPerson for one of nobody of the team."""
    with store_of(workspace) as store:
        person = spelled(store, person, "name somebody of it with --person") if person else None
        made = store.create_key(name, scopes, now, person=person, expires_at=now + timedelta(days=days))
    return f"{_line(made.key, now)}\n{made.secret}\nKeep it now: it is stored only as a hash, and shown this once."


def listing(workspace: Workspace, *, now: datetime) -> str:
    """Every key there ever was, a line each."""
    with store_of(workspace) as store:
        made = store.keys()
    return "\n".join(_line(key, now) for key in made) or "no keys yet; make one with: consumption keys create NAME"


def revoke(workspace: Workspace, key_id: str, *, now: datetime) -> None:
    """From now on the key opens nothing."""
    with store_of(workspace) as store:
        store.revoke_key(key_id, now)


def migrate(workspace: Workspace) -> None:
    """Bring the store to this version's tables."""
    with store_of(workspace):
        pass


def _line(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        state = f"revoked {key.revoked_at:%Y-%m-%d}"
    elif key.expires_at and key.expires_at <= now:
        state = f"expired {key.expires_at:%Y-%m-%d}"
    else:
        state = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "does not expire"
    used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    who = f" as {key.person}" if key.person else ""
    return f"{key.key_id}  {key.name}{who}: {', '.join(sorted(key.scopes))}; {state}; {used}"
