"""The model registry of a workspace, and the model that ranks: files of MLflow's, which takes seconds to import."""

from __future__ import annotations

from consumption.config import Workspace
from consumption.models import served
from consumption.models.loading import load_model, versioned
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.registry import Registry
from consumption.models.versions import NoRights, RegistryUnreachable


def registry_of(workspace: Workspace) -> Registry:
    """The registry that settings name: the workspace's own, or a tracking server by URL."""
    settings = workspace.settings.registry
    names: dict[Motion, str] = {"help": settings.help, "expand": settings.expand}
    if settings.tracking_uri:
        return Registry(settings.tracking_uri, None, names)
    return Registry.of_workspace(workspace.root, names)


def mended_registry_of(workspace: Workspace) -> Registry:
    """The registry, its aliases as the workspace's pointers say: a kill, or a server away, may have left them behind.

    What ranks is decided by the pointer beside the store, in one write; the registry is told after it.
    """
    registry = registry_of(workspace)
    for motion in MOTIONS:
        tell(workspace, registry, motion)
    return registry


def tell(workspace: Workspace, registry: Registry, motion: Motion) -> None:
    """Lets the registry's aliases say what the pointer says, if they do not yet."""
    now = served.pointer(workspace.models, motion)
    if now is None or now.told:
        return
    _point(workspace, registry, motion, now)


def put_in_charge(workspace: Workspace, registry: Registry, model: Model, version: str) -> served.Pointer:
    """Keep a registered model beside the store, let it rank, then tell the registry."""
    motion = model.about.motion
    served.keep(workspace.models, versioned(model, version))
    said = served.Said("gate", model.about.note, model.about.as_of)
    now = served.promote(workspace.models, motion, version, said)
    # Told in any case: a registry that was made anew may not know what ranked already.
    _point(workspace, registry, motion, now)
    return now


def told_or_why(workspace: Workspace, motion: Motion) -> str:
    """Tells the registry; empty if that went well, else why it will be told later."""
    try:
        tell(workspace, registry_of(workspace), motion)
    except (RegistryUnreachable, NoRights) as error:
        return f"The registry is told when it is there again: {error.problem}"
    return ""


def registered(workspace: Workspace, motion: Motion, version: str) -> Model:
    """A version as a model, from the registry; one that is away is stood in for by what is kept beside the store.

    Raises NoSuchModel where neither has it.
    """
    try:
        registry = registry_of(workspace)
        known = version in {v.version for v in registry.versions(motion)}
        if known:
            return registry.fetch(motion, version)
    except (RegistryUnreachable, NoRights):
        known = False
    if not known and not served.is_kept(workspace.models, motion, version):
        raise served.NoSuchModel(motion, version)
    return load_model(workspace.models / motion / version)


def _point(workspace: Workspace, registry: Registry, motion: Motion, now: served.Pointer) -> None:
    registry.point(motion, now.version, now.previous)
    served.mark_told(workspace.models, motion, now)
