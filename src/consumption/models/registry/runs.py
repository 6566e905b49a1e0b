"""Runs: one a training, told as it begins, closed however it ends."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

import psutil
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.registry.saving import save
from consumption.models.run_log import parameters, run_metrics, run_name, run_tags, tables, write_run_files
from consumption.models.training import Trained

_BATCH = 90
_PARAMS_AT_ONCE = 100
_PROCESS = "process"
_CONTENTS = """# What a training leaves here

- `model_card.md`, `report.json`: what was found, for people and for programs
- `charts/`: pictures of the evaluation, as SVG and as Vega-Lite
- `strongest_signals.json`: what moves the probability of each head
- `signals.json`: fingerprints of the definitions it was trained on
- `search_trials.json`: settings that a search tried, a row a trial (where one was asked for)
"""


class Runs:
    """The runs of one motion's experiment; made where it lacks."""

    def __init__(self, client: MlflowClient, motion: Motion, name: str, artifacts: Path | None) -> None:
        self._client = client
        self.motion = motion
        self.experiment_id = experiment(client, name, artifacts)

    def begin(self, as_of: datetime) -> str:
        """A run that is under way: it proves that runs and files may be written."""
        tags = {"motion": self.motion, "as_of": as_of.isoformat(), _PROCESS: _this_process()}
        run = self._client.create_run(self.experiment_id, run_name=run_name(self.motion, as_of), tags=tags)
        run_id = str(run.info.run_id)
        self._client.log_text(run_id, _CONTENTS, "contents.md")
        return run_id

    def end(self, run_id: str, status: str) -> None:
        """FINISHED, FAILED or KILLED."""
        self._client.set_terminated(run_id, status)

    def end_those_of_dead_processes(self, placed: Collection[str] = ()) -> None:
        """Runs whose process was killed are no longer under way; those of other machines are left alone.

        `placed`: runs one of whose versions has a name already; they had done what they were for.
        """
        for run in self._client.search_runs([self.experiment_id], "attributes.status = 'RUNNING'"):
            if _is_dead(run.data.tags.get(_PROCESS, "")):
                run_id = str(run.info.run_id)
                self.end(run_id, "FINISHED" if run_id in placed else "KILLED")

    def unfinished(self) -> set[str]:
        """Runs of this machine that were killed or failed."""
        here = f"tags.{_PROCESS} LIKE '{platform.node()} %'"
        asked = (f"attributes.status = '{status}' and {here}" for status in ("KILLED", "FAILED"))
        found = (run for one in asked for run in self._client.search_runs([self.experiment_id], one))
        return {str(run.info.run_id) for run in found}

    def log(self, run_id: str, trained: Trained, made: Mapping[str, Model]) -> dict[str, LoggedModel]:
        """All that a training found, and the models it made, by what they are to be."""
        self._client.log_batch(run_id, params=[Param(n, v) for n, v in parameters(trained).items()][:_PARAMS_AT_ONCE])
        tags = [RunTag(name, value) for name, value in run_tags(trained).items()]
        for start in range(0, len(tags), _BATCH):
            self._client.log_batch(run_id, tags=tags[start : start + _BATCH])
        types = {name: str(dtype) for name, dtype in trained.data.rows.schema.items()}
        models = {what: self._log_model(run_id, what, made[what], types) for what in made}
        self._log_metrics(run_id, run_metrics(trained), next(iter(models.values()), None))
        with tempfile.TemporaryDirectory() as folder:
            write_run_files(trained, Path(folder))
            self._client.log_artifacts(run_id, folder)
        for file, table in tables(trained).items():
            self._client.log_table(run_id, table, file)
        return models

    def _log_metrics(self, run_id: str, metrics: Mapping[str, float], model: LoggedModel | None) -> None:
        """Metrics of the run, and of the model it tried."""
        now = self._client.get_run(run_id).info.start_time
        of = model.model_id if model else None
        told = [Metric(name, value, now, 0, model_id=of) for name, value in metrics.items()]
        for start in range(0, len(told), _BATCH):
            self._client.log_batch(run_id, metrics=told[start : start + _BATCH])

    def _log_model(self, run_id: str, what: str, model: Model, types: Mapping[str, str]) -> LoggedModel:
        """One model, its artifacts at a place of their own that the run's page leads to."""
        tags = {"kind": model.kind, "motion": self.motion}
        logged = self._client.create_logged_model(self.experiment_id, name=what, source_run_id=run_id, tags=tags)
        with tempfile.TemporaryDirectory() as folder:
            save(model, types, Path(folder) / what)
            self._client.log_model_artifacts(logged.model_id, str(Path(folder) / what))
        return self._client.finalize_logged_model(logged.model_id, "READY")


def experiment(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    """The experiment of that name.

    A copied workspace gets one of its own, and the old one's runs keep their place.
    """
    location = (artifacts / name).as_uri() if artifacts else None
    found = client.get_experiment_by_name(name)
    if found and location and found.artifact_location != location:
        client.rename_experiment(found.experiment_id, f"{name} of {found.artifact_location}")
        found = None
    return str(found.experiment_id) if found else str(client.create_experiment(name, artifact_location=location))


def ensure_model(client: MlflowClient, name: str, description: str) -> None:
    """A registered model of that name, made where there is none.

    Asked for by its name: registries of catalogues refuse a search with a filter.
    """
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        client.create_registered_model(name, description=description)


def _this_process() -> str:
    me = psutil.Process()
    return f"{platform.node()} {me.pid} {me.create_time():.2f}"


def _is_dead(process: str) -> bool:
    """Whether a process of this machine is no longer there; a number that another has now is another's."""
    node, _, rest = process.partition(" ")
    number, _, since = rest.partition(" ")
    if node != platform.node() or not number.isdigit():
        return False
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" != since
    except psutil.NoSuchProcess:
        return True
