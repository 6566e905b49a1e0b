"""The Open University Learning Analytics files as tables of the data contract.

    python examples/oulad/convert.py SOURCE TARGET

An account is one student's enrolment in one course run; its telemetry is clicks on pages of the course and
assessments handed in; what it did afterwards is that it withdrew, failed or reached the end of the run. The README
beside this file has the commands that follow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError
from consumption.tables import TIMESTAMP

RUN = ["code_module", "code_presentation"]
ENROLMENT = [*RUN, "id_student"]
# Runs named B start in February, those named J in October, of the year in their name.
FIRST_MONTH = {"B": 2, "J": 10}
DAY_OF_AN_UNKNOWN_REGISTRATION = -25
PASS_MARK = 40
FILES = ("studentInfo", "studentRegistration", "courses", "assessments", "studentAssessment", "vle")

SETTINGS = """\
# The settings for these tables; put them in place of the workspace's own.
buckets = 32

[labels]
source = "outcomes"             # there are no contracts: withdrawals and failures are the outcomes
lead_days = 0

[events]
value = ["handed_in_tma", "handed_in_cma", "handed_in_exam"]    # the quantity of these events is the mark
errors = ["handed_in_late", "failed_assessment"]

[signals]
attributes = [
  "module", "gender", "region", "highest_education", "imd_band:number", "age_band",
  "num_of_prev_attempts:number", "studied_credits:number", "disability",
]
features = [
  "handed_in_tma", "handed_in_cma", "marks_earned", "days_in_hand",
  "forumng", "oucontent", "quiz", "homepage", "resource", "subpage", "url",
]
"""


class NotOulad(ConsumptionError):
    """The folder does not hold the files of the data set."""


@dataclass(frozen=True)
class Converted:
    """What was written: rows a table; `equal_clicks` counts click rows that repeat another in every field."""

    accounts: int
    runs: int
    clicks: int
    equal_clicks: int
    hand_ins: int
    outcomes: int

    def __str__(self) -> str:
        return (
            f"{self.accounts:,} enrolments in {self.runs} course runs, {self.clicks:,} clicks"
            f" ({self.equal_clicks:,} equal to another), {self.hand_ins:,} events of assessments,"
            f" {self.outcomes:,} outcomes"
        )


def convert(source: Path, target: Path) -> Converted:
    """Writes accounts/, former/, events/, outcomes/ (Parquet) and consumption.toml under `target`."""
    missing = [f"{name}.parquet" for name in FILES if not (source / f"{name}.parquet").is_file()]
    parts = sorted((source / "studentVle_ds").glob("code_module=*/code_presentation=*/*.parquet"))
    if missing or not parts:
        raise NotOulad(
            f"{source} lacks {', '.join(missing) or 'studentVle_ds/code_module=*/code_presentation=*/*.parquet'}",
            "name the folder of the Open University Learning Analytics files in Parquet, as data-edu/oulad has them",
        )
    enrolled = enrolments(source)
    known = outcomes(enrolled)
    hand_ins = pl.concat(assessment_events(source, enrolled))
    _write(accounts(enrolled), target, "accounts")
    _write(former(enrolled), target, "former")
    _write(known, target, "outcomes")
    _write(hand_ins, target, "events", "assessments")
    clicks = [_write_clicks(part, source, enrolled, target) for part in parts]
    (target / "consumption.toml").write_text(SETTINGS, encoding="utf-8")
    return Converted(
        enrolled.height,
        enrolled.select(RUN).n_unique(),
        sum(rows for rows, _ in clicks),
        sum(equal for _, equal in clicks),
        hand_ins.height,
        known.height,
    )


def enrolments(source: Path) -> pl.DataFrame:
    """One row a student and run: account_id, starts_at, created_at, left_on, last_day beside the files' columns."""
    table = pl.read_parquet(source / "studentInfo.parquet")
    table = table.join(pl.read_parquet(source / "studentRegistration.parquet"), on=ENROLMENT, validate="1:1")
    table = table.join(pl.read_parquet(source / "courses.parquet"), on=RUN, validate="m:1")
    registered = pl.col("date_registration").fill_null(DAY_OF_AN_UNKNOWN_REGISTRATION)
    return (
        table.with_columns(pl.col("id_student").cast(pl.Int64), run_start().alias("starts_at"))
        .with_columns(
            account_id(),
            on_day(registered).alias("created_at"),
            on_day(pl.col("date_unregistration")).dt.date().alias("left_on"),
            on_day(pl.col("module_presentation_length") - 1).dt.date().alias("last_day"),
        )
        .sort("account_id")
    )


def run_start() -> pl.Expr:
    """Day 0 of the run in `code_presentation`."""
    presentation = pl.col("code_presentation")
    month = presentation.str.slice(4, 1).replace_strict(FIRST_MONTH, return_dtype=pl.Int8)
    return pl.datetime(presentation.str.slice(0, 4).cast(pl.Int32), month, 1, time_zone="UTC").cast(TIMESTAMP)


def on_day(day: pl.Expr) -> pl.Expr:
    """Midnight of a day counted from the run's first, which is day 0."""
    return pl.col("starts_at") + pl.duration(days=day.cast(pl.Int64))


def account_id() -> pl.Expr:
    """Module, run and student."""
    return pl.concat_str(*ENROLMENT, separator="-").alias("account_id")


def accounts(enrolled: pl.DataFrame) -> pl.DataFrame:
    """One row an enrolment. Peers are the students of the same run, so the run is the segment."""
    return enrolled.select(
        "account_id",
        "created_at",
        pl.concat_str(*RUN, separator=" ").alias("segment"),
        pl.col("code_module").alias("industry"),
        "region",
        pl.lit("customer").alias("kind"),
        pl.col("created_at").alias("received_at"),
        pl.col("code_module").alias("module"),
        "gender",
        "highest_education",
        # "20-30%" and "10-20" alike: the lower end, in percent; 0 is most deprived
        pl.col("imd_band").str.extract(r"^(\d+)").cast(pl.Int64),
        "age_band",
        pl.col("num_of_prev_attempts", "studied_credits").cast(pl.Int64),
        "disability",
    )


