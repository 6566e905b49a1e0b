"""`consumption erase`, as a person types it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from tests.conftest import Command
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


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workspace: Workspace, command: Command, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with what is typed in."""

    def typed(*words: str, answer: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        return command("erase", *words, "-w", workspace.root)

    return typed


def test_trying_shows_where_and_changes_nothing(workspace: Workspace, run: Run) -> None:
    """Who that is, in which accounts, then a line a place."""
    code, out, _ = run("olga-99", "--try")
    kept = "; they become lines of their account: the day, what and how much, and nobody in them"
    assert (code, out.splitlines()) == (
        0,
        [
            "olga-99 is user olga-99",
            "  in account acme: 1 of events",
            f"lake/events: 1 row{kept}",
            "store/audit: 1 row",
        ],
    )
    assert named(workspace.root, "olga-99")


def test_it_asks_before_it_erases(workspace: Workspace, run: Run) -> None:
    """No changes nothing; yes, or --yes, leaves no trace, and a receipt."""
    assert run("olga-99", answer="n\n")[0] == 1
    assert named(workspace.root, "olga-99")
    code, out, _ = run("olga-99", answer="y\n")
    assert code == 0
    assert "the receipt, without a name" in out
    assert named(workspace.root, "olga-99") == []
    assert named(workspace.root, "ivan-99")
    assert run("ivan-99", "--yes")[0] == 0
    assert named(workspace.root, "ivan-99") == []


def test_nobody_by_that_name_is_said(run: Run) -> None:
    """With what to give instead; exit code 1. Nothing to resume is no error, no name is wrong usage."""
    code, _, err = run("nobody", "--yes")
    assert code == 1
    assert "user_id as events have it" in err
    assert run("--resume")[:2] == (0, "no erasure was interrupted\n")
    assert run()[0] == 2
