"""MLflow: runs, logged models, registered versions and aliases, on a real database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from consumption.models.motion import Motion
from consumption.models.registry import Registry
from consumption.models.registry.talking import talking
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import Trained, train
from consumption.models.versions import Logged, NoRights, RegistryUnreachable
from tests.models.book import AS_OF, QUICK, book, training_set


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
    """The same in the registry, and champion."""
    done = registry.log_training(trained)
    registry.point("help", done.champion)
    return done


def artifacts(client: MlflowClient, logged: Logged, folder: str | None = None) -> set[str]:
    """Names of a run's files."""
    return {f.path for f in client.list_artifacts(logged.run_id, folder)}


def test_the_winner_is_registered_and_champion(registry: Registry, client: MlflowClient, logged: Logged) -> None:
    """`consumption-help`, version 1, alias champion, with the run that made it and why it ranks."""
    found = client.get_model_version_by_alias("consumption-help", "champion")
    assert (str(found.version), found.run_id) == (logged.champion, logged.run_id)
    assert registry.version("help") == logged.champion == "1"
    assert "won the gate" in str(found.description)


def test_the_run_has_parameters_metrics_and_fingerprints(
    client: MlflowClient, registry: Registry, logged: Logged, trained: Trained
) -> None:
    """What it was trained with, how good it is, and on which definitions and data; `record` reads it back."""
    run = client.get_run(logged.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["horizon_days"] == "91"
    assert run.data.metrics["roc_auc"] == pytest.approx(trained.metrics["ranker"]["all"]["roc_auc"].value)
    assert run.data.metrics["rule/all/roc_auc"] < run.data.metrics["roc_auc"]
    assert 0.0 < run.data.metrics["early_at_k"] <= 1.0
    record = registry.record("help", logged.champion)
    assert record.fingerprints == dict(trained.data.fingerprints)
    assert (record.data, record.parameters["seed"]) == ({"events": "3"}, "0")


def test_the_run_has_its_card_and_its_charts(client: MlflowClient, logged: Logged, tmp_path: Path) -> None:
    """Gains, calibration and lead time, over all and over accounts not seen in training, as SVG and as Vega-Lite."""
    assert {"model_card.md", "report.json", "signals.json", "strongest_signals.json"} <= artifacts(client, logged)
    charts = {name.removeprefix("charts/") for name in artifacts(client, logged, "charts")}
    assert {"gains.svg", "gains.vl.json", "calibration.svg", "lead_time.svg", "strongest_signals.svg"} <= charts
    folder = Path(client.download_artifacts(logged.run_id, "charts", str(tmp_path)))
    assert (folder / "gains.svg").read_text().startswith("<svg")
    assert json.loads((folder / "lead_time.vl.json").read_text())["mark"]["type"] == "line"
    heads = json.loads(Path(client.download_artifacts(logged.run_id, "strongest_signals.json")).read_text())
    assert {"probability", "churn", "contraction", "churn_by_driver"} <= set(heads)


def test_any_mlflow_client_loads_the_model_and_gets_probabilities(
    registry: Registry, client: MlflowClient, logged: Logged, trained: Trained, tmp_path: Path
) -> None:
    """In a process that cannot import this package: the same bits, probabilities and not classes, nothing pickled."""
    rows = trained.data.part("test").head(40)
    rows.write_parquet(tmp_path / "rows.parquet")
    script = f"""
import sys
sys.path = [p for p in sys.path if not p.endswith("/src")]
sys.meta_path = [f for f in sys.meta_path if "editable" not in repr(f)]
import mlflow, polars
mlflow.set_tracking_uri({registry.tracking_uri!r})
model = mlflow.pyfunc.load_model("models:/consumption-help@champion")
import consumption
assert "mlruns" in consumption.__file__, consumption.__file__
signals = model.metadata.get_input_schema().input_names()
rows = polars.read_parquet({str(tmp_path / "rows.parquet")!r}).select(signals)
model.predict(rows.to_pandas()).to_csv({str(tmp_path / "said.csv")!r}, index=False, float_format="%.17g")
try:
    model.predict(rows.drop("events_28d").to_pandas())
except mlflow.exceptions.MlflowException as missing:
    assert "events_28d" in str(missing)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False,
                          cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    header, *lines = (tmp_path / "said.csv").read_text().splitlines()
    assert header == "probability,p_churn,p_contraction,s_contraction"
    ours = trained.model.predict(rows)
    assert [float(line.split(",")[1]) for line in lines] == ours["p_churn"].to_list()
    version = Path(str(client.get_model_version("consumption-help", logged.champion).source).removeprefix("file://"))
    kept = sorted(p.name for p in version.rglob("*") if p.is_file())
    assert not [name for name in kept if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert {"MLmodel", "probabilities.py", "churn.txt", "model.json", "requirements.txt"} <= set(kept)
    assert next(version.rglob("churn.txt")).read_text().startswith("tree\n")


def test_a_registered_version_comes_back_as_the_model_it_was(
    registry: Registry, logged: Logged, trained: Trained
) -> None:
    """For going back, and for comparing."""
    model = registry.fetch("help", logged.champion)
    rows = trained.data.part("test")
    assert model.predict(rows).equals(trained.model.predict(rows))
    assert model.about.version == "1"


def test_a_rule_that_says_the_same_is_no_new_version(registry: Registry) -> None:
    """Training again on the same data registers nothing, and the champion goes on."""
    young = training_set(book(accounts=120, seed=3))
    first = registry.log_training(train("expand", young, seed=0, rules=QUICK))
    champion = registry.fetch("expand", first.champion)
    registry.point("expand", first.champion)
    again = registry.log_training(train("expand", young, seed=0, rules=QUICK), champion=champion)
    assert (champion.kind, again.champion) == ("rule", "")
    assert [v.version for v in registry.versions("expand")] == [first.champion]


def test_pointing_moves_the_aliases_and_again_changes_nothing(
    registry: Registry, logged: Logged, data: TrainingSet
) -> None:
    """The champion before is `previous`; what the registry does not know is pointed to by nothing."""
    second = registry.log_training(train("help", data, seed=1, rules=QUICK))
    assert registry.version("help") == logged.champion, "a version that is not kept beside the store does not rank"
    new = second.champion or second.challenger
    for _ in range(2):
        registry.point("help", new, logged.champion)
        assert (registry.version("help"), registry.version("help", "previous")) == (new, logged.champion)
    registry.point("help", logged.champion, "77")
    assert registry.version("help", "previous") is None
    assert registry.version("help") == logged.champion


def test_a_copied_workspace_keeps_its_artifacts_with_itself(
    workspace: Path, logged: Logged, trained: Trained, tmp_path: Path
) -> None:
    """MLflow stores absolute paths: a copy reads its own files, and logs into an experiment of its own."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    shutil.copytree(workspace, original)
    moved = Registry.of_workspace(original)
    moved.log_training(trained)
    newest = moved.versions("help")[0].version
    original.rename(copy)
    registry = Registry.of_workspace(copy)
    assert registry.fetch("help", newest).predict(trained.data.part("test")).height > 0
    before = len(list((copy / "mlruns").rglob("report.json")))
    registry.log_training(trained)
    assert len(list((copy / "mlruns").rglob("report.json"))) == before + 1
    assert logged.run_id


def test_names_of_a_catalog_pass(tmp_path: Path, trained: Trained) -> None:
    """`catalog.schema.name`, as Unity Catalog wants them, for experiment and registered model."""
    names: dict[Motion, str] = {"help": "main.growth.consumption_help", "expand": "main.growth.consumption_expand"}
    registry = Registry.of_workspace(tmp_path, names)
    made = registry.log_training(trained)
    registry.point("help", made.champion)
    assert registry.version("help") == "1"
    assert registry.fetch("help", "1").kind == trained.model.kind


def test_a_run_is_under_way_while_its_training_is(registry: Registry, client: MlflowClient) -> None:
    """It fails with what failed, and is no longer under way when its process was killed."""
    with pytest.raises(KeyboardInterrupt), registry.training(["help"], AS_OF) as runs:  # noqa: PT012 - killed within
        assert client.get_run(runs["help"]).info.status == "RUNNING"
        raise KeyboardInterrupt
    assert client.get_run(runs["help"]).info.status == "FAILED"
    killed = "import sys, os; from datetime import *; from consumption.models.registry import Registry\n"
    killed += f"r = Registry({registry.tracking_uri!r}, __import__('pathlib').Path({str(registry.artifacts)!r}))\n"
    killed += "with r.training(['help'], datetime(2026, 1, 5, tzinfo=UTC)) as runs: print(runs['help'], flush=True); "
    killed += "os._exit(9)"
    died = subprocess.run([sys.executable, "-W", "ignore", "-c", killed], capture_output=True, text=True, check=False)
    assert (died.returncode, client.get_run(died.stdout.strip()).info.status) == (9, "RUNNING"), died.stderr[-800:]
    with registry.training(["help"], AS_OF + timedelta(days=1)) as runs:
        assert client.get_run(died.stdout.strip()).info.status == "KILLED"
        with registry.training(["help"], AS_OF):
            assert client.get_run(runs["help"]).info.status == "RUNNING", "that of a living process is left alone"


class Refusing(BaseHTTPRequestHandler):
    """A tracking server that knows us and lets us do nothing."""

    def do_GET(self) -> None:
        """Refuses."""
        body = json.dumps({"error_code": "PERMISSION_DENIED", "message": "no right to edit"}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Says nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of such a server."""
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_missing_rights_are_one_error_before_the_work(refusing: str) -> None:
    """It names what is needed, and where to name other places."""
    registry = Registry(refusing, None)
    with pytest.raises(NoRights, match="no right to edit") as refused, registry.training(["help"], AS_OF):
        pytest.fail("training must not begin")
    assert "consumption-help" in refused.value.remedy
    assert "[registry]" in refused.value.remedy


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("API request to endpoint /api/2.0/mlflow failed with error code 403 != 200. Response body: ''", True),
        ("401 Client Error: Unauthorized for url: http://tracking.example", True),
        ("HTTPConnectionPool(host='127.0.0.1', port=14031): Max retries exceeded", False),
        ("Run with id=9f401c8403aa not found", False),
    ],
)
def test_only_a_refusal_is_a_missing_right(said: str, refused: bool) -> None:
    """A port or an id with 403 in it is a server that is away, or a run that is not there."""
    with pytest.raises(NoRights if refused else RegistryUnreachable), talking("http://tracking.example", ("help",)):
        raise MlflowException(said)


def test_what_the_registry_refuses_is_told_with_a_remedy(registry: Registry) -> None:
    """The tracking server's words, and what to check."""
    with pytest.raises(RegistryUnreachable, match="lists go on") as refused:
        registry.record("help", "999")
    assert refused.value.status == 503


def test_a_challenger_is_told_from_what_ranks(registry: Registry, logged: Logged, trained: Trained) -> None:
    """A ranker that lost is a version with the alias challenger; promoted, it is challenger no more."""
    lost = replace(trained, model=registry.fetch("help", logged.champion))
    made = registry.log_training(lost)
    assert (made.champion, registry.version("help", "challenger")) == ("", made.challenger)
    registry.point("help", made.challenger, logged.champion)
    assert registry.version("help", "challenger") is None
    assert registry.version("help") == made.challenger
