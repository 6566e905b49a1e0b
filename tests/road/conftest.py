"""A demo workspace that the whole session shares; tests that change one copy it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.cli import main
from consumption.config import Workspace
from consumption.jobs.demo import demo

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A small demo, made once: generated, ingested, trained, recommended and published as of 1 June 2026."""
    root = tmp_path_factory.mktemp("road") / "demo"
    demo(root, accounts=400, seed=3, now=NOW, port=8000)
    return Workspace.open(root)


@pytest.fixture
def copy(made: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the demo that a test may change."""
    shutil.copytree(made.root, tmp_path / "copy")
    return Workspace.open(tmp_path / "copy")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command as a user types it: exit code, standard output, standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["consumption", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
