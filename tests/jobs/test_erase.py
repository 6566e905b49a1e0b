"""Whoever asks to be erased is named nowhere any more, in no version of anything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.compute import compute_signals
from consumption.jobs.erase import NobodyFound, erase, look_for, marked, resume
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of
from consumption.jobs.snapshots import snapshots
from tests.jobs.killing import killed_once
from tests.jobs.wholly import AS_OF, MAIL, NAME, NOW, OTHER, PHONE, TALK, USER, a_workspace, events, named, tables


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace, made once."""
    folder = tmp_path_factory.mktemp("erase")
    return a_workspace(folder / "workspace", folder / "files")


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(made.root, tmp_path / "workspace")
    return Workspace.open(tmp_path / "workspace")


def gone(workspace: Workspace) -> list[str]:
    """Where the person is still named; `ada-47110` is somebody else."""
    return named(
        workspace.root, "ada-4711[", 'ada-4711"', "ada-4711'", "ada-4711 ", "ada-4711\\", NAME, MAIL, PHONE, TALK
    )


@pytest.mark.parametrize("given", [USER, MAIL, MAIL.upper()])
def test_nothing_in_the_workspace_names_an_erased_person(workspace: Workspace, given: str) -> None:
    """Every file is searched, with what is packed in it: tables and their logs, quarantine, drafts, store, logs."""
    for place in (
        "lake/events",
        "lake/quarantine",
        "lake/contacts",
        "lake/interactions",
        "consumption.db",
        "logs",
        "drafts",
    ):
        assert named(workspace.root / place if (workspace.root / place).is_dir() else workspace.root, USER, NAME), (
            place
        )
    erase(workspace, given, now=NOW)
    assert gone(workspace) == []
    left = lake_of(workspace).scan("events").collect()
    assert left["user_id"].drop_nulls().unique().sort().to_list() == sorted(
        events().filter(pl.col("user_id") != USER)["user_id"].unique()
    )


def test_what_a_person_used_stays_the_accounts(workspace: Workspace) -> None:
    """75 exports become lines of Acme with nobody in them, at their day and not their hour: allowances stay right."""
    lake = lake_of(workspace)
    mine = pl.col("account_id") == "acme"
    by_day = pl.col("timestamp").dt.date().alias("day")
    before = lake.scan("events").filter(mine).group_by(by_day).agg(pl.col("quantity").sum()).collect()
    erase(workspace, USER, now=NOW)
    after = lake.scan("events").filter(mine).collect()
    assert after.group_by(by_day).agg(pl.col("quantity").sum()).sort("day").equals(before.sort("day"))
    lines = after.filter(pl.col("user_id").is_null())
    assert (lines.height, lines["attributes"].null_count()) == (75, 75)
    assert lines["timestamp"].dt.hour().unique().to_list() == [0]
    assert lines["received_at"].dt.hour().unique().to_list() == [0]


def test_what_others_did_stays_as_it_was(workspace: Workspace) -> None:
    """Rows of others are untouched, but for texts that name the person; a call stays, without who it was with."""
    before = lake_of(workspace).scan("events").filter(pl.col("user_id") != USER).drop("attributes").collect()
    erase(workspace, USER, now=NOW)
    lake = lake_of(workspace)
    after = lake.scan("events").drop_nulls("user_id").drop("attributes").collect()
    assert after.sort("event_id").equals(before.sort("event_id"))
    ids = lake.scan("events").filter(pl.col("user_id").is_null()).collect()["event_id"]
    assert ids.str.starts_with("erased-").all()
    assert ids.n_unique() == len(ids) == 75
    talks = lake.scan("interactions").sort("timestamp", descending=True).collect()
    assert talks["user_id"].to_list() == [None, OTHER, None, None]
    assert talks["text"].to_list() == [
        None, "Grace said that\n[erased] is ill; write to <[erased]>.", None, "Nothing of hers"
    ]  # fmt: skip
    assert talks["topic"].to_list() == ["Billing", "Asked by [erased]", "Looms", "Looms"]
    assert lake.scan("contacts").collect()["name"].to_list() == ["Grace Hopper"]
    assert lake.wrong_rows("events").collect()["line"].to_list() == [3]


