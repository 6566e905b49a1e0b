"""Whatever happens in between, every row of a file is in the lake once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.lake.delta import Lake
from consumption.lake.ingest import ingest
from tests.lake.conftest import NOW, Load

FILES, ROWS, WRONG = 5, 10_000, 5

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from consumption.lake.delta import Lake
from consumption.lake.ingest import ingest
lake = Lake(sys.argv[1], buckets=8)
print("ready", flush=True)
sys.stdin.readline()
for table in ("events", "interactions"):
    done = ingest(lake, table, [Path(sys.argv[2]) / table], loaded_at=datetime(2025, 1, 1, tzinfo=UTC))
    print(table, done.added, flush=True)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of events and of interactions, a few rows of each without a time."""
    folder = tmp_path_factory.mktemp("files")
    for table in ("events", "interactions"):
        (folder / table).mkdir()
    for number in range(FILES):
        rows = pl.select(pl.int_range(number * ROWS, (number + 1) * ROWS).alias("n")).select(
            pl.format("account {}", pl.col("n") % 500).alias("account_id"),
            pl.when(pl.col("n") % ROWS >= WRONG)
            .then(pl.datetime(2024, 1, 1, time_zone="UTC") + pl.duration(seconds="n"))
            .alias("timestamp"),
            pl.format("i{}", "n").alias("interaction_id"),
        )
        events = rows.select("account_id", "timestamp", pl.lit("export").alias("event"))
        events.write_parquet(folder / "events" / f"{number}.parquet")
        rows.with_columns(channel=pl.lit("call")).write_parquet(folder / "interactions" / f"{number}.parquet")
    return folder


def started(lake: Path, files: Path) -> subprocess.Popen[str]:
    """A program that loads the files once it is told to go."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(lake), str(files)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


def go(program: subprocess.Popen[str]) -> None:
    """Let the program begin."""
    assert program.stdin is not None
    program.stdin.write("go\n")
    program.stdin.flush()


def assert_whole(root: Path) -> None:
    """Every row of every file is there once, and every wrong one in quarantine once."""
    lake = Lake(root, buckets=8)
    good = FILES * (ROWS - WRONG)
    events = lake.scan("events").select(pl.len(), pl.col("timestamp").n_unique().alias("times")).collect()
    assert events.row(0) == (good, good)
    interactions = (
        lake.scan("interactions").select(pl.len(), pl.col("interaction_id").n_unique().alias("ids")).collect()
    )
    assert interactions.row(0) == (good, good)
    for table in ("events", "interactions"):
        assert lake.wrong_rows(table).collect().height == FILES * WRONG


def test_a_file_loaded_twice_is_loaded_once(lake: Lake, files: Path) -> None:
    """The second run says that the files were loaded before, and changes nothing."""
    first = ingest(lake, "events", [files / "events"], loaded_at=NOW)
    versions = lake.versions()
    second = ingest(lake, "events", [files / "events"], loaded_at=NOW)
    assert (first.added, first.wrong, first.before) == (FILES * (ROWS - WRONG), FILES * WRONG, 0)
    assert (second.added, second.wrong, second.before) == (0, 0, FILES)
    assert lake.versions() == versions
    assert lake.wrong_rows("events").collect().height == FILES * WRONG


def test_a_copy_under_another_name_is_the_same_file(lake: Lake, tmp_path: Path, files: Path) -> None:
    """What counts is the content."""
    (tmp_path / "copy.parquet").write_bytes((files / "events" / "0.parquet").read_bytes())
    ingest(lake, "events", [files / "events" / "0.parquet"], loaded_at=NOW)
    assert ingest(lake, "events", [tmp_path / "copy.parquet"], loaded_at=NOW).before == 1


def test_a_file_whose_rows_are_all_known_is_remembered(lake: Lake, load: Load) -> None:
    """Loaded again after a change, it does not bring the old values back."""
    head = "account_id,created_at,name\n"
    load("accounts", head + "a,2024-01-01,Old\n")
    load("accounts", head + "a,2024-01-01T00:00:00,Old\n")
    load("accounts", head + "a,2024-01-01,New\n")
    assert load("accounts", head + "a,2024-01-01T00:00:00,Old\n").before == 1
    assert lake.history().before(datetime(2026, 1, 1, tzinfo=UTC)).accounts.collect()["name"].to_list() == ["New"]


def test_a_file_with_no_good_row_may_be_read_again(lake: Lake, load: Load) -> None:
    """Its wrong rows are in quarantine once, however often it is tried."""
    text = "account_id,created_at\na,soon\n"
    assert load("accounts", text).wrong == 1
    assert load("accounts", text).wrong == 1
    assert lake.wrong_rows("accounts").collect().height == 1


@pytest.mark.parametrize("written", [0, 1, 20, 45, 70])
def test_a_kill_in_the_middle_loses_nothing_and_repeats_nothing(tmp_path: Path, files: Path, written: int) -> None:
    """SIGKILL once so many files are written; the next run brings the lake to where one whole run would have."""
    root = tmp_path / "lake"
    program = started(root, files)
    go(program)
    while sum(1 for _ in root.rglob("*.*")) < written:
        time.sleep(0.001)
    os.kill(program.pid, signal.SIGKILL)
    program.communicate()
    assert program.returncode == -signal.SIGKILL
    for table in ("events", "interactions"):
        ingest(Lake(root, buckets=8), table, [files / table], loaded_at=NOW)
    assert_whole(root)


def test_a_kill_between_quarantine_and_rows_repeats_no_wrong_row(
    lake: Lake, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong rows are committed first: if the good ones are not, the next run adds those alone."""

    class Killed(BaseException):
        """The program ends here."""

    def kill(*_: object, **__: object) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", kill)
        with pytest.raises(Killed):
            ingest(lake, "events", [files / "events" / "0.parquet"], loaded_at=NOW)
    assert lake.names() == []
    assert ingest(lake, "events", [files / "events" / "0.parquet"], loaded_at=NOW).added == ROWS - WRONG
    assert lake.wrong_rows("events").collect().height == WRONG


def test_two_programs_loading_the_same_files_load_them_once(tmp_path: Path, files: Path) -> None:
    """Started at the same moment, they share the work; neither fails."""
    programs = [started(tmp_path / "lake", files) for _ in range(2)]
    for program in programs:
        go(program)
    said = [program.communicate(timeout=120)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    added = sum(int(line.split()[1]) for text in said for line in text.splitlines())
    assert added == 2 * FILES * (ROWS - WRONG)
    assert_whole(tmp_path / "lake")


def test_without_a_lock_delta_itself_keeps_a_source_from_being_added_twice(tmp_path: Path, files: Path) -> None:
    """Object storage has no lock: a writer that started before another committed is told, asks again, and stops."""
    lake = Lake(tmp_path / "lake", buckets=8)
    rows = pl.read_parquet(files / "events" / "0.parquet").drop_nulls()
    lake.append("events", rows, source="first")
    place = lake.place("events")
    stale = place.open()
    assert lake.append("events", rows, source="second")

    class Late(type(place)):  # type: ignore[misc] # of whatever kind the place is
        """Opens the table as it was before the other commit, once."""

        seen = 0

        def open(self) -> object:
            Late.seen += 1
            return stale if Late.seen == 1 else super().open()

    late = Late(place.uri, place.partition_by, place.storage_options)
    assert not late.append(lake.scan("events").head(10), source="second")
    assert Late.seen == 2
    assert lake.scan("events").collect().height == 2 * (ROWS - WRONG)
