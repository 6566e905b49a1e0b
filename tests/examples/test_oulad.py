"""What the Open University's files become, on files of the same shape small enough to read."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
CONVERT = ROOT / "examples" / "oulad" / "convert.py"
DATA = Path(os.environ.get("CONSUMPTION_OULAD", ROOT.parent / "shared" / "data" / "oulad"))
AAA = {"code_module": "AAA", "code_presentation": "2013J"}
BBB = {"code_module": "BBB", "code_presentation": "2014B"}


def converted(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """The command, as a user runs it."""
    command = [sys.executable, str(CONVERT), str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def table(target: Path, name: str) -> pl.DataFrame:
    """All files of one table."""
    return pl.read_parquet(target / name / "*.parquet")


def student(
    run: dict[str, str], number: int, result: str, registered: float | None, left: float | None
) -> tuple[dict[str, object], dict[str, object]]:
    """One row of studentInfo and of studentRegistration."""
    key = {**run, "id_student": float(number)}
    said = {"gender": "F", "region": "Wales", "highest_education": "A Level or Equivalent", "imd_band": "10-20"}
    more = {"age_band": "0-35", "num_of_prev_attempts": 0.0, "studied_credits": 60.0, "disability": "N"}
    info = {**key, **said, **more, "final_result": result}
    return info, {**key, "date_registration": registered, "date_unregistration": left}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, five students, a handful of clicks and hand-ins; numbers are floats, as in the real files."""
    source = tmp_path_factory.mktemp("oulad")
    students = [
        student(AAA, 1, "Pass", -30.0, None),
        student(AAA, 2, "Fail", None, None),
        student(AAA, 3, "Withdrawn", -10.0, 12.0),
        student(AAA, 4, "Withdrawn", -10.0, None),
        student(BBB, 1, "Fail", -5.0, 40.0),
    ]
    frames = {
        "studentInfo": pl.DataFrame([info for info, _ in students]),
        "studentRegistration": pl.DataFrame([registered for _, registered in students], infer_schema_length=None),
        "courses": pl.DataFrame([{**run, "module_presentation_length": 240.0} for run in (AAA, BBB)]),
        "assessments": pl.DataFrame(
            [
                {**AAA, "id_assessment": 7.0, "assessment_type": "TMA", "date": 19.0, "weight": 10.0},
                {**AAA, "id_assessment": 8.0, "assessment_type": "Exam", "date": None, "weight": 100.0},
            ],
            infer_schema_length=None,
        ),
        "studentAssessment": pl.DataFrame(
            {
                "id_assessment": [7.0, 7.0, 7.0, 8.0],
                "id_student": [1.0, 2.0, 3.0, 1.0],
                "date_submitted": [18.0, 22.0, -1.0, 230.0],
                "is_banked": [0.0, 0.0, 1.0, 0.0],
                "score": [78.0, 30.0, 55.0, None],
            }
        ),
        "vle": pl.DataFrame({"id_site": [100.0, 200.0], "activity_type": ["quiz", "forumng"]}),
    }
    for name, frame in frames.items():
        frame.write_parquet(source / f"{name}.parquet")
    rows = {"id_student": [1.0, 1.0, 1.0], "id_site": [100.0, 100.0, 200.0], "date": [0.0, 0.0, -3.0]}
    for run, clicks in ((AAA, [4.0, 4.0, 2.0]), (BBB, [1.0, 2.0, 3.0])):
        folder = source / "studentVle_ds" / "/".join(f"{k}={v}" for k, v in run.items())
        folder.mkdir(parents=True)
        pl.DataFrame({**rows, "sum_click": clicks}).write_parquet(folder / "part-0.parquet")
    return source


