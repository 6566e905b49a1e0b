"""Who is looking, and what a held-out account must look like to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from consumption.actions.why import HELD_OUT, NO_HOURS

SCOPES = ("read", "respond", "ingest", "admin")

# A control group that people know of is no control group: only these roles may tell it from an account for which
# there were no hours.
ROLES_THAT_SEE_HOLDOUT = frozenset({"engineer", "admin"})

HIDDEN_NAMES = frozenset({"held_out", "holdout", "would_be", "propensity", "propensities", "arm", "second_pass"})


@dataclass(frozen=True)
class Viewer:
    """Somebody, or some program, that looks at what was published.

    `email` is empty for a key that is tied to no person; `via` says how they came: `key`, `session` or `command`.
    """

    email: str
    name: str
    role: str
    scopes: frozenset[str] = frozenset({"read"})
    via: str = "key"

    @property
    def sees_holdout(self) -> bool:
        """Whether the control group may be told apart."""
        return self.role in ROLES_THAT_SEE_HOLDOUT

    def may(self, scope: str) -> bool:
        """Whether the viewer holds a scope; `admin` holds them all."""
        return scope in self.scopes or "admin" in self.scopes


# The owner of the workspace's files, as on the command line.
OWNER_OF_FILES = Viewer(email="", name="command line", role="admin", scopes=frozenset(SCOPES), via="command")


def reason_why_not(code: str | None, viewer: Viewer) -> str | None:
    """The code of why nothing is recommended, as this viewer may read it."""
    return NO_HOURS if code == HELD_OUT and not viewer.sees_holdout else code


def without_hidden(value: object, viewer: Viewer, names: Collection[str] = HIDDEN_NAMES) -> object:
    """A JSON value without the fields that would tell a held-out account from any other."""
    if viewer.sees_holdout:
        return value
    if isinstance(value, dict):
        return {
            name: reason_why_not(inner, viewer) if isinstance(inner, str) else without_hidden(inner, viewer, names)
            for name, inner in value.items()
            if name not in names
        }
    if isinstance(value, list):
        return [without_hidden(inner, viewer, names) for inner in value]
    return value
