"""What was learned about actions, as a run with its files and as a registered version of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import RunTag

from consumption.models.registry.runs import ensure_model, experiment
from consumption.models.registry.talking import talking

NAME = "consumption-actions"
CURRENT = "champion"
_FILES = "actions"


def register_learned(
    tracking_uri: str, artifacts: Path | None, folder: Path, tags: Mapping[str, str], table: str
) -> str:
    """Logs the files of a folder and a table (CSV), registers them under NAME, and gives the version's number.

    `artifacts` as in `Registry`. Raises NoRights and RegistryUnreachable.
    """
    with talking(tracking_uri, [NAME]):
        client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
        run = str(client.create_run(experiment(client, NAME, artifacts), run_name=NAME, tags=dict(tags)).info.run_id)
        client.log_artifacts(run, str(folder), _FILES)
        client.log_text(run, table, f"{_FILES}/odds.csv")
        ensure_model(client, NAME, "What was learned about what actions change.")
        source = f"{client.get_run(run).info.artifact_uri}/{_FILES}"
        version = str(client.create_model_version(NAME, source, run, tags=dict(tags)).version)
        client.set_registered_model_alias(NAME, CURRENT, version)
        client.log_batch(run, tags=[RunTag("version", version)])
        client.set_terminated(run, "FINISHED")
    return version