@pytest.fixture(scope="module")
def target(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small files, converted."""
    made = tmp_path_factory.mktemp("tables")
    done = converted(small, made)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("5 enrolments in 2 course runs, 6 clicks (1 equal to another)")
    return made


def test_an_account_is_a_student_in_a_run(target: Path) -> None:
    """One student in two runs is two accounts, each among the peers of its own run."""
    accounts = table(target, "accounts").sort("account_id")
    assert accounts["account_id"].to_list() == [
        "AAA-2013J-1",
        "AAA-2013J-2",
        "AAA-2013J-3",
        "AAA-2013J-4",
        "BBB-2014B-1",
    ]
    assert accounts["segment"].to_list() == ["AAA 2013J"] * 4 + ["BBB 2014B"]
    assert "final_result" not in accounts.columns


def test_an_account_begins_when_it_registers(target: Path) -> None:
    """Day 0 is 1 October for J and 1 February for B; a registration without a day counts as day -25."""
    began = dict(
        table(target, "accounts").select("account_id", pl.col("created_at").dt.date().cast(pl.String)).rows()
    )
    assert began["AAA-2013J-1"] == "2013-09-01"
    assert began["AAA-2013J-2"] == "2013-09-06"
    assert began["BBB-2014B-1"] == "2014-01-27"


def test_equal_clicks_stay_apart(target: Path) -> None:
    """Two equal rows are two events; the quantity is the clicks, and a click happened at its day's midnight."""
    clicks = table(target, "events").filter(pl.col("account_id") == "AAA-2013J-1", pl.col("event") == "quiz")
    assert clicks["quantity"].to_list() == [4.0, 4.0]
    assert clicks["timestamp"].dt.strftime("%F %T").to_list() == ["2013-10-01 00:00:00"] * 2


def test_hand_ins_are_events_with_their_mark(target: Path) -> None:
    """Handed in late, failed and brought along each have a name of their own; a hand-in without a mark has none."""
    events = table(target, "events").filter(~pl.col("event").is_in(["quiz", "forumng"]))
    assert sorted(events.select("account_id", "event", "quantity").rows()) == [
        ("AAA-2013J-1", "days_in_hand", 1.0),
        ("AAA-2013J-1", "handed_in_tma", 78.0),
        ("AAA-2013J-1", "handed_in_unmarked", 1.0),
        ("AAA-2013J-1", "marks_earned", 7.8),
        ("AAA-2013J-2", "days_in_hand", -3.0),
        ("AAA-2013J-2", "failed_assessment", 1.0),
        ("AAA-2013J-2", "handed_in_late", 3.0),
        ("AAA-2013J-2", "handed_in_tma", 30.0),
        ("AAA-2013J-2", "marks_earned", 3.0),
        ("AAA-2013J-3", "result_transferred", 55.0),
    ]


def test_what_students_did_afterwards_is_their_outcome(target: Path) -> None:
    """Who unregistered churned that day, whatever the result; at the end failing is contraction, passing renewal."""
    outcomes = table(target, "outcomes").select("account_id", pl.col("occurred_on").cast(pl.String), "kind")
    assert sorted(outcomes.rows()) == [
        ("AAA-2013J-1", "2014-05-28", "renewal"),
        ("AAA-2013J-2", "2014-05-28", "contraction"),
        ("AAA-2013J-3", "2013-10-13", "churn"),
        ("BBB-2014B-1", "2014-03-13", "churn"),
    ]


def test_who_has_finished_is_no_customer_any_more(target: Path) -> None:
    """A second version of each account, known from the day after its run's end, takes it out of the ranking."""
    former = table(target, "former").filter(pl.col("account_id") == "AAA-2013J-1")
    assert former["kind"].to_list() == ["partner"]
    assert former["received_at"].dt.date().cast(pl.String).to_list() == ["2014-05-29"]


def test_the_settings_say_that_outcomes_are_the_labels(target: Path) -> None:
    """The settings beside the tables name the label source, the value events and the attributes."""
    settings = tomllib.loads((target / "consumption.toml").read_text("utf-8"))
    assert settings["labels"] == {"source": "outcomes", "lead_days": 0}
    assert "handed_in_tma" in settings["events"]["value"]
    columns = table(target, "accounts").columns
    assert {name.split(":")[0] for name in settings["signals"]["attributes"]} <= set(columns)
    assert "days_in_hand" in settings["signals"]["features"]


def test_a_folder_without_the_files_is_named_with_a_remedy(tmp_path: Path) -> None:
    """What is missing is named, with what to do; nothing is written."""
    done = converted(tmp_path, tmp_path / "tables")
    assert done.returncode == 1
    assert "studentInfo.parquet" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "tables").exists()


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the Open University's files are not at {DATA}")
def test_the_real_files_become_as_many_rows(tmp_path: Path) -> None:
    """10,655,280 clicks, of which 787,170 equal another, and 32,593 enrolments in 22 runs: none is lost."""
    done = converted(DATA, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "32,593 enrolments in 22 course runs, 10,655,280 clicks (787,170 equal to another)" in done.stdout
    clicks = pl.scan_parquet(tmp_path / "events" / "clicks-*.parquet").select(pl.len()).collect().item()
    assert clicks == 10_655_280
    assert table(tmp_path, "outcomes")["kind"].value_counts().sort("kind").rows() == [
        ("churn", 10_072),
        ("contraction", 7_043),
        ("renewal", 15_385),
    ]