def former(enrolled: pl.DataFrame) -> pl.DataFrame:
    """The accounts again, as known from the day after their run's end: no customers any more, so no longer ranked."""
    ended = pl.col("last_day").dt.offset_by("1d").cast(TIMESTAMP)
    ends = enrolled.select("account_id", ended.alias("ended"))
    later = accounts(enrolled).join(ends, on="account_id", validate="1:1")
    return later.with_columns(
        pl.lit("partner").alias("kind"), pl.max_horizontal("ended", "created_at").alias("received_at")
    ).drop("ended")


def outcomes(enrolled: pl.DataFrame) -> pl.DataFrame:
    """At most one row an enrolment: churn on the day it unregistered, else its result, on the run's last day.

    93 students whose result says withdrawn carry no day of it: nothing is known of when, so they have no outcome.
    """
    result = pl.col("final_result")
    passed = pl.when(result.is_in(["Pass", "Distinction"])).then(pl.lit("renewal"))
    at_the_end = pl.when(result == "Fail").then(pl.lit("contraction")).otherwise(passed)
    return enrolled.select(
        "account_id",
        pl.coalesce("left_on", "last_day").alias("occurred_on"),
        pl.when(pl.col("left_on").is_not_null()).then(pl.lit("churn")).otherwise(at_the_end).alias("kind"),
    ).drop_nulls("kind")


def assessment_events(source: Path, enrolled: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Events on the day an assessment was handed in.

    One names its type, with the mark; others say what it adds to the result, how many days were left until it was
    due, that it was late, that it failed. A result brought along from an earlier run is no work done in this one, and
    has a name of its own.
    """
    handed_in = _handed_in(source, enrolled)
    kind = pl.col("assessment_type").str.to_lowercase()
    banked, marked = pl.col("is_banked") == 1, pl.col("score").is_not_null()
    own, late = handed_in.filter(~banked), pl.col("date_submitted") - pl.col("date")
    yield _events(own.filter(marked), pl.lit("handed_in_") + kind, pl.col("score"))
    yield _events(own.filter(marked), pl.lit("marks_earned"), pl.col("score") * pl.col("weight") / 100)
    yield _events(own.filter(late.is_not_null()), pl.lit("days_in_hand"), -late)
    yield _events(own.filter(~marked), pl.lit("handed_in_unmarked"), pl.lit(1))
    yield _events(own.filter(late > 0), pl.lit("handed_in_late"), late)
    yield _events(own.filter(pl.col("score") < PASS_MARK), pl.lit("failed_assessment"), pl.lit(1))
    yield _events(handed_in.filter(banked), pl.lit("result_transferred"), pl.col("score").fill_null(0))


def _handed_in(source: Path, enrolled: pl.DataFrame) -> pl.DataFrame:
    """One row an assessment a student handed in, with what the course says of it."""
    set_by_course = pl.read_parquet(source / "assessments.parquet")
    submitted = pl.read_parquet(source / "studentAssessment.parquet")
    table = submitted.with_columns(pl.col("id_student").cast(pl.Int64)).join(
        set_by_course, on="id_assessment", validate="m:1"
    )
    table = table.join(enrolled.select(*ENROLMENT, "account_id", "starts_at"), on=ENROLMENT, validate="m:1")
    return table.sort("account_id", "date_submitted", "id_assessment")


def _events(rows: pl.DataFrame, event: pl.Expr, quantity: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "account_id",
        on_day(pl.col("date_submitted")).alias("timestamp"),
        event.alias("event"),
        quantity.cast(pl.Float64).alias("quantity"),
    )


def _write_clicks(part: Path, source: Path, enrolled: pl.DataFrame, target: Path) -> tuple[int, int]:
    """One course run's clicks as one file of events; the rows there are, and how many are equal to another."""
    module, presentation = (folder.split("=")[1] for folder in part.parts[-3:-1])
    clicks = pl.read_parquet(part, hive_partitioning=False).select(
        pl.col("id_student", "id_site").cast(pl.Int64), pl.col("date", "sum_click").cast(pl.Int32)
    )
    run = enrolled.filter(pl.col("code_module") == module, pl.col("code_presentation") == presentation)
    pages = pl.read_parquet(source / "vle.parquet").select(
        pl.col("id_site").cast(pl.Int64), pl.col("activity_type").alias("event")
    )
    events = (
        clicks.join(run.select("id_student", "account_id", "starts_at"), on="id_student", validate="m:1")
        .join(pages, on="id_site", validate="m:1")
        .select(
            "account_id",
            on_day(pl.col("date")).alias("timestamp"),
            "event",
            pl.col("sum_click").cast(pl.Float64).alias("quantity"),
        )
    )
    _write(events, target, "events", f"clicks-{module}-{presentation}-{part.stem}")
    return events.height, clicks.height - clicks.n_unique()


def _write(frame: pl.DataFrame, target: Path, folder: str, name: str = "part-0") -> None:
    (target / folder).mkdir(parents=True, exist_ok=True)
    frame.write_parquet(target / folder / f"{name}.parquet")


def main(arguments: list[str]) -> int:
    """The command: 0 done, 1 it could not be done, 2 wrong usage."""
    if len(arguments) != 2:
        print("usage: python examples/oulad/convert.py SOURCE TARGET", file=sys.stderr)
        return 2
    try:
        print(convert(Path(arguments[0]), Path(arguments[1])))
    except ConsumptionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