def test_files_that_were_loaded_are_still_known_to_be(workspace: Workspace, made: Workspace) -> None:
    """Rewriting a table does not forget its sources: the same file again changes nothing."""
    erase(workspace, USER, now=NOW)
    files = made.root.parent / "files"
    for name in (*tables(), "events"):
        assert ingest(workspace, name, [files / f"{name}.parquet"], now=NOW).before == 1
    assert gone(workspace) == []


def test_another_file_with_the_same_rows_does_not_bring_them_back(workspace: Workspace, tmp_path: Path) -> None:
    """Their rows are left out and counted, wrong ones too; whoever was not erased is loaded."""
    erase(workspace, MAIL, now=NOW)
    lake = lake_of(workspace)
    kept = {name: lake.scan(name).collect().height for name in ("events", "contacts", "interactions")}
    done = {}
    for name, frame in {**tables(), "events": events()}.items():
        file = tmp_path / f"{name}.ndjson"
        frame.write_ndjson(file)
        done[name] = ingest(workspace, name, [file], now=NOW)
    assert done["events"].erased == events().filter(pl.col("user_id") == USER).height
    assert (done["contacts"].erased, done["contacts"].added) == (2, 0)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"account_id,timestamp,event,user_id\nacme,late,export,{USER}\nacme,late,export,{OTHER}\n")
    again = ingest(workspace, "events", [wrong], now=NOW)
    assert (again.wrong, again.erased) == (1, 1)
    assert (done["interactions"].erased, done["interactions"].added) == (2, 0)
    assert {name: lake.scan(name).collect().height for name in kept} == kept
    assert gone(workspace) == []


def test_a_person_does_not_come_back_under_another_id(workspace: Workspace, tmp_path: Path) -> None:
    """Known by name within the account, and by phone; a namesake elsewhere is somebody else, and the number goes."""
    erase(workspace, MAIL, now=NOW)
    file = tmp_path / "new.csv"
    file.write_text(
        "contact_id,account_id,name,phone,role\n"
        f"p7,acme,{NAME.replace(' ', '  ')},,user\np8,bolt,{NAME.upper()},,user\np9,bolt,Joan,0049 30/123-4567,user\n"
    )
    done = ingest(workspace, "contacts", [file], now=NOW)
    assert (done.erased, done.added) == (1, 2)
    new = lake_of(workspace).scan("contacts").filter(pl.col("account_id") == "bolt").sort("contact_id").collect()
    assert new["name"].to_list() == [NAME.upper(), "Joan"]
    assert new["phone"].to_list() == [None, None]


def test_looking_changes_nothing_and_counts_rows(workspace: Workspace) -> None:
    """What would be erased is told by place; nobody at all is an error with a remedy."""
    before = {f: f.stat().st_mtime_ns for f in workspace.root.rglob("*.parquet")}
    found = look_for(workspace, MAIL)
    assert found.text.splitlines()[:2] == [
        f"{MAIL} is user {USER}; contacts p1, p3; e-mails {MAIL}, {MAIL.lower()}; name {NAME}",
        "  in account acme: 2 of contacts, 75 of events, 2 of interactions",
    ]
    assert (
        found.rows["lake/events"]
        == events().filter((pl.col("user_id") == USER) | (pl.col("user_id") == OTHER)).height
    )
    assert (found.rows["lake/contacts"], found.rows["lake/quarantine/events"]) == (2, 1)
    assert found.rows["store/responses"] == found.rows["store/audit"] == 1
    assert "logs/run.log" in found.files
    assert {f: f.stat().st_mtime_ns for f in workspace.root.rglob("*.parquet")} == before
    with pytest.raises(NobodyFound):
        erase(workspace, "nobody-1", now=NOW)


