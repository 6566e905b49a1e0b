"""The command that the docs give for looking at a workspace's runs, as it stands there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from consumption.models.registry import Registry
from consumption.models.training import TrainingRules, train
from consumption.models.versions import Logged
from tests.models.book import book, training_set
from tests.models.registry.test_remote import answers, free_port, stop

PAGE = Path(__file__).parents[3] / "docs" / "engineers.md"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Registry, Logged]:
    """A workspace of one training."""
    registry = Registry.of_workspace(tmp_path / "acme")
    data = training_set(book(accounts=120, seed=3))
    return registry, registry.log_training(train("help", data, seed=0, rules=TrainingRules(metric_draws=10)))


@pytest.fixture
def address(made: tuple[Registry, Logged], tmp_path: Path) -> Iterator[str]:
    """Where the command serves that workspace."""
    (command,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("mlflow ui ")]
    words = shlex.split(command.replace("sqlite:///acme/mlruns/mlflow.db", made[0].tracking_uri))
    assert made[0].tracking_uri in words
    port = free_port()
    with (tmp_path / "ui.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *words, "--port", str(port)],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
            start_new_session=True,
        )
    try:
        assert answers(port, process), (tmp_path / "ui.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


@pytest.mark.slow
def test_the_documented_command_shows_runs_and_their_files(address: str, made: tuple[Registry, Logged]) -> None:
    """Its experiment, its run, and the model card of it."""
    with httpx.Client(base_url=address, timeout=60) as client:
        experiments = client.post("/api/2.0/mlflow/experiments/search", json={"max_results": 10}).json()[
            "experiments"
        ]
        ids = [one["experiment_id"] for one in experiments if one["name"] == "consumption-help"]
        found = client.post("/api/2.0/mlflow/runs/search", json={"experiment_ids": ids}).json()["runs"]
        card = client.get("/get-artifact", params={"path": "model_card.md", "run_uuid": made[1].run_id})
    assert [run["info"]["run_id"] for run in found] == [made[1].run_id]
    assert card.text.startswith("# help: rule\n")
