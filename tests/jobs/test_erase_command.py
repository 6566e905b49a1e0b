"""`consumption erase`, as a person types it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from tests.jobs.wholly import named

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two users of one account, and an entry of the audit log about one of them."""
    made = create(tmp_path / "w")
    rows = {"account_id": ["acme"] * 2, "timestamp": [NOW] * 2, "event": ["x"] * 2, "user_id": ["olga-99", "ivan-99"]}
    lake_of(made).append("events", pl.DataFrame(rows), source="e")
    with store_of(made) as store:
        store.audit("rep", "read", "user olga-99", NOW)
    return made


def run(workspace: Workspace, *words: str, answer: str = "") -> tuple[int, str, str]:
    """The command in a process of its own, with what is typed in."""
    done = subprocess.run(
        [sys.executable, "-m", "consumption.cli", "erase", *words, "-w", str(workspace.root)],
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_trying_shows_where_and_changes_nothing(workspace: Workspace) -> None:
    """A line a place."""
    code, out, _ = run(workspace, "olga-99", "--try")
    assert (code, out) == (0, "lake/events: 1 row\nstore/audit: 1 row\n")
    assert named(workspace.root, "olga-99")


def test_it_asks_before_it_erases(workspace: Workspace) -> None:
    """No changes nothing; yes, or --yes, leaves no trace, and a receipt."""
    assert run(workspace, "olga-99", answer="n\n")[0] == 1
    assert named(workspace.root, "olga-99")
    code, out, _ = run(workspace, "olga-99", answer="y\n")
    assert code == 0
    assert "the receipt, without a name" in out
    assert named(workspace.root, "olga-99") == []
    assert named(workspace.root, "ivan-99")
    assert run(workspace, "ivan-99", "--yes")[0] == 0
    assert named(workspace.root, "ivan-99") == []


def test_nobody_by_that_name_is_said(workspace: Workspace) -> None:
    """With what to give instead; exit code 1. Nothing to resume is no error, no name is wrong usage."""
    code, _, err = run(workspace, "nobody", "--yes")
    assert code == 1
    assert "user_id as events have it" in err
    assert run(workspace, "--resume")[:2] == (0, "no erasure was interrupted\n")
    assert run(workspace)[0] == 2