def test_the_receipt_says_what_was_done_and_not_to_whom(workspace: Workspace) -> None:
    """Rows by place and time; the snapshots made before keep their numbers, and are marked."""
    numbers = snapshots(workspace, [AS_OF])[AS_OF]
    done = erase(workspace, USER, now=NOW, asked_by=f"ticket 12 of {NAME}")
    assert done.receipt is not None
    said = json.loads(done.receipt.read_text())
    assert said["rows"] == done.found.rows
    assert said["asked_by"] == "ticket 12 of [erased]"
    kept = [moment for moment, _ in lake_of(workspace).snapshots()]
    assert said["snapshots_that_keep_their_numbers"] == [moment.isoformat() for moment in kept]
    assert AS_OF in kept
    assert marked(workspace) == {moment: [NOW] for moment in kept}
    published = lake_of(workspace).read_snapshot(AS_OF)
    assert published is not None
    assert published.equals(numbers)
    assert erase(workspace, USER, now=NOW).receipt is None


def test_a_snapshot_made_after_an_erasure_is_without_the_person(workspace: Workspace) -> None:
    """Erasure wins over time travel: a moment of the past that was not kept has a user less."""
    moment = AS_OF - timedelta(days=1)
    before = compute_signals(lake_of(workspace).history(), as_of=moment)["active_users_28d"].to_list()
    erase(workspace, USER, now=NOW)
    after = snapshots(workspace, [moment])[moment]["active_users_28d"].to_list()
    assert before == [after[0] + 1, *after[1:]]


def test_a_snapshot_made_before_an_erasure_keeps_its_numbers(workspace: Workspace) -> None:
    """What was published was right then, and nothing could compute it again; another day's is of what is left."""
    before = snapshots(workspace, [AS_OF])[AS_OF]
    erase(workspace, USER, now=NOW)
    assert snapshots(workspace, [AS_OF])[AS_OF].equals(before)
    other = AS_OF - timedelta(days=1)
    assert snapshots(workspace, [other])[other].height == before.height


def test_a_file_of_ones_own_in_the_workspace_is_told_and_left(workspace: Workspace) -> None:
    """Exports and settings belong to whoever wrote them."""
    own = workspace.root / "exports.csv"
    own.write_text(f"user\n{USER}\n")
    assert look_for(workspace, USER).others == ("exports.csv",)
    assert erase(workspace, USER, now=NOW).found.others == ("exports.csv",)
    assert own.read_text() == f"user\n{USER}\n"


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from consumption.config import Workspace
from consumption.jobs.erase import erase
workspace = Workspace.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
erase(workspace, sys.argv[2], now=datetime.fromisoformat(sys.argv[3]))
"""


def commits(workspace: Workspace, table: str) -> int:
    """The last commit of a table's log."""
    return max(int(file.stem) for file in (workspace.root / "lake" / table / "_delta_log").glob("*.json"))


# What has just been done when the program is killed.
STEPS: dict[str, Callable[[Workspace], bool]] = {
    "it is noted who is meant": lambda w: (w.root / "erasures" / ".pending.json").exists(),
    "the hashes are on the list": lambda w: (w.root / "lake" / "erased" / "_delta_log").exists(),
    "events are rewritten": lambda w: commits(w, "events") > 0,
    "contacts are rewritten": lambda w: commits(w, "contacts") > 0,
    "the receipt is about to be written": lambda w: (w.root / "erasures" / "marked.json").exists(),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_moment_it_is_completed_when_run_again(workspace: Workspace, step: str) -> None:
    """SIGKILL once a step is done; run again, or resumed, nothing is left and the receipt tells all that was."""
    expected = look_for(workspace, MAIL).rows
    killed_once(lambda: STEPS[step](workspace), PROGRAM, str(workspace.root), MAIL, NOW.isoformat())
    done = resume(workspace) or erase(workspace, MAIL, now=NOW)
    assert gone(workspace) == []
    receipts = list((workspace.root / "erasures").glob("2*.json"))
    assert len(receipts) == 1
    assert json.loads(receipts[0].read_text())["rows"] == expected
    assert done.receipt in {None, receipts[0]}
    left = lake_of(workspace).scan("events").collect()
    assert left["event_id"].n_unique() == left.height == events().height
    theirs = left["event_id"].str.starts_with("erased-")
    others = events().filter(pl.col("user_id") != USER)["event_id"]
    assert left.filter(~theirs)["event_id"].sort().equals(others.sort())
    assert left["user_id"].null_count() == events().filter(pl.col("user_id") == USER).height
