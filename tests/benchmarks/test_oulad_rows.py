"""Which enrolments the Open University benchmark counts, and with which answers."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.signal_set import SIGNALS
from consumption.lake.history import History
from oulad import STARTS, TEST, Scores, labelled, splits_56, splits_by_student

START = STARTS["2013B"]
LAST_DAY = date(2013, 9, 28)


@pytest.fixture(scope="module")
def history() -> History:
    """Five students of one run: one passed, one failed, three withdrew on days 30, 56 and 100."""
    ids = [f"AAA-2013B-{n}" for n in (1, 2, 3, 4, 5)]
    left = [LAST_DAY, LAST_DAY, *(START.date() + timedelta(days=d) for d in (30, 56, 100))]
    return History.of(
        accounts=pl.DataFrame({"account_id": ids, "created_at": [START] * 5, "segment": ["AAA 2013B"] * 5}),
        outcomes=pl.DataFrame(
            {"account_id": ids, "occurred_on": left, "kind": ["renewal", "contraction", "churn", "churn", "churn"]}
        ),
        events=pl.DataFrame({"account_id": ids[:1], "timestamp": [START], "event": ["quiz"], "quantity": [3.0]}),
    )


def rows(history: History, week: int) -> dict[str, tuple[str, str]]:
    """Account to its outcome next week and up to the run's end."""
    snapshot = compute_signals(history, as_of=START + timedelta(weeks=week))
    found = labelled(history, snapshot, SIGNALS, "2013B", week)
    return {
        account: (soon, later) for account, soon, later in found.select("account_id", "next_week", "later").rows()
    }


def test_who_has_withdrawn_already_is_not_counted(history: History) -> None:
    """On day 56 a student who left on day 30 is no row; one who leaves on day 56 itself is, as one who withdraws."""
    assert rows(history, 8) == {
        "AAA-2013B-1": ("stayed", "stayed"),
        "AAA-2013B-2": ("stayed", "contraction"),
        "AAA-2013B-4": ("churn", "churn"),
        "AAA-2013B-5": ("stayed", "churn"),
    }


def test_next_week_is_seven_days(history: History) -> None:
    """Unregistering on day 100 is next week's loss on day 98 and not yet on day 91."""
    assert rows(history, 13)["AAA-2013B-5"][0] == "stayed"
    assert rows(history, 14)["AAA-2013B-5"][0] == "churn"


def test_a_run_that_is_over_has_no_rows(history: History) -> None:
    """Nothing can be lost after the last day, and easy rows would flatter the figures."""
    assert rows(history, 34)
    assert rows(history, 35) == {}


def students() -> pl.DataFrame:
    """Thirty students of each run, in three folds."""
    numbered = [
        (f"AAA-{run}-{n}", f"AAA {run}", run, n % 3, week) for run in STARTS for n in range(30) for week in (7, 8, 9)
    ]
    return pl.DataFrame(numbered, schema=["account_id", "segment", "run", "fold", "week"], orient="row")


def test_the_test_run_is_read_and_never_learned_from() -> None:
    """Day 56: three runs to learn from, in the weeks around it, and 2014J to be read on, on the day itself."""
    ((train, test),) = splits_56(students(), validate=False)
    assert set(train["run"]) == {"2013B", "2013J", "2014B"}
    assert set(train["week"]) == {7, 8, 9}
    assert set(test.select("run", "week").rows()) == {(TEST, 8)}


def test_validation_reads_no_test_row() -> None:
    """Choices are made on training rows: without the run 2014J, and without the first third of the students."""
    for train, test in splits_56(students(), validate=True):
        assert TEST not in {*train["run"], *test["run"]}
        assert set(train["run"]).isdisjoint(test["run"])
    set_aside = set(students().filter(pl.col("fold") == 0)["account_id"])
    for train, test in splits_by_student(students(), validate=True):
        assert set_aside.isdisjoint({*train["account_id"], *test["account_id"]})


def test_a_student_is_in_one_fold_with_all_its_enrolments() -> None:
    """What is learned of a student in one run is not read on the same student in another."""
    for validate in (False, True):
        for train, test in splits_by_student(students(), validate=validate):
            learned, read = (set(part["account_id"].str.split("-").list.last()) for part in (train, test))
            assert learned.isdisjoint(read)


def test_recall_in_the_top_fifth_counts_what_happened_there() -> None:
    """One of two losses lies among the fifth of highest probability: one half."""
    said = np.linspace(1.0, 0.0, 10)
    happened = np.zeros(10)
    happened[[1, 5]] = 1.0
    assert Scores(happened, said).recall_in_top(0.2) == 0.5
