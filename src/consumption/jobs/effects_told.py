"""What was learned about actions, put into the registry: through MLflow, which takes seconds to import."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.jobs.effects import Tell
from consumption.models.increments.learned import Learned
from consumption.models.registry.learned import register_learned
from consumption.models.versions import NoRights, RegistryUnreachable


def registered_or_why(workspace: Workspace) -> Tell:
    """Registers a version of what was learned; says why where the registry is away: it is believed all the same."""
    own = None if workspace.settings.registry.tracking_uri else workspace.root.resolve() / "mlruns" / "artifacts"

    def tell(learned: Learned, folder: Path, table: pl.DataFrame) -> str:
        tags = {
            "version_here": str(learned.version),
            "as_of": learned.as_of,
            "claims": learned.claims,
            "evidence": learned.evidence,
            "used": ", ".join(learned.used) or "none",
        }
        try:
            register_learned(workspace.tracking_uri, own, folder, tags, table.write_csv())
        except (RegistryUnreachable, NoRights) as error:
            return f"The registry was not told of it: {error.problem}"
        return ""

    return tell
