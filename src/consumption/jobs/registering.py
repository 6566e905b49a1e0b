"""Open the model registry: a file of its own, because it imports MLflow, which takes seconds."""

from __future__ import annotations

from consumption.config import Workspace
from consumption.models.motion import Motion
from consumption.models.registry import Registry


def registry_of(workspace: Workspace) -> Registry:
    """The registry that settings name: the workspace's own, or a tracking server by URL."""
    settings = workspace.settings.registry
    names: dict[Motion, str] = {"help": settings.help, "expand": settings.expand}
    if settings.tracking_uri:
        return Registry(settings.tracking_uri, None, names)
    return Registry.of_workspace(workspace.root, names)
