"""Each defect, planted in a book that is otherwise in good order, is found; the good book gives no alarm."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from consumption.features.quality.examination import CHECKS, examine
from consumption.features.quality.finding import FINE, NOTE, STOP, WARNING, Severity
from consumption.features.rules import NO_RULES, Meter

from .planting import LAB, NORTH, THREE_DAYS, accounts, contracts_with, events, events_with, program, without
from .plants import PLANTS
from .small import AS_OF, DAY, LOADED, RULES, book, evidence, found, stored, wrong

_OF_THE_LAKE = {"rows_in_quarantine", "tables", "received_later", "short_retention"}


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_defect_is_found(code: str) -> None:
    """The check that looks for it says so in numbers, what it means, and what to do."""
    planted = PLANTS[code]
    findings = found(planted.tables(), code, rules=planted.rules)
    (finding,) = [one for one in findings if one.severity is planted.severity] or findings
    assert (finding.severity, planted.said in finding.seen) == (planted.severity, True), finding.seen
    assert finding.means
    assert finding.do


def test_every_check_has_a_defect_planted_for_it() -> None:
    """A check that never fires in a test may be unable to."""
    assert {check.code for check in CHECKS} == {*PLANTS, *_OF_THE_LAKE}


def test_a_book_in_good_order_gives_no_alarm() -> None:
    """Nothing stops, nothing warns; every check has looked and says so."""
    findings = examine(evidence(book()))
    assert [finding for finding in findings if finding.severity in {STOP, WARNING}] == []
    assert {finding.code for finding in findings} == {check.code for check in CHECKS}


def test_findings_come_most_serious_first() -> None:
    """What stops everything is read first, what is fine last."""
    order = list(Severity)
    severities = [order.index(finding.severity) for finding in examine(evidence(accounts(kind="trial")))]
    assert severities == sorted(severities)
    assert len(set(severities)) > 2


def test_what_is_found_does_not_depend_on_how_accounts_are_grouped() -> None:
    """A lake of many buckets is looked at a few at a time, and gives the same findings."""
    tables = without(LAB, NORTH, THREE_DAYS)
    assert examine(evidence(tables, parts=7)) == examine(evidence(tables))


def test_a_table_with_many_refused_rows_is_a_warning_with_the_reasons() -> None:
    """A hundred wrong rows of forty good ones are too many; the most frequent reason comes first."""
    refused = wrong(
        [("people", "email is empty", 3, LOADED), ("people", "hours_week: ... is not a number", 97, LOADED)]
    )
    (finding,) = [f for f in examine(replace(evidence(book()), wrong=refused)) if f.code == "rows_in_quarantine"]
    assert finding.severity is WARNING
    assert [row["rows"] for row in finding.rows] == [97, 3]
    assert "consumption quarantine people" in finding.do


def test_a_table_that_was_loaded_long_ago_is_noted() -> None:
    """Accounts of two months ago beside events of today: owners may have changed since."""
    tables = stored([("accounts", 40, LOADED - 60 * DAY), ("events", 9, LOADED)])
    (finding,) = [f for f in examine(replace(evidence(book()), tables=tables)) if f.code == "tables"]
    assert finding.severity is NOTE
    assert "Loaded long ago: accounts" in finding.seen


def test_what_settings_exclude_is_not_told_again() -> None:
    """Once a program is left out, the doctor looks at the others only."""
    tables = program("probe", days=40, a_day=48, hours=24)
    rules = replace(RULES, excluded_users=frozenset({"probe"}))
    assert [f.severity for f in found(tables, "programs", rules=rules)] == [FINE]


def test_a_program_that_never_sleeps_is_found_however_uneven_its_work() -> None:
    """Twice as much on every other day, but something in every hour of all of them."""
    tables = program("probe", days=40, a_day=48, hours=24)
    half = (pl.col("timestamp").dt.minute() == 0) | (pl.col("timestamp").dt.day() % 2 == 0)
    uneven = tables["events"].filter(half | (pl.col("user_id") != "probe"))
    (finding,) = found({**tables, "events": uneven}, "programs")
    assert [(row["user"], row["why"]) for row in finding.rows] == [("probe", "active 24 hours a day")]


@pytest.mark.parametrize(
    ("hours", "days", "low", "pace", "high", "why"),
    [
        (20.0, 14, 30, 60, 90, "active 20 hours a day"),
        (20.0, 13, 30, 60, 90, None),
        (8.0, 30, 49, 50, 52, "50 events every day"),
        (8.0, 20, 49, 50, 52, None),  # on two days of three
        (8.0, 30, 45, 50, 52, None),  # give or take a seventh
        (8.0, 30, 9, 9, 9, None),  # too few to call it a rhythm
        (8.0, 6, 100, 600, 900, "600 events a day"),
        (8.0, 6, 100, 400, 900, None),
    ],
)
def test_what_makes_a_user_look_like_a_program(
    hours: float, days: int, low: int, pace: int, high: int, why: str | None
) -> None:
    """Awake around the clock, always the same, or far more than others: within the limits that the page states."""
    good = evidence(book())
    user = {"account_id": "a00", "user_id": "probe", "events": days * pace, "days": days}
    span = {"first": AS_OF.date() - 30 * DAY, "last": AS_OF.date() - DAY}
    usual = {"hours": hours, "low": float(low), "pace": float(pace), "high": float(high)}
    seen = replace(good, telemetry=replace(good.telemetry, users=pl.DataFrame([{**user, **span, **usual}])))
    (finding,) = [f for f in examine(seen) if f.code == "programs"]
    assert [row["why"] for row in finding.rows] == ([why] if why else [])


def test_people_who_work_on_weekends_are_no_programs() -> None:
    """Every day, but not always the same: 20 events give or take five."""
    tables = program("keen", days=40, a_day=24, hours=10)
    some = pl.col("user_id").ne("keen") | (pl.int_range(pl.len()) * 7_919 % 10 < 5 + pl.col("timestamp").dt.day() % 4)
    assert [f.severity for f in found({**tables, "events": tables["events"].filter(some)}, "programs")] == [FINE]


def test_a_sign_in_as_value_is_a_warning() -> None:
    """Everybody signs in: it says nothing about what a customer came for."""
    tables = events(event=pl.col("event").replace("report_opened", "user.login"))
    rules = replace(RULES, value_events=frozenset({"user.login", "report_shared"}))
    (finding,) = found(tables, "value_events", rules=rules)
    assert (finding.severity, "user.login is declared as value" in finding.seen) == (WARNING, True)


def test_value_is_suggested_from_what_is_achieved() -> None:
    """Neither the sign-in nor the error is suggested; what is shared comes before what is looked at."""
    tables = events_with("event", pl.lit("sign_in"), pl.col("user_id").str.ends_with("u4"))
    (finding,) = found(tables, "value_events", rules=NO_RULES)
    assert [row["event"] for row in finding.rows] == ["report_shared", "report_opened"]
    assert 'value = ["report_shared", "report_opened"]` under `[events]`' in finding.do


def test_events_that_are_counted_by_day_are_no_copies() -> None:
    """Where every file has as many equal rows as the others, that is how the events are: a note, not an alarm."""
    hourly = events(timestamp=pl.col("timestamp").dt.truncate("1d"), user_id=pl.lit("all"))
    part = pl.when(THREE_DAYS).then(pl.lit(LOADED - DAY)).otherwise("loaded_at").alias("loaded_at")
    tables = {**hourly, "events": hourly["events"].with_columns(part)}
    assert [f.severity for f in found(tables, "copies_within_a_file")] == [NOTE]


def test_a_meter_that_settings_declare_is_no_assumption() -> None:
    """Credits with a meter of their own are fine, however they are counted."""
    rules = replace(RULES, meters={"credit": Meter(("report_shared",), "sum")})
    assert [
        f.severity for f in found(contracts_with(unit="credit", quantity=300.0), "assumed_meters", rules=rules)
    ] == [FINE]
