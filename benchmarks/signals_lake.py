"""Workspaces with a lake of made-up telemetry, and what the jobs do with them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

import consumption
from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of
from consumption.jobs.snapshots import snapshots
from signals_ours import thirty
from signals_world import RULES, World, blocks

SETTINGS = f"""\
buckets = 32
[events]
value = {sorted(RULES.value_events)}
errors = {sorted(RULES.error_events)}
"""


def half_of_twice(world: World, work: Path) -> Workspace:
    """A workspace with the second half of a world that is twice as long: as many events as `world` has."""
    return filled(world.twice, work, "half", blocks(world.days, world.twice.days))


def filled(world: World, work: Path, name: str, days: Sequence[range]) -> Workspace:
    """A workspace with the accounts of the world and the events of these days, a file each; made once."""
    root = place(world, work, name)
    if not root.exists():
        part = root.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        fill(create(part, settings=SETTINGS), world, work, days)
        part.rename(root)
    return Workspace.open(root)


def widened(world: World, work: Path, of: Workspace, name: str, days: Sequence[range]) -> Workspace:
    """A copy of a workspace with the events of further days; made once."""
    root = place(world, work, name)
    if not root.exists():
        part = root.with_suffix(".part")
        fill(copied(of, part), world, work, days)
        part.rename(root)
    return Workspace.open(root)


def place(world: World, work: Path, name: str) -> Path:
    """Where a workspace is kept: another one where the code that fills lakes is another."""
    package = Path(consumption.__file__).parent
    code = [file.read_bytes() for folder in ("lake", "tables") for file in sorted((package / folder).glob("*.py"))]
    return world.folder(work) / f"lake-{hashlib.sha256(b''.join(code)).hexdigest()[:8]}-{name}"


def copied(workspace: Workspace, root: Path) -> Workspace:
    """A copy, in place of whatever is there."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(workspace.root, root)
    return Workspace.open(root)


def fill(workspace: Workspace, world: World, work: Path, days: Sequence[range]) -> None:
    """Bring the accounts and the events of these days into the lake."""
    bring(workspace, "accounts", world.accounts_file(work), world.as_of)
    for one in days:
        bring(workspace, "events", world.file(work, one.start, one.stop), world.as_of)


def bring(workspace: Workspace, table: str, file: Path, now: datetime) -> None:
    """A file into the lake, all of whose rows must be right."""
    ingest(workspace, table, [file], now=now, strict=True)


def made(workspace: Workspace, as_of: datetime) -> pl.DataFrame:
    """The thirty signals of a moment, as the daily job makes them."""
    return snapshots(workspace, [as_of], signals=thirty())[as_of]


def forget(workspace: Workspace) -> None:
    """Take away all that was kept of earlier work: what is left is what was ingested."""
    shutil.rmtree(Path(workspace.lake_url) / "snapshots", ignore_errors=True)
    lake_of(workspace).forget_kept()
