"""MLflow: runs, registered versions and aliases, on a real database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from consumption.models.dataset import TrainingSet
from consumption.models.registry import Logged, Registry, RegistryUnreachable
from consumption.models.training import Trained, TrainingRules, train
from tests.models.book import book, training_set

QUICK = TrainingRules(gate_draws=300, metric_draws=50)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose MLflow database is made once."""
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="session")
def registry(workspace: Path) -> Registry:
    """Its registry."""
    return Registry.of_workspace(workspace)


@pytest.fixture(scope="session")
def client(registry: Registry) -> MlflowClient:
    """MLflow's own view of it."""
    return MlflowClient(tracking_uri=registry.tracking_uri, registry_uri=registry.tracking_uri)


@pytest.fixture(scope="session")
def trained() -> Trained:
    """A training that LightGBM wins."""
    return train("help", training_set(book(accounts=900, seed=2, effect=1.6)), seed=0, rules=QUICK)


@pytest.fixture(scope="session")
def logged(registry: Registry, trained: Trained) -> Logged:
    """The same in the registry."""
    return registry.log_training(trained)


def test_the_winner_is_registered_and_champion(registry: Registry, client: MlflowClient, logged: Logged) -> None:
    """`consumption-help`, version 1, alias champion."""
    found = client.get_model_version_by_alias("consumption-help", "champion")
    assert (found.version, found.run_id) == (logged.champion, logged.run_id) or str(found.version) == logged.champion
    assert registry.version("help") == logged.champion == "1"
    assert "won the gate" in str(found.description)


def test_the_run_has_parameters_metrics_and_fingerprints(
    client: MlflowClient, logged: Logged, trained: Trained
) -> None:
    """What it was trained with, how good it is, and on which definitions and data."""
    run = client.get_run(logged.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["horizon_days"] == "91"
    assert run.data.metrics["roc_auc"] == pytest.approx(trained.metrics["ranker"]["all"]["roc_auc"].value)
    assert run.data.metrics["rule/all/roc_auc"] < run.data.metrics["roc_auc"]
    tags = run.data.tags
    assert {n.removeprefix("signal."): v for n, v in tags.items() if n.startswith("signal.")} == dict(
        trained.data.fingerprints
    )
    assert (tags["data.events"], tags["decision"]) == ("3", trained.verdict.decision if trained.verdict else "")


def test_the_boosters_lie_in_the_workspace_as_text(workspace: Path, client: MlflowClient, logged: Logged) -> None:
    """Under mlruns/artifacts, readable without LightGBM, and listed by MLflow itself."""
    files = {Path(f.path).name for f in client.list_artifacts(logged.run_id, "model")}
    assert {"model.json", "churn.txt", "churn.json", "move.txt", "severity.json"} <= files
    source = client.get_model_version("consumption-help", logged.champion).source
    folder = Path(str(source).removeprefix("file://"))
    assert folder.is_relative_to(workspace / "mlruns" / "artifacts")
    assert (folder / "churn.txt").read_text().startswith("tree\n")
    report = json.loads((folder.parent / "report.json").read_text())
    assert report["motion"] == "help"


def test_a_registered_version_comes_back_as_the_model_it_was(
    registry: Registry, logged: Logged, trained: Trained
) -> None:
    """For going back, and for comparing."""
    model = registry.fetch("help", logged.champion)
    rows = trained.data.part("test")
    assert model.predict(rows).equals(trained.model.predict(rows))
    assert model.about.version == "1"


def test_a_ranker_that_lost_is_on_record_as_challenger(registry: Registry) -> None:
    """The rule is champion and says so; the ranker can be looked at."""
    noise = training_set(book(accounts=600, seed=3, loss=-3.6, effect=0.0))
    logged = registry.log_training(train("expand", noise, seed=0, rules=QUICK))
    kinds = {v.version: (v.kind, v.aliases) for v in registry.versions("expand")}
    assert kinds[logged.champion] == ("rule", ("champion",))
    if logged.challenger:
        assert kinds[logged.challenger] == ("lightgbm", ("challenger",))


def test_promoting_moves_the_aliases(registry: Registry, logged: Logged, data: TrainingSet) -> None:
    """The champion before is `previous`; going back is a switch of aliases."""
    second = registry.log_training(train("help", data, seed=1, rules=QUICK))
    new = second.champion
    assert new == "2"
    assert registry.version("help", "previous") == logged.champion
    registry.promote("help", logged.champion)
    assert (registry.version("help"), registry.version("help", "previous")) == (logged.champion, new)


def test_a_copied_workspace_keeps_its_artifacts_with_itself(
    workspace: Path, logged: Logged, trained: Trained, tmp_path: Path
) -> None:
    """MLflow stores absolute paths: a copy starts an experiment of its own and leaves the old runs in place."""
    assert logged.run_id
    copy = tmp_path / "copy"
    shutil.copytree(workspace, copy)
    registry = Registry.of_workspace(copy)
    registry.log_training(trained)
    assert list((copy / "mlruns" / "artifacts").rglob("churn.txt"))
    new = {p.parent for p in (copy / "mlruns").rglob("report.json")}
    assert len(new) == len({p.parent for p in (workspace / "mlruns").rglob("report.json")}) + 1


def test_what_the_registry_refuses_is_told_with_a_remedy(registry: Registry) -> None:
    """The tracking server's words, and what to check."""
    with pytest.raises(RegistryUnreachable, match="lists go on") as refused:
        registry.promote("help", "999")
    assert refused.value.status == 503
