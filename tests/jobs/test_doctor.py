"""`consumption doctor`: on a workspace in good order, on a new one, on one with wrong rows; its page."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.quality.finding import STOP, WARNING, Severity
from consumption.jobs.create import create
from consumption.jobs.doctor import doctor
from consumption.jobs.doctor_page import doctor_page
from consumption.jobs.ingest import ingest
from tests.conftest import Command
from tests.features.quality.small import AS_OF, Tables, book

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
SETTINGS = """
buckets = 4
[events]
value = ["report_shared"]
errors = ["export_failed"]
[meters.seat]
how = "distinct_users"
"""


def loaded(root: Path, tables: Tables) -> Workspace:
    """A workspace with these tables, each loaded from a file."""
    workspace = create(root / "workspace", settings=SETTINGS)
    for name, frame in tables.items():
        path = root / f"{name}.parquet"
        frame.drop("loaded_at", strict=False).write_parquet(path)
        ingest(workspace, name, [path], now=AS_OF)
    return workspace


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small book in good order, as a workspace."""
    return loaded(tmp_path_factory.mktemp("good"), book())


def test_a_workspace_in_good_order_has_no_alarm(good: Workspace) -> None:
    """What little history there is is a note; nothing stops, nothing warns."""
    done = doctor(good, as_of=AS_OF)
    assert [(f.code, f.seen) for f in done.findings if f.severity in {STOP, WARNING}] == []
    assert {f.code for f in done.of(Severity.NOTE)} >= {"history_length", "horizon", "motions"}
    assert done.usable


def test_the_page_fits_a_terminal_of_a_hundred_columns(good: Workspace, command: Command) -> None:
    """Severity is a word, not only a colour; each finding says what it means and what to do."""
    code, out, _ = command("doctor", "-w", good.root, "--as-of", "2026-06-01")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "0 warnings" not in out
    assert all(word in out for word in ("NOTE", "FINE", "means", "do ", "Telemetry begins on 1 December 2025"))


def test_json_has_every_finding_with_its_evidence(good: Workspace, command: Command, tmp_path: Path) -> None:
    """What a program reads is what a person reads, in whole."""
    file = tmp_path / "findings.json"
    assert command("doctor", "-w", good.root, "--as-of", "2026-06-01", "--json", file)[0] == 0
    read = json.loads(file.read_text("utf-8"))
    found = doctor(good, as_of=AS_OF)
    assert [finding["code"] for finding in read["findings"]] == [finding.code for finding in found.findings]
    assert read["counts"] == {severity.value: len(found.of(severity)) for severity in Severity}
    (tables,) = [finding for finding in read["findings"] if finding["code"] == "tables"]
    assert {row["table"]: row["rows"] for row in tables["rows"]}["contracts"] == 80


def test_a_new_workspace_stops_with_what_to_do(command: Command, tmp_path: Path) -> None:
    """Nothing is in it yet: exit code 1, and the two commands that bring something in."""
    create(tmp_path / "new")
    code, out, _ = command("doctor", "-w", tmp_path / "new")
    assert code == 1
    assert "STOP" in out
    assert "consumption ingest accounts FILE" in out


def test_a_date_before_the_first_event_stops(good: Workspace) -> None:
    """The lake is full, but nothing had happened by then."""
    done = doctor(good, as_of=AS_OF - timedelta(days=400))
    assert [finding.code for finding in done.of(STOP)] == ["nothing_to_look_at"]


def test_wrong_rows_are_told_by_their_reason(tmp_path: Path) -> None:
    """However many different values were wrong in the same way, it is one reason."""
    tables = book()
    contracts = tables["contracts"].with_columns(pl.col("quantity").cast(pl.String))
    bad = contracts.with_columns(pl.format("about {}", pl.int_range(pl.len())).alias("quantity"))
    workspace = loaded(tmp_path, {**tables, "contracts": pl.concat([contracts, bad])})
    (finding,) = [f for f in doctor(workspace, as_of=AS_OF).findings if f.code == "rows_in_quarantine"]
    assert finding.severity is WARNING
    assert [(row["rows"], row["reason"]) for row in finding.rows] == [(80, "quantity: ... is not a number")]


def test_the_same_export_loaded_under_two_names_is_found(tmp_path: Path) -> None:
    """The file was written anew with another column in front, so its bytes differ: every row is there already."""
    workspace = loaded(tmp_path, book())
    again = book()["events"].drop("loaded_at").head(2_000).with_columns(export=pl.lit(2))
    again.write_parquet(tmp_path / "again.parquet")
    ingest(workspace, "events", [tmp_path / "again.parquet"], now=AS_OF + timedelta(minutes=5))
    (finding,) = [f for f in doctor(workspace, as_of=AS_OF).findings if f.code == "loaded_twice"]
    assert finding.severity is WARNING
    assert [(row["events"], row["equal"]) for row in finding.rows] == [(2_000, 2_000)]


def test_the_page_in_the_docs_is_rendered_from_the_checks() -> None:
    """Every finding is on the page, with its rule, what it means and what to do."""
    assert PAGE.read_text("utf-8") == doctor_page(), "python -m consumption.jobs.doctor_page > docs/doctor.md"
