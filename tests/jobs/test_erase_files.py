"""Files of a workspace, of whatever kind, do not keep an erasure from its end."""

from __future__ import annotations

import bz2
import gzip
import json
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.create import create
from consumption.jobs.erase import Erasure, erase, look_for
from consumption.jobs.opening import lake_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
USER = "olga-99"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A user of an account."""
    made = create(tmp_path / "w")
    rows = {"account_id": ["acme"], "timestamp": [NOW], "event": ["x"], "user_id": [USER]}
    lake_of(made).append("events", pl.DataFrame(rows), source="e")
    for folder in ("logs", "mlruns", "drafts", "models"):
        (made.root / folder).mkdir(exist_ok=True)
    return made


def erased(workspace: Workspace) -> Erasure:
    """The erasure, which leaves nothing to resume."""
    done = erase(workspace, USER, now=NOW)
    assert not (workspace.root / "erasures" / ".pending.json").exists()
    assert done.receipt is not None
    return done


def test_packed_logs_are_packed_anew(workspace: Workspace) -> None:
    """As gzip and bzip2, under whatever name, with the other lines as they were."""
    logs = workspace.root / "logs"
    text = f"first\n{USER} is strange\nlast\n".encode()
    (logs / "run.log.1.gz").write_bytes(gzip.compress(text))
    (logs / "run.log.2").write_bytes(bz2.compress(text))
    assert set(erased(workspace).found.files) == {"logs/run.log.1.gz", "logs/run.log.2"}
    assert gzip.decompress((logs / "run.log.1.gz").read_bytes()) == b"first\n[erased] is strange\nlast\n"
    assert bz2.decompress((logs / "run.log.2").read_bytes()) == b"first\n[erased] is strange\nlast\n"


def test_text_in_other_encodings_is_written_anew_in_them(workspace: Workspace) -> None:
    """Bytes that are no UTF-8 stay as they are; UTF-16 stays UTF-16."""
    logs = workspace.root / "logs"
    (logs / "latin.log").write_bytes(f"Müller met {USER}".encode("latin-1"))
    (logs / "wide.log").write_text(f"Müller met {USER}", "utf-16")
    assert set(erased(workspace).found.files) == {"logs/latin.log", "logs/wide.log"}
    assert (logs / "latin.log").read_bytes() == "Müller met [erased]".encode("latin-1")
    assert (logs / "wide.log").read_text("utf-16") == "Müller met [erased]"


def test_what_cannot_be_written_anew_is_told_and_left(workspace: Workspace) -> None:
    """Binary files, and archives that have the person in a file of theirs."""
    binary = workspace.root / "models" / "model.bin"
    binary.write_bytes(b"\x80\x04\x00\x07" + USER.encode() + b"\x00\xff")
    with zipfile.ZipFile(workspace.root / "logs" / "old.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("run.log", f"{USER} is strange" * 50)
    done = erased(workspace)
    assert set(done.found.others) == {"models/model.bin", "logs/old.zip"}
    assert "made by this program, but of a kind that cannot be written anew: delete it" in done.text
    assert binary.read_bytes().endswith(b"\x00\xff")
    assert json.loads(done.receipt.read_text())["files_left_that_name_them"] == 2 if done.receipt else False
    assert erase(workspace, USER, now=NOW).receipt is None


def test_damaged_files_are_told_and_stop_nothing(workspace: Workspace) -> None:
    """Half of a gzip, and what is called Parquet, database or archive and is none: nobody can say what they hold."""
    logs = workspace.root / "logs"
    (logs / "cut.gz").write_bytes(gzip.compress(USER.encode() * 1_000)[:40])
    (logs / "bad.parquet").write_bytes(b"PAR1" + USER.encode())
    (logs / "bad.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 200)
    (logs / "closed.zst").write_bytes(b"\x28\xb5\x2f\xfd" + b"\x00" * 20)
    (logs / "nowhere").symlink_to(logs / "missing")
    done = erased(workspace)
    assert set(done.found.unread) == {"logs/cut.gz", "logs/bad.parquet", "logs/bad.db", "logs/closed.zst"}
    assert "logs/cut.gz: cannot be read here (damaged, or packed); look into it" in done.text
    assert json.loads(done.receipt.read_text())["files_that_could_not_be_read"] == 4 if done.receipt else False


def test_the_database_of_mlflow_is_called_what_it_is(workspace: Workspace) -> None:
    """It is not the user's, and nobody has to guess what to do."""
    with sqlite3.connect(workspace.root / "mlruns" / "mlflow.db") as database:
        database.execute("create table params (value text)")
        database.execute("insert into params values (?)", (f"trained for {USER}",))
    database.close()
    found = look_for(workspace, USER)
    assert found.others == ("mlruns/mlflow.db",)
    assert "mlruns/mlflow.db: the database of MLflow" in found.text
    assert "mlflow gc" in found.text
    assert "yours" not in found.text


def test_lists_and_records_in_parquet_are_written_anew(workspace: Workspace) -> None:
    """A name in a list, in a record, in both, or in a column of few words; the rest and its types stay."""
    file = workspace.root / "drafts" / "reasons.parquet"
    frame = pl.DataFrame({
        "account_id": ["acme", "bolt"], "score": [0.5, 0.25],
        "who": [[USER, "ivan-1"], []], "why": [{"by": USER, "days": 3}, {"by": "ivan-1", "days": 4}],
        "all": [[{"by": USER}], None],
        "first": pl.Series([USER, "ivan-1"], dtype=pl.Categorical),
    })  # fmt: skip
    frame.write_parquet(file)
    assert erased(workspace).found.files == ("drafts/reasons.parquet",)
    after = pl.read_parquet(file)
    assert after.select("account_id", "score").equals(frame.select("account_id", "score"))
    assert after["who"].to_list() == [["[erased]", "ivan-1"], []]
    assert after["why"].to_list() == [{"by": "[erased]", "days": 3}, {"by": "ivan-1", "days": 4}]
    assert after["all"].to_list() == [[{"by": "[erased]"}], None]
    assert after["first"].to_list() == ["[erased]", "ivan-1"]
    assert after.schema["why"] == frame.schema["why"]
    assert USER.encode() not in file.read_bytes()
