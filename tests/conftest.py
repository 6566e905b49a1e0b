"""What tests of several stages share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from consumption.cli import main

# A machine that is busy is slow: how long an example takes says nothing of what it checks.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

Command = Callable[..., tuple[int, str, str]]

# Folders whose tests share what takes long to make; elsewhere a file's do.
_TOGETHER = ("road", "world", "store")
# What takes longest comes first, so that no process is left alone with it at the end.
_FIRST = ("road", "models", "jobs")


class Together(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Tests that share what takes long to make run in one process, where several share the work."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.removeprefix("tests/").partition("/")[0]
        return folder if folder in _TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Asked where several processes share the work."""
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders that take longest first; within a folder the order stays."""
    root = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(root).parts[0] not in _FIRST)


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
