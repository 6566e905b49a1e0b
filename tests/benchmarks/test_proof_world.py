"""The made-up books that the number is held against."""

from __future__ import annotations

import json

import polars as pl

from consumption.actions.number.counted import counted
from offpolicy_world import world
from proof import book, figures, told
from proof_world import WEEKS, Book, live, moment


def test_where_nothing_works_the_truth_is_nothing() -> None:
    """Without a cut of the odds every effect is 0; with one it is more than that."""
    assert live(Book(300, 0.1, 0.04, 0.0, 1)).truth(0, WEEKS) == 0.0
    assert live(Book(300, 0.1, 0.04, 0.5, 1)).truth(0, WEEKS) > 0.01


def test_the_log_tells_who_counts_as_the_world_knows_it() -> None:
    """From decisions alone: the same accounts, since the same week, as the world chose."""
    lived = live(Book(300, 0.1, 0.04, 0.3, 2))
    found = counted(lived.history.before(moment(WEEKS)).decisions)
    weeks = found.select("account_id", week=(pl.col("since") - moment(0).date()).dt.total_days() // 7)
    known = {f"a{n:05d}": int(week) for n, week in enumerate(lived.since) if week >= 0}
    assert dict(weeks.iter_rows()) == known


def test_one_world_becomes_figures() -> None:
    """Every figure is made, and the same seed gives the same."""
    made = [told(live(book(seed))) for seed in (1_200,)]
    assert json.dumps(made) == json.dumps([told(live(book(1_200)))])
    assert {figure.name for figure in figures(made)} >= {
        "false alarms over weekly looks",
        "coverage, frozen quarters",
    }


def test_a_made_up_log_loses_what_a_book_loses() -> None:
    """4 to 8 % leave in half a year, and the policy that is valued is worth more than doing nothing."""
    made = world(8_000, 5)
    assert 0.04 < made.log.filter(pl.col("reward") == -1).height / made.log.height < 0.08
    assert made.worth > made.worth_of_nothing
