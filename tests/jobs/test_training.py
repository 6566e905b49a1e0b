"""One training at a time; after a kill the same command goes on, and nothing is left in disorder."""

from __future__ import annotations

import importlib
import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.one_training import STATE, TrainingUnderWay, one_training
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.jobs.registering import registry_of
from consumption.jobs.train import train
from consumption.jobs.training_set import told_at
from consumption.jobs.week import accounts_a_week
from consumption.models import served
from consumption.models.heads.search import SearchNotInstalled
from consumption.models.judging.evaluation import USUAL_CAPACITY
from consumption.models.pointer import POINTER
from consumption.models.registry import Registry
from consumption.models.samples.dataset import NoLabels
from consumption.models.versions import NoRights, RegistryUnreachable
from tests.features.quality.small import AS_OF, book
from tests.jobs.killing import killed_once
from tests.jobs.test_doctor import loaded

SOON = "\n[labels]\nhorizon_days = 56\n"
PROGRAM = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from consumption.config import Workspace
from consumption.jobs.train import train
print("ready", flush=True)
sys.stdin.readline()
train(Workspace.open(Path(sys.argv[1])), motions=("help", "expand"), as_of=datetime(2026, 6, 1, tzinfo=UTC))
"""


def test_two_trainings_of_a_workspace_do_not_run_at_once(tmp_path: Path) -> None:
    """The second one is told, and told what to do; when the first is over it may begin."""
    with one_training(tmp_path / "models", {"as_of": "x"}):
        with pytest.raises(TrainingUnderWay, match=r"under way .*process \d+") as told:
            one_training(tmp_path / "models", {"as_of": "x"}).__enter__()
        assert told.value.status == 409
    with one_training(tmp_path / "models", {"as_of": "x"}) as free:
        assert free.done == {}


def stopped(models: Path, as_of: str, version: str) -> None:
    """A training that does one motion and then fails, telling what had been done before it."""
    with one_training(models, {"as_of": as_of}) as underway:
        before = {done["version"] for done in underway.done.values()}
        underway.finished("help", {"version": version, "words": ["Won."]})
        raise Stopped(before)


class Stopped(Exception):
    """The power went."""


def test_what_was_done_is_known_after_a_failure_and_forgotten_when_all_is_done(tmp_path: Path) -> None:
    """Of the same training only: another day, other data or settings begin anew."""
    with pytest.raises(Stopped):
        stopped(tmp_path, "x", "3")
    with pytest.raises(Stopped) as other:
        stopped(tmp_path, "y", "4")
    assert other.value.args == (set(),)
    with one_training(tmp_path, {"as_of": "y"}) as again:
        assert again.done["help"]["version"] == "4"
    assert not (tmp_path / STATE).exists()


def test_no_password_stays_behind_when_a_training_fails(tmp_path: Path) -> None:
    """What a training is of is settings too: only a digest is kept, for nobody but its owner to read."""
    secret = "postgresql://app:s3cret@db/x"
    with pytest.raises(Stopped):
        stopped(tmp_path, secret, "3")
    state = tmp_path / STATE
    assert "s3cret" not in state.read_text("utf-8")
    assert state.stat().st_mode & 0o077 == 0
    with one_training(tmp_path, {"as_of": secret}) as again:
        assert again.done["help"]["version"] == "3"


def test_messages_of_the_registry_hold_no_password() -> None:
    """Neither the server's address nor what it answered tells who signs in, or by what."""
    uri = "https://ann:p@ss:word@mlflow.example.com/x"
    for error in (RegistryUnreachable(uri, f"refused at {uri}?"), NoRights(uri, ["a"], f"403 for url: {uri}")):
        assert "p@ss" not in str(error)
        assert "word" not in str(error)
        assert "ann" not in str(error)
        assert "https://***@mlflow.example.com/x" in error.problem
    plain = RegistryUnreachable("http://127.0.0.1:9", "write to ops@example.com").problem
    assert "http://127.0.0.1:9" in plain
    assert "ops@example.com" in plain


def test_a_week_is_as_long_as_its_hours(tmp_path: Path) -> None:
    """Hours of people, else of settings, by the mean hours of an action that takes any; at least one account."""
    workspace = create(tmp_path / "w")
    hours = catalogue_of(workspace).frame["hours"]
    usual = hours.filter(hours > 0).mean()
    assert isinstance(usual, float)
    assert accounts_a_week(workspace) == round(8 / usual)
    people = pl.DataFrame(
        {"email": ["a", "a", "b", "c"], "hours_week": [40.0, 1.0, 20.0, 0.0], "role": ["rep", "rep", None, "rep"]}
    )
    known = replace(lake_of(workspace).history(), people=people.lazy())
    assert accounts_a_week(workspace, known) == round(30 / usual)
    few = replace(known, people=people.with_columns(hours_week=pl.lit(0.1)).lazy())
    assert accounts_a_week(workspace, few) == 1
    workspace.actions_file.write_text("[[action]]", "utf-8")
    assert accounts_a_week(workspace, known) == USUAL_CAPACITY


