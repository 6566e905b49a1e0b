"""A day to come is refused before anything begins that takes time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.daily import daily
from consumption.jobs.not_yet import NotYet

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
    script = f"""
import sys
from consumption.cli.main import main
sys.argv = ["consumption", "{what}", "--as-of", "2999-01-01", "-w", {str(tmp_path / "new")!r}]
try:
    main()
except SystemExit as stopped:
    assert stopped.code == 1
assert not {{"lightgbm", "sklearn", "consumption.jobs.recommend"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2999-01-01 has not begun yet" in done.stderr
