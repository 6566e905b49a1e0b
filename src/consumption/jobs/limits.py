"""The most of each action a week, as settings have it."""

from __future__ import annotations

from collections.abc import Collection

from consumption.actions.catalogue import Catalogue
from consumption.actions.wording import did_you_mean
from consumption.config import Workspace
from consumption.errors import ConsumptionError


class UnknownLimit(ConsumptionError):
    """A limit names an action that the catalogue does not have."""

    status = 422

    def __init__(self, name: str, actions: Collection[str]) -> None:
        super().__init__(
            f"[limits] {name}: the catalogue has no such action{did_you_mean(name, sorted(actions))}",
            "write the id of an action of actions.toml (consumption check actions lists them)",
        )


def limits_of(workspace: Workspace, catalogue: Catalogue) -> dict[str, int] | None:
    """The most of an action in one week, None where none is limited; raises UnknownLimit."""
    limits = dict(workspace.settings.limits)
    for name in limits:
        if name not in catalogue.by_id:
            raise UnknownLimit(name, tuple(catalogue.by_id))
    return limits or None