def test_a_week_is_that_of_reps_who_have_hours(tmp_path: Path) -> None:
    """A rep of whom no hours are told has those of settings; others of the team look on, whatever their hours."""
    workspace = create(tmp_path / "w")
    hours = catalogue_of(workspace).frame["hours"]
    usual = hours.filter(hours > 0).mean()
    assert isinstance(usual, float)

    def week(*team: tuple[str, str | None, float | None]) -> int:
        people = pl.DataFrame(
            team, schema={"email": pl.String, "role": pl.String, "hours_week": pl.Float64}, orient="row"
        )
        return accounts_a_week(workspace, replace(lake_of(workspace).history(), people=people.lazy()))

    assert week() == round(8 / usual)
    assert week(("a", "rep", None), ("b", "rep", 40.0)) == round(24 / usual)
    assert week(("a", "rep", 40.0), ("b", "lead", 4.0), ("c", "admin", None), ("d", "engineer", 1.0)) == round(
        40 / usual
    )
    assert week(("b", "lead", 40.0), ("c", "admin", 40.0)) == round(8 / usual)


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with half a year of history: a rule is fitted, and says why."""
    return looking_soon(tmp_path_factory.mktemp("young"))


def looking_soon(root: Path) -> Workspace:
    """The small book, with labels that look 56 days ahead."""
    made = loaded(root, book())
    settings = made.root / "consumption.toml"
    settings.write_text(settings.read_text("utf-8") + SOON, "utf-8")
    return Workspace.open(made.root)


def running(registry: Registry) -> int:
    """Runs that MLflow believes to be under way."""
    client = registry._client
    experiments = [e.experiment_id for e in client.search_experiments()]
    return len(client.search_runs(experiments, "attributes.status = 'RUNNING'"))


def motions_done(workspace: Workspace) -> set[str]:
    """What the training under way has done."""
    state = workspace.models / STATE
    return set(json.loads(state.read_text("utf-8"))["done"]) if state.is_file() else set()


@pytest.mark.slow
def test_a_version_that_was_never_placed_is_taken_back(tmp_path: Path) -> None:
    """Killed between registering a version and putting it in charge: the next training leaves none without a name.

    A pipe in the place of the first file that is written after registering holds the training there.
    """
    workspace = looking_soon(tmp_path)
    pipe = workspace.root / "drift" / "references" / ".help-1.json.part"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    killed_once(lambda: registered(workspace) == ["1"], PROGRAM, str(workspace.root))
    pipe.unlink()
    assert versions(workspace) == {"1": ()}
    assert served.pointer(workspace.models, "help") is None

    done = train(workspace, motions=("help",), as_of=AS_OF)
    assert versions(workspace) == {"2": ("champion",)}
    assert done[0].version == "2"


def versions(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Registered versions of help, and the names that point to each."""
    return {version.version: version.aliases for version in registry_of(workspace).versions("help")}


def registered(workspace: Workspace) -> list[str]:
    """The same as the database has them, while another process writes it."""
    file = workspace.root / "mlruns" / "mlflow.db"
    if not file.is_file():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as read:
        if not read.execute("SELECT 1 FROM sqlite_master WHERE name = 'model_versions'").fetchall():
            return []
        return [str(row[0]) for row in read.execute("SELECT version FROM model_versions")]


def test_before_the_first_label_there_is_nothing_to_train_on_and_it_is_said_from_when(tmp_path: Path) -> None:
    """No run is begun and no training left under way; the rule ranks, and the day that is named is the day."""
    workspace = loaded(tmp_path, book())
    early = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(NoLabels, match="telemetry begins on ") as told:
        train(workspace, motions=("help",), as_of=early)
    assert not (workspace.root / "mlruns").exists()
    assert not (workspace.models / STATE).exists()
    named = re.search(r"until (\d{4}-\d\d-\d\d), then train again", told.value.remedy)
    assert named is not None
    day = datetime.fromisoformat(named[1]).replace(tzinfo=UTC)
    assert day > early
    assert told_at(workspace, day).horizon.dates
    with pytest.raises(NoLabels):
        told_at(workspace, day - timedelta(days=1))


def test_a_search_that_cannot_be_made_is_told_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, and nothing is written."""
    workspace = loaded(tmp_path, book())

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SearchNotInstalled, match=r"consumption\[search\]"):
        train(workspace, motions=("help",), as_of=AS_OF, search_seconds=5)
    assert not workspace.models.exists() or not list(workspace.models.iterdir())


@pytest.mark.slow
def test_a_killed_training_is_gone_on_with(young: Workspace) -> None:
    """Killed as it puts a model in charge, and again when one motion is done: run once more, all is in order.

    Each motion has one champion, the same here and in MLflow; no run is left open; what was done is not done again.
    """
    pointer = young.models / "help" / POINTER
    killed_once(pointer.is_file, PROGRAM, str(young.root))
    assert motions_done(young) <= {"help"}
    killed_once(lambda: "help" in motions_done(young), PROGRAM, str(young.root))

    done = train(young, motions=("help", "expand"), as_of=AS_OF)
    assert [one.motion for one in done] == ["help", "expand"]
    assert "done before" in done[0].text
    assert not (young.models / STATE).exists()
    registry = registry_of(young)
    assert running(registry) == 0
    for one in done:
        now = served.pointer(young.models, one.motion)
        assert now is not None
        assert one.version == now.version == registry.version(one.motion)
        assert "The rule ranks" in one.text
