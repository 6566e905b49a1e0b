"""Runs and registered models of one workspace, in MLflow."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from consumption.models.loading import load_model, versioned
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.registry.runs import Runs, ensure_model
from consumption.models.registry.talking import talking
from consumption.models.run_log import models_of, new_models
from consumption.models.training import Trained
from consumption.models.versions import CHALLENGER, CHAMPION, NAMES, PREVIOUS, Logged, Record, Version

_ARTIFACTS = "/mlruns/artifacts/"
_NEVER_PLACED = "Left by a training that ended before this version could rank; it never did."


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

    @contextmanager
    def training(self, motions: Sequence[Motion], as_of: datetime) -> Iterator[dict[Motion, str]]:
        """A run for each motion, under way while the block is; one that the block does not log has failed.

        Begins by writing all that will be written, so that a missing right is one error before the work (NoRights),
        ends runs whose process was killed, and takes back the versions that they never came to place.
        """
        with self._talking():
            runs = {motion: self._runs(motion) for motion in motions}
            for motion, of in runs.items():
                self._ensure_model(motion)
                of.end_those_of_dead_processes(self._placed(motion))
                self._take_back(motion, of.unfinished())
            begun = {motion: of.begin(as_of) for motion, of in runs.items()}
        ended = False
        try:
            yield begun
            ended = True
        finally:
            self._close(begun, "FINISHED" if ended else "FAILED")

    def log_training(self, trained: Trained, run_id: str | None = None, champion: Model | None = None) -> Logged:
        """A run with parameters, metrics, data versions, fingerprints, charts and card; then versions.

        `run_id`: the run that was begun for it, to be ended when its versions have their place (`end`). What is to
        rank becomes a version without an alias: `point` gives it one once it is kept beside the store. A rule that
        says what the `champion` says is no new version. A ranker that lost becomes `challenger`.
        """
        motion = trained.motion
        with self._talking():
            runs = self._runs(motion)
            self._ensure_model(motion)
            run = run_id or runs.begin(trained.data.as_of)
            models = runs.log(run, trained, new_models(trained, champion))
            made = {what: self._register(run, trained, what, logged) for what, logged in models.items()}
            if "challenger" in made:
                self._client.set_registered_model_alias(self.names[motion], CHALLENGER, made["challenger"])
            if run_id is None:
                runs.end(run, "FINISHED")
        return Logged(run, made.get("model", ""), made.get("challenger", ""))

    def end(self, motion: Motion, run_id: str) -> None:
        """A run that was begun is finished: what it registered has its place."""
        with self._talking():
            self._runs(motion).end(run_id, "FINISHED")

    def point(self, motion: Motion, champion: str, previous: str = "") -> None:
        """Lets `champion` and `previous` point to these versions, as they are beside the store; again, no change.

        A version that the registry does not know (it was made anew since) leaves its alias pointing nowhere.
        """
        name = self.names[motion]
        with self._talking():
            known = {v.version for v in self._versions(motion)}
            aliases = {alias: str(v) for alias, v in self._aliases(motion).items()} if known else {}
            for alias, version in ((CHAMPION, champion), (PREVIOUS, previous)):
                if version in known and aliases.get(alias) != version:
                    self._client.set_registered_model_alias(name, alias, version)
                elif version not in known and alias in aliases:
                    self._client.delete_registered_model_alias(name, alias)
            if aliases.get(CHALLENGER) == champion:
                self._client.delete_registered_model_alias(name, CHALLENGER)

    def version(self, motion: Motion, alias: str = CHAMPION) -> str | None:
        """The version that an alias points to; None where it points nowhere."""
        return next((v.version for v in self.versions(motion) if alias in v.aliases), None)

    def versions(self, motion: Motion) -> list[Version]:
        """Every registered version, newest first."""
        with self._talking():
            return self._versions(motion)

    def fetch(self, motion: Motion, version: str) -> Model:
        """A registered version as a model, under its number."""
        name = self.names[motion]
        with self._talking(), tempfile.TemporaryDirectory() as folder:
            # By its place and not as models:/NAME/VERSION, which MLflow looks up where the process is told to track.
            source = str(self._client.get_model_version_download_uri(name, version))
            place = self._beside(source) or Path(
                download_artifacts(artifact_uri=source, dst_path=folder, tracking_uri=self.tracking_uri)
            )
            return versioned(load_model(next(place.rglob("model.json")).parent), version)

    def record(self, motion: Motion, version: str) -> Record:
        """What the run of a version was made with."""
        with self._talking():
            run = self._client.get_run(str(self._client.get_model_version(self.names[motion], version).run_id))
        return Record(
            parameters=dict(run.data.params),
            data=_under("data.", run.data.tags),
            fingerprints=_under("signal.", run.data.tags),
            metrics=dict(run.data.metrics),
        )

    def _register(self, run_id: str, trained: Trained, what: str, logged: LoggedModel) -> str:
        model = models_of(trained)[what]
        made = self._client.create_model_version(
            self.names[trained.motion],
            source=str(logged.artifact_location),
            run_id=run_id,
            model_id=logged.model_id,
            description=model.about.note,
            tags={"kind": model.kind, "what": what, "as_of": trained.data.as_of.isoformat()},
        )
        return str(made.version)

    def _runs(self, motion: Motion) -> Runs:
        return Runs(self._client, motion, self.names[motion], self.artifacts)

    def _close(self, begun: Mapping[Motion, str], status: str) -> None:
        """Ends the runs that are still under way; one that has a version with a name has done what it was for."""
        with self._talking():
            for motion, run_id in begun.items():
                if self._client.get_run(run_id).info.status == "RUNNING":
                    placed = run_id in self._placed(motion)
                    self._client.set_terminated(run_id, "FINISHED" if placed else status)

    def _placed(self, motion: Motion) -> set[str]:
        """Runs that made a version with a name: one that ranks, did before, or is scored beside."""
        return {version.run_id for version in self._versions(motion) if version.aliases}

    def _take_back(self, motion: Motion, runs: Collection[str]) -> None:
        """Versions of trainings that ended before they gave them a place: no alias, and nobody ever ranked by them.

        Where deleting is not ours to do they stay, and say what they are.
        """
        for version in (v for v in self._versions(motion) if v.run_id in runs and not v.aliases):
            try:
                self._client.delete_model_version(self.names[motion], version.version)
            except MlflowException:
                self._client.update_model_version(self.names[motion], version.version, description=_NEVER_PLACED)

    def _ensure_model(self, motion: Motion) -> None:
        name = self.names[motion]
        ensure_model(self._client, name, f"Ranks accounts for {motion}.")
        self._client.set_registered_model_tag(name, "motion", motion)

    def _aliases(self, motion: Motion) -> Mapping[str, object]:
        return dict(self._client.get_registered_model(self.names[motion]).aliases)

    def _versions(self, motion: Motion) -> list[Version]:
        found = list(self._client.search_model_versions(f"name = '{self.names[motion]}'"))
        aliases = self._aliases(motion) if found else {}
        return sorted((_version(motion, v, aliases) for v in found), key=lambda v: -int(v.version))

    def _beside(self, source: str) -> Path | None:
        """Where our own artifacts lie now: MLflow keeps absolute paths, and a workspace may have been copied."""
        if self.artifacts is None or _ARTIFACTS not in source:
            return None
        place = self.artifacts / unquote(source.rpartition(_ARTIFACTS)[2])
        return place if place.is_dir() else None

    def _talking(self) -> AbstractContextManager[None]:
        return talking(self.tracking_uri, tuple(self.names.values()))


def _version(motion: Motion, found: ModelVersion, aliases: Mapping[str, object]) -> Version:
    pointing = tuple(sorted(alias for alias, version in aliases.items() if str(version) == str(found.version)))
    kind, as_of = found.tags.get("kind", ""), found.tags.get("as_of", "")
    return Version(motion, str(found.version), str(found.run_id), pointing, kind, as_of)


def _under(prefix: str, tags: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in tags.items() if name.startswith(prefix)}
