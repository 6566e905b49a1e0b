"""The moment a command is asked for."""

from __future__ import annotations

from pathlib import Path

from consumption.jobs.create import create
from tests.conftest import Command


def test_a_day_that_is_yet_to_come_is_told(command: Command, tmp_path: Path) -> None:
    """The days until then have no events yet: a signal would read them as silence."""
    create(tmp_path / "new")
    _, _, ahead = command("doctor", "--as-of", "2999-01-01", "-w", tmp_path / "new")
    _, _, behind = command("doctor", "--as-of", "2024-01-01", "-w", tmp_path / "new")
    assert ahead == "note: 2999-01-01 is yet to come: days without events until then look like silence\n"
    assert behind == ""
