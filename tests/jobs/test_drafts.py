"""A draft is there whole or not at all, and the one before until then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.jobs import drafts

ROOT = Path(__file__).parents[2]
DAY = datetime(2026, 6, 1, tzinfo=UTC)


def draft(said: str) -> drafts.Draft:
    """A draft of one row everywhere that says something."""
    frames = {name: pl.DataFrame({"said": [said]}) for name in drafts.FRAMES}
    return drafts.Draft(as_of=DAY, about={"said": said}, **frames)


def test_the_last_draft_of_a_moment_is_the_draft(tmp_path: Path) -> None:
    """Another of the same moment takes its place, whole; nothing piles up."""
    for said in ("one", "two", "three", "four"):
        drafts.save(tmp_path, draft(said))
    found = drafts.load(tmp_path, DAY)
    assert found is not None
    assert found.about == {"said": "four"}
    assert {getattr(found, name)["said"].item() for name in drafts.FRAMES} == {"four"}
    assert len([p for p in (tmp_path / "2026-06-01").iterdir() if p.is_dir()]) <= 2
    assert not list(tmp_path.glob(".new-*"))


def test_no_draft_is_none(tmp_path: Path) -> None:
    """A moment that no plan was made for has none."""
    assert drafts.load(tmp_path, DAY) is None


@pytest.mark.parametrize("step", ["mkdtemp", "write_parquet", "rename", "replace", "rmtree"])
def test_whoever_is_killed_while_saving_leaves_the_draft_before_whole(tmp_path: Path, step: str) -> None:
    """Killed at any step, what is read is the old draft or the new one, never half and never none."""
    drafts.save(tmp_path, draft("old"))
    drafts.save(tmp_path, draft("old"))
    script = f"""
import os, pathlib, shutil, signal, sys, tempfile
import polars as pl
from tests.jobs.test_drafts import draft, drafts
def dies(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
for owner in (tempfile, pl.DataFrame, pathlib.Path, shutil):
    if hasattr(owner, {step!r}) and not (owner is shutil and {step!r} != "rmtree"):
        setattr(owner, {step!r}, dies)
drafts.save(pathlib.Path(sys.argv[1]), draft("new"))
"""
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env={**os.environ}, check=False)
    assert ended.returncode == -signal.SIGKILL
    found = drafts.load(tmp_path, DAY)
    assert found is not None
    assert {getattr(found, name)["said"].item() for name in drafts.FRAMES} == {found.about["said"]}
    drafts.save(tmp_path, draft("newest"))
    again = drafts.load(tmp_path, DAY)
    assert again is not None
    assert again.about == {"said": "newest"}
