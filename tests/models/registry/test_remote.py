"""A tracking server that really runs, and what goes on without it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models import served
from consumption.models.loading import versioned
from consumption.models.registry import Registry
from consumption.models.training import TrainingRules, train
from consumption.models.versions import RegistryUnreachable
from tests.models.book import AS_OF, book, training_set

SECONDS = 240


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Whether the server takes connections within the time there is."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`mlflow server` on this machine alone, with its own database and its own files."""
    port = free_port()
    command = [
        sys.executable, "-W", "ignore", "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", f"sqlite:///{tmp_path / 'server.db'}",
        "--artifacts-destination", str(tmp_path / "files"),
    ]  # fmt: skip
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, env=quiet, start_new_session=True)
    try:
        assert answers(port, process), (tmp_path / "server.log").read_text()[-2000:]
        yield f"http://127.0.0.1:{port}", process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and its workers, which are of its own group."""
    if process.poll() is None:
        os.killpg(process.pid, 15)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(20)


@pytest.mark.slow
def test_a_server_by_url_takes_runs_and_its_absence_stops_no_list(
    server: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Runs, files, versions and aliases go over HTTP; with the server gone what is kept ranks, and goes back."""
    address, process = server
    data = training_set(book(accounts=250, seed=3))
    trained = train("help", data, seed=0, rules=TrainingRules(gate_draws=100, metric_draws=10))
    registry = Registry(address, None)
    with registry.training(["help"], AS_OF) as runs:
        logged = registry.log_training(trained, runs["help"])
    root = tmp_path / "models"
    served.keep(root, versioned(trained.model, logged.champion))
    served.promote(root, "help", logged.champion)
    registry.point("help", logged.champion)
    fetched = registry.fetch("help", logged.champion)
    assert fetched.predict(data.rows).equals(trained.model.predict(data.rows))
    assert registry.version("help") == "1"
    assert registry.record("help", "1").parameters["seed"] == "0"
    stop(process)
    with pytest.raises(RegistryUnreachable):
        registry.versions("help")
    assert served.load_served(root, "help", SIGNALS).predict(data.rows).equals(fetched.predict(data.rows))
    served.keep(root, versioned(trained.model, "2"))
    served.promote(root, "help", "2")
    assert served.go_back(root, "help").version == "1"
