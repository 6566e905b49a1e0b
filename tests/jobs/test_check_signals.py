"""A workspace's own signals, from a file in its folder to the snapshot; and what `check signals` says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from consumption.cli.apps import app
from consumption.config import Workspace
from consumption.features.own_signals_wrong import WrongOwnSignal
from consumption.jobs.check import UnknownSignal, check
from consumption.jobs.create import OWN_SIGNALS, create
from consumption.jobs.export import export
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import catalogue_of, own_signals_of, signals_of
from consumption.jobs.snapshots import snapshots

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
SHARED = """\
import polars as pl
from consumption.features.signal import signal, weeks

@signal(unit="events", family="depth", window=weeks(4), silence=0, label="Reports shared")
def shared():
    "Reports shared."
    return pl.col("events").filter(pl.col("event").cast(pl.String) == "share").sum()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one account that shared two reports, and a signal that counts them."""
    made = create(tmp_path / "acme")
    (tmp_path / "accounts.csv").write_text("account_id,created_at\na1,2024-01-01\n", "utf-8")
    rows = "a1,2025-05-20,share\na1,2025-05-21,share\na1,2025-05-21,open\n"
    (tmp_path / "events.csv").write_text(f"account_id,timestamp,event\n{rows}", "utf-8")
    for table in ("accounts", "events"):
        ingest(made, table, [tmp_path / f"{table}.csv"], now=NOON)
    (made.root / "features" / "mine.py").write_text(SHARED, "utf-8")
    return made


def test_a_new_workspace_has_a_folder_with_an_example(tmp_path: Path) -> None:
    """It defines nothing until its comments are taken away; then it is a signal."""
    made = create(tmp_path / "acme")
    assert own_signals_of(made) == ()
    code = [line.removeprefix("# ").removeprefix("#") for line in OWN_SIGNALS.partition("\n\n")[2].splitlines()]
    (made.root / "features" / "own.py").write_text("\n".join(code), "utf-8")
    assert [one.signal.name for one in own_signals_of(made)] == ["heavy_users_28d"]


def test_an_own_signal_is_a_column_like_ours(workspace: Workspace, tmp_path: Path) -> None:
    """It is in the snapshot, in exports, among what models and conditions of actions may name."""
    assert snapshots(workspace, [AS_OF])[AS_OF]["shared_28d"].to_list() == [2.0]
    export(workspace, "snapshot", tmp_path / "snapshot.parquet", as_of=AS_OF)
    assert pl.read_parquet(tmp_path / "snapshot.parquet")["shared_28d"].to_list() == [2.0]
    assert "shared_28d" in {signal.name for signal in signals_of(workspace)}
    text = workspace.actions_file.read_text("utf-8")
    assert 'eligible = "' in text
    first = text.index('eligible = "')
    changed = f'{text[:first]}eligible = "shared_28d > 3"{text[text.index(chr(10), first) :]}'
    workspace.actions_file.write_text(changed, "utf-8")
    assert catalogue_of(workspace).actions


def test_a_changed_function_makes_the_snapshot_anew(workspace: Workspace) -> None:
    """What was computed by the old definition is not taken for the new one."""
    assert snapshots(workspace, [AS_OF])[AS_OF]["shared_28d"].to_list() == [2.0]
    (workspace.root / "features" / "mine.py").write_text(SHARED.replace('== "share"', '!= "share"'), "utf-8")
    assert snapshots(workspace, [AS_OF])[AS_OF]["shared_28d"].to_list() == [1.0]


def test_a_file_that_is_wrong_stops_the_job_before_its_work(workspace: Workspace) -> None:
    """Nothing is computed without a signal that somebody relies on."""
    (workspace.root / "features" / "mine.py").write_text("broken(", "utf-8")
    with pytest.raises(WrongOwnSignal, match=r"features/mine.py, line 1"):
        snapshots(workspace, [AS_OF])


def test_the_check_of_a_sound_signal_says_where_it_is(workspace: Workspace) -> None:
    """A row for it, and how much was tried."""
    done = check(workspace, only="shared_28d", histories=2)
    assert not done.failed
    assert done.text.splitlines()[0] == "shared_28d  10 of 10  passed  (features/mine.py, line 5)"
    assert done.text.splitlines()[-1] == "1 signal, 10 checks on 2 made-up histories: all passed"


def test_the_check_says_what_failed_and_shows_a_small_history(workspace: Workspace) -> None:
    """Exit code 1, the rule, what was seen, and the few rows that show it."""
    wrong = SHARED.partition("    return ")[0].replace("window=weeks(4), silence=0", 'source="lifetime", silence=7')
    wrong += '    return pl.col("events")\n'
    (workspace.root / "features" / "mine.py").write_text(wrong, "utf-8")
    done = CliRunner().invoke(
        app, ["check", "signals", "--only", "shared", "--histories", "1", "-w", str(workspace.root)]
    )
    assert done.exit_code == 1, done.output
    assert "fails: silence" in done.stdout
    assert "7" in done.stdout.partition("shared, silence: ")[2].splitlines()[1]
    assert "smallest history found, as of 20" in done.stdout


def test_the_check_finds_what_is_another_tomorrow(workspace: Workspace) -> None:
    """A definition that reads the clock is deterministic within a day only."""
    today = 'pl.col("events").filter(pl.col("day") < pl.lit(__import__("datetime").date.today())).sum()'
    text = SHARED.partition("    return ")[0]
    (workspace.root / "features" / "mine.py").write_text(f"{text}    return {today}\n", "utf-8")
    done = check(workspace, only="shared_28d", histories=1)
    assert done.failed
    assert "it reads the clock" in done.text


def test_a_name_that_is_not_there_gets_a_near_one(workspace: Workspace) -> None:
    """A slip of the pen is no reason to read the whole list."""
    with pytest.raises(UnknownSignal, match="did you mean shared_28d"):
        check(workspace, only="shard_28d")


def test_too_few_accounts_to_compare_signals_are_told(workspace: Workspace) -> None:
    """One account agrees with itself on everything."""
    done = CliRunner().invoke(
        app, ["check", "signals", "--overlap", "--as-of", "2025-06-01", "-w", str(workspace.root)]
    )
    assert done.exit_code == 0, done.output
    assert done.output == "accounts in force: 1; signals are compared where at least 200 know both\n"
