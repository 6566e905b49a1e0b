"""A day to come is refused before anything begins that takes time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.daily import daily
from consumption.jobs.not_yet import NotYet
from tests.unloaded import refused

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def test_the_daily_job_reads_nothing_for_a_day_to_come(tmp_path: Path) -> None:
    """In an empty workspace, what is missing there would be told first."""
    create(tmp_path / "new")
    with pytest.raises(NotYet, match="2026-06-02 has not begun yet"):
        daily(Workspace.open(tmp_path / "new"), as_of=datetime(2026, 6, 2, tzinfo=UTC), now=NOW)


@pytest.mark.parametrize("what", ["run", "publish"])
def test_what_learns_is_not_loaded_to_refuse_a_day(what: str, tmp_path: Path) -> None:
    """It takes seconds, and on a busy machine many."""
    create(tmp_path / "new")
    said = refused(what, "--as-of", "2999-01-01", "-w", tmp_path / "new", without="consumption.jobs.recommend")
    assert "2999-01-01 has not begun yet" in said
