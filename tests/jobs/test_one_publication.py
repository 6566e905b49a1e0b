"""What was published is what lies among the files, also where several programs make and publish plans at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from tests.jobs import wholly
from tests.jobs.test_doctor import loaded

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs.publish import publish
from consumption.jobs.recommend import recommend
from tests.jobs.wholly import AS_OF, NOW

job, root, stops_at = sys.argv[1:]

def progress(step, done, of):
    if f"{step} {done}" == stops_at:
        print("here", flush=True)
        sys.stdin.readline()

workspace = Workspace.open(Path(root))
try:
    if job == "publish":
        print(publish(workspace, as_of=AS_OF, now=NOW, progress=progress).text)
    else:
        print(recommend(workspace, as_of=AS_OF, progress=progress).text)
except ConsumptionError as error:
    print(error)
"""


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """Three accounts, and no plan."""
    return loaded(tmp_path, {**wholly.tables(), "events": wholly.events(60)})


def started(job: str, root: Path, stops_at: str, hour_cost: str = "2") -> subprocess.Popen[str]:
    """A program that does a job, and waits when it comes to a step of it."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, job, str(root), stops_at],
        cwd=ROOT, env={**os.environ, "CONSUMPTION_POLICY__HOUR_COST": hour_cost},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def came_there(running: subprocess.Popen[str]) -> None:
    """It has come to that step."""
    assert running.stdout is not None
    assert running.stdout.readline() == "here\n"


def gone_on(running: subprocess.Popen[str]) -> None:
    """It goes on from where it waits."""
    assert running.stdin is not None
    running.stdin.write("go\n")
    running.stdin.flush()


def waits(running: subprocess.Popen[str]) -> bool:
    """Whether it is still at work after a while that is long for what it has left to do."""
    try:
        running.wait(timeout=3)
    except subprocess.TimeoutExpired:
        return True
    return False


def test_no_draft_takes_the_place_of_one_that_is_being_published(empty: Workspace) -> None:
    """Whoever made another waits, and is told; on the disk lies the plan that people see and that was logged."""
    root = empty.root
    first = started("publish", root, "publish 0", hour_cost="1")
    drafted, published = started("recommend", root, "plan 1"), started("publish", root, "plan 1")
    for running in (first, drafted, published):
        came_there(running)
    gone_on(drafted)
    gone_on(published)
    assert waits(drafted)
    assert waits(published)
    gone_on(first)
    assert "published as of 2026-06-01" in first.communicate()[0]
    assert "is published: what people saw" in drafted.communicate()[0]
    assert "was published before: nothing changed" in published.communicate()[0]
    kept = drafts.load(empty.drafts, wholly.AS_OF)
    with store_of(empty) as store:
        logged = store.decisions_since()
    assert kept is not None
    assert set(logged["decision_id"]) == set(kept.decisions["decision_id"])
