"""What tests of several stages share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from consumption.cli import main

Command = Callable[..., tuple[int, str, str]]

# Folders whose tests share what takes long to make; elsewhere a file's do.
_TOGETHER = {"road", "world", "store", "models"}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Tests that share what takes long to make run in one process, where several share the work."""
    for item in items:
        file = item.path.relative_to(Path(__file__).parent)
        together = file.parts[0] if file.parts[0] in _TOGETHER else file.as_posix()
        item.add_marker(pytest.mark.xdist_group(together))


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
