"""The only door to MLflow: runs, registered versions and their aliases."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# MLflow reports its use to its makers unless told not to before it is imported. A workspace says nothing to anyone.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # only the command line prints

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from consumption.errors import ConsumptionError
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.run_log import run_metrics, run_name, run_tags, write_run_files
from consumption.models.served import load_model, versioned
from consumption.models.training import Trained

NAMES: Mapping[Motion, str] = {"help": "consumption-help", "expand": "consumption-expand"}
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
_BATCH = 90


class RegistryUnreachable(ConsumptionError):
    """MLflow did not answer, or refused."""

    status = 503

    def __init__(self, uri: str, why: str) -> None:
        super().__init__(
            problem=f"the model registry at {uri} did not do what was asked: {why}",
            remedy="check that the server runs and its address is right; lists go on with the model served today",
        )


@dataclass(frozen=True)
class Logged:
    """A training in the registry: its run, the version that it made champion and the one that it made challenger.

    Either is empty where the training did not make one.
    """

    run_id: str
    champion: str
    challenger: str


@dataclass(frozen=True)
class Version:
    """A registered version: its number, its run, the aliases that point to it, and its kind (`lightgbm`, `rule`)."""

    motion: Motion
    version: str
    run_id: str
    aliases: tuple[str, ...]
    kind: str
    as_of: str


class Registry:
    """Runs and registered models of one workspace.

    `tracking_uri`: `sqlite:///...` or a server's address; `artifacts`: the folder for a database of our own, None for
    a server that keeps them itself; `names`: the registered model (and experiment) of each motion.
    """

    def __init__(self, tracking_uri: str, artifacts: Path | None, names: Mapping[Motion, str] = NAMES) -> None:
        self.tracking_uri = tracking_uri
        self.artifacts = artifacts
        self.names = dict(names)
        with self._talking():
            self._client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)

    @classmethod
    def of_workspace(cls, workspace: Path, names: Mapping[Motion, str] = NAMES) -> Registry:
        """The workspace's own: mlruns/mlflow.db and mlruns/artifacts, wherever the workspace lies now."""
        folder = workspace.resolve() / "mlruns"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts", names)

    def log_training(self, trained: Trained) -> Logged:
        """One run with parameters, metrics, fingerprints, boosters as text, report and model card; then versions.

        What ranks from now on becomes `champion` (the one before, `previous`); a ranker that lost, `challenger`.
        """
        with self._talking():
            run = self._client.create_run(self._experiment(trained.motion), run_name=run_name(trained))
            self._log_values(run, trained)
            self._log_files(run, trained)
            champion = self._register(run, trained, "model", trained.model, CHAMPION) if trained.new else ""
            lost = trained.ranker if trained.ranker is not trained.model else None
            challenger = self._register(run, trained, "challenger", lost, CHALLENGER) if lost else ""
            self._client.set_terminated(run.info.run_id)
        return Logged(run.info.run_id, champion, challenger)

    def promote(self, motion: Motion, version: str) -> None:
        """Points `champion` to a version, and `previous` to the one that was; nothing changes if it is champion."""
        with self._talking():
            self._promote(self.names[motion], version)

    def version(self, motion: Motion, alias: str = CHAMPION) -> str | None:
        """The version that an alias points to; None where it points nowhere."""
        return next((v.version for v in self.versions(motion) if alias in v.aliases), None)

    def versions(self, motion: Motion) -> list[Version]:
        """Every registered version, newest first."""
        name = self.names[motion]
        with self._talking():
            found = self._client.search_model_versions(f"name = '{name}'")
            aliases = dict(self._client.get_registered_model(name).aliases) if found else {}
        listed = [_version(motion, v, aliases) for v in found]
        return sorted(listed, key=lambda v: -int(v.version))

    def fetch(self, motion: Motion, version: str) -> Model:
        """A registered version as a model, under its number."""
        with self._talking(), tempfile.TemporaryDirectory() as folder:
            found = self._client.get_model_version(self.names[motion], version)
            path = found.tags.get("path", "model")
            local = self._client.download_artifacts(str(found.run_id), path, folder)
            return versioned(load_model(Path(local)), version)

    def _experiment(self, motion: Motion) -> str:
        """The motion's experiment.

        A copied workspace gets one of its own, and the old one's runs keep their place.
        """
        name = self.names[motion]
        location = (self.artifacts / name).as_uri() if self.artifacts else None
        found = self._client.get_experiment_by_name(name)
        if found and location and found.artifact_location != location:
            self._client.rename_experiment(found.experiment_id, f"{name} of {found.artifact_location}")
            found = None
        return str(found.experiment_id) if found else self._client.create_experiment(name, artifact_location=location)

    def _log_values(self, run: Run, trained: Trained) -> None:
        started = run.info.start_time
        metrics = [Metric(name, value, started, 0) for name, value in run_metrics(trained).items()]
        params = [Param(name, str(value)) for name, value in trained.parameters.items()]
        tags = [RunTag(name, value) for name, value in run_tags(trained).items()]
        run_id = run.info.run_id
        self._client.log_batch(run_id, metrics=metrics, params=params, tags=tags[:_BATCH])
        for start in range(_BATCH, len(tags), _BATCH):
            self._client.log_batch(run_id, tags=tags[start : start + _BATCH])

    def _log_files(self, run: Run, trained: Trained) -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_run_files(trained, Path(folder))
            self._client.log_artifacts(run.info.run_id, folder)

    def _register(self, run: Run, trained: Trained, path: str, model: Model, alias: str) -> str:
        name = self.names[trained.motion]
        self._ensure_model(name, trained.motion)
        made = self._client.create_model_version(
            name,
            source=f"{run.info.artifact_uri}/{path}",
            run_id=run.info.run_id,
            description=model.about.note,
            tags={"kind": model.kind, "path": path, "as_of": trained.data.as_of.isoformat()},
        )
        version = str(made.version)
        if alias == CHAMPION:
            self._promote(name, version)
        else:
            self._client.set_registered_model_alias(name, alias, version)
        return version

    def _promote(self, name: str, version: str) -> None:
        aliases = dict(self._client.get_registered_model(name).aliases)
        before = aliases.get(CHAMPION)
        if before is not None and str(before) == version:
            return
        if before is not None:
            self._client.set_registered_model_alias(name, PREVIOUS, str(before))
        self._client.set_registered_model_alias(name, CHAMPION, version)
        if str(aliases.get(CHALLENGER)) == version:
            self._client.delete_registered_model_alias(name, CHALLENGER)

    def _ensure_model(self, name: str, motion: Motion) -> None:
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name, description=f"Ranks accounts for {motion}.")

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Keeps MLflow's own notices from the reader, and turns its refusals into ours."""
        log = logging.getLogger("mlflow")
        level = log.level
        log.setLevel(logging.WARNING)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except MlflowException as error:
            raise RegistryUnreachable(self.tracking_uri, str(error)) from error
        finally:
            log.setLevel(level)


def _version(motion: Motion, found: ModelVersion, aliases: Mapping[str, object]) -> Version:
    pointing = tuple(sorted(alias for alias, version in aliases.items() if str(version) == str(found.version)))
    return Version(
        motion,
        str(found.version),
        str(found.run_id),
        pointing,
        found.tags.get("kind", ""),
        found.tags.get("as_of", ""),
    )
