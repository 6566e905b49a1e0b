"""A demo workspace that the whole session shares; tests that change one copy it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs.demo import demo

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


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
