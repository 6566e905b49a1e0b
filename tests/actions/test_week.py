"""Whose hours there are in a week, and how many."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from consumption.actions.rules import CapacityRules
from consumption.actions.standing import taken_up
from consumption.actions.week import monday_of, owners, week_hours
from consumption.tables import PEOPLE
from tests.actions.books import MONDAY, answered, book, decided, default_catalogue, touch_all

ANN = "rep0@us.example"
ACCEPTED = [("d0", "accepted")]


def people(**columns: Any) -> pl.DataFrame:
    """One person of our team."""
    row = pl.DataFrame({"email": [ANN], **{name: [value] for name, value in columns.items()}})
    return pl.concat([pl.DataFrame(schema=PEOPLE.schema), row], how="diagonal_relaxed")


def hours_of(team: pl.DataFrame, past: pl.DataFrame | None = None, **columns: Any) -> dict[str | None, float]:
    """The hours of one owner by skill (null: all)."""
    population = touch_all(book(4, owners=1), **columns).population
    found = week_hours(
        owners(population), team, default_catalogue(), CapacityRules(), as_of=MONDAY + timedelta(days=2),
        taken_up=taken_up(decided() if past is None else past, answered(*ACCEPTED)),
    )  # fmt: skip
    return {skill: hours for owner, skill, hours in found.iter_rows() if owner == ANN}


def test_who_has_no_row_has_the_default_hours() -> None:
    """Eight hours a week, unless settings say otherwise."""
    assert hours_of(people().clear()) == {None: 8.0}


def test_who_has_a_row_has_its_hours() -> None:
    """What `people` says counts; where it says nothing, the default."""
    assert hours_of(people(hours_week=12.0)) == {None: 12.0}
    assert hours_of(people(hours_week=None)) == {None: 8.0}


def test_days_away_are_taken_off() -> None:
    """Away Wednesday to Friday of the week: two fifths are left."""
    away = people(hours_week=10.0, away_from=date(2026, 3, 4), away_to=date(2026, 3, 9))
    assert hours_of(away) == {None: 4.0}


def test_what_was_decided_earlier_in_the_week_is_taken_off() -> None:
    """A training of six hours decided on Monday leaves two on Wednesday."""
    done = decided(("acct-00000", MONDAY, "enablement_training", None))
    assert hours_of(people().clear(), done) == {None: 2.0}


def test_what_nobody_has_touched_takes_nothing_off() -> None:
    """A recommendation is no work: only what somebody took up uses hours."""
    proposed = decided(("acct-00000", MONDAY, "none", None), ("acct-00001", MONDAY, "enablement_training", None))
    assert hours_of(people().clear(), proposed) == {None: 8.0}


def test_last_weeks_decisions_take_nothing_off() -> None:
    """Each ISO week has its own hours."""
    done = decided(("acct-00000", MONDAY - timedelta(days=1), "enablement_training", None))
    assert hours_of(people().clear(), done) == {None: 8.0}


def test_accounts_without_an_owner_share_one() -> None:
    """Nobody's accounts are the team's."""
    population = touch_all(book(3), owner=pl.lit(None, pl.String)).population
    assert owners(population)["owner"].unique().to_list() == ["team"]


def test_another_service_line_may_have_its_own_owner() -> None:
    """The attribute `owner_LINE` names who does that line's work; the account's owner does the rest."""
    population = touch_all(book(1, owners=1), attributes=pl.lit('{"owner_education":"bea@us.example"}')).population
    found = dict(owners(population).select("service_line", "owner").iter_rows())
    assert (found["education"], found["support"]) == ("bea@us.example", ANN)


def test_a_skill_that_others_list_is_closed_to_who_lacks_it() -> None:
    """A skill that nobody lists is not counted at all."""
    team = pl.concat(
        [people(skills="advisory"), people(skills="advisory; training").with_columns(email=pl.lit("bea"))]
    )
    assert hours_of(team) == {None: 8.0, "training": 0.0}


def test_a_week_begins_on_monday() -> None:
    """As ISO 8601 has it."""
    assert monday_of(MONDAY + timedelta(days=6)) == MONDAY.date()
