"""Which logged decisions are learned from, and with which chances: an account enters once a quarter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.jobs.decided import Decided, decided
from tests.jobs import weekly_book

JANUARY = datetime(2025, 1, 6, tzinfo=UTC)
MIXED = {"training": 0.27, "call": 0.09, "none": 0.64}


def row(number: int, day: int, action: str, arm: str | None = "treated", would_be: str | None = None,
        **other: object) -> dict[str, object]:  # fmt: skip
    """A logged decision in which `training` had three plans of ten and `call` one, times .9."""
    return {
        "decision_id": f"d{number}-{day}-{action}",
        "account_id": f"a{number}",
        "timestamp": JANUARY + timedelta(days=day),
        "action": action,
        "propensities": json.dumps(MIXED),
        "would_be": would_be,
        "decided_by": "policy",
        "attributes": json.dumps({"arm": arm, "served_chance": 1.0 if arm == "exempt" else 0.9}),
    } | other


def found(*rows: dict[str, object], held_out: float = 0.1) -> list[tuple[str, int, str, list[float]]]:
    """account_id, day, what was done and the chances of call and training."""
    log: Decided = decided(pl.DataFrame(rows, infer_schema_length=None), held_out)
    return [
        (account, (at - JANUARY).days, ("none", *log.actions)[taken + 1], np.round(log.chances[place], 6).tolist())
        for place, account, at, taken in log.rows.select("place", "account_id", "timestamp", "taken").iter_rows()
    ]


def test_of_weekly_plans_an_account_enters_when_one_selects_it() -> None:
    """Then which action it gets, and whether that is withheld, is left to chance: .9 x 3/4 and .9 x 1/4."""
    assert found(
        *(row(1, 7 * week, "none") for week in range(4)),
        row(1, 28, "training"),
        row(1, 63, "call"),
        row(2, 0, "none", "holdout"),
        row(2, 7, "none", "holdout", "call"),
        row(2, 28, "none", "holdout", "training"),
        row(3, 0, "none"),
        row(3, 7, "none"),
    ) == [("a2", 7, "none", [0.225, 0.675]), ("a1", 28, "training", [0.225, 0.675])]


def test_the_next_quarter_is_another_turn() -> None:
    """The same account enters again, once, whichever arm it is known to be in."""
    rows = [row(number, day, "none" if number else "call", "holdout" if number else "treated",
                "call" if number else None) for number in (0, 1) for day in (0, 70, 91, 105)]  # fmt: skip
    assert [(account, day) for account, day, _, _ in found(*rows)] == [("a0", 0), ("a1", 0), ("a0", 91), ("a1", 91)]


def test_the_only_plan_of_a_quarter_enters_as_it_was_logged() -> None:
    """Nobody can be selected later, so that who was not is compared too, with the chances of the log."""
    rows = [row(1, 0, "none"), row(2, 0, "training"), row(3, 0, "none", "holdout", "training"), row(4, 91, "none")]
    assert {(account, action, *chances) for account, _, action, chances in found(*rows)} == {
        ("a1", "none", 0.09, 0.27), ("a2", "training", 0.09, 0.27), ("a3", "none", 0.09, 0.27),
        ("a4", "none", 0.09, 0.27),
    }  # fmt: skip


def test_accounts_that_take_turns_have_one_plan_each() -> None:
    """A log in which hardly anybody comes up again in a quarter is one plan, spread over its weeks."""
    turns = [row(number, number % 13 * 7, "none") for number in range(130)]
    again = row(0, 80, "call")
    assert len(found(*turns, again)) == 130


def test_an_account_that_is_always_served_tells_of_its_actions_alone() -> None:
    """Once it is selected it is served for certain; with a single action there is nothing left to chance."""
    one = json.dumps({"training": 0.3, "none": 0.7})
    rows = [row(1, 0, "training", "exempt"), row(2, 0, "training", "exempt", propensities=one),
            row(1, 7, "none", "exempt"), row(2, 7, "none", "exempt", propensities=one)]  # fmt: skip
    assert found(*rows) == [("a1", 0, "training", [0.25, 0.75])]


def test_the_chance_of_being_held_out_is_that_of_the_row() -> None:
    """Where the log does not say it, the one of settings; rows are as true as on the day they were written."""
    said = json.dumps({"arm": "treated", "served_chance": 0.8})
    older = json.dumps({"arm": "treated"})
    rows = [row(1, 0, "training", attributes=said), row(1, 7, "none", attributes=said),
            row(2, 0, "training", attributes=older), row(2, 7, "none", attributes=older)]  # fmt: skip
    assert [chances for *_, chances in found(*rows, held_out=0.3)] == [[0.2, 0.6], [0.175, 0.525]]


def test_a_rep_enters_where_no_plan_does_with_the_first_choice() -> None:
    """What was assigned stands, whatever a rep did besides; of a rep's own choices of a quarter the first counts."""
    own = {"decided_by": "rep", "propensities": None, "attributes": None}
    assigned = [row(1, 0, "call", **own), row(1, 7, "training"), row(1, 14, "none")]
    alone = [row(2, 0, "call", **own), row(2, 7, "training", **own), row(2, 14, "none"), row(2, 21, "none")]
    entered = found(*assigned, *alone)
    assert [(account, day, action) for account, day, action, _ in entered] == [
        ("a2", 0, "call"),
        ("a1", 7, "training"),
    ]
    assert np.isnan(entered[0][3]).all()


def test_what_a_rep_told_in_words_is_no_action_to_learn_of() -> None:
    """It is no row and no column, and what he chose from the catalogue later in the quarter enters."""
    own = {"decided_by": "rep", "propensities": None, "attributes": None}
    words = own | {"attributes": json.dumps({"in_own_words": True})}
    rows = row(1, 0, "Took them to lunch", **words), row(1, 7, "call", **own), row(2, 0, "none")
    assert [(account, day, action) for account, day, action, _ in found(*rows)] == [
        ("a2", 0, "none"),
        ("a1", 7, "call"),
    ]
    assert decided(pl.DataFrame(rows, infer_schema_length=None), 0.1).actions == ("call", "training")


def test_a_quarter_of_weekly_plans_has_one_row_an_account() -> None:
    """And none of them says that somebody who was given the action was left alone."""
    told = next(weekly_book.quarters(1, accounts=400, number=1))
    log = decided(told.log, 0.0)
    who = weekly_book.accounts_of(log)
    assert len(who) == len(set(who)) > 100
    assert np.array_equal(told.given[who], log.rows["taken"].to_numpy() >= 0)


def test_weekly_plans_with_a_lasting_hold_out_teach_the_true_effect() -> None:
    """Over eight worlds: no bias that could be told, and within its interval as often as it says.

    Those who are compared were left alone, so that as many of them left as was expected.
    """
    runs = np.array([weekly_book.learned(seed) for seed in range(8)])
    apart = (runs[:, 0] - weekly_book.EFFECT) / runs[:, 1]
    assert (np.abs(apart) < 1.96).sum() >= 7
    assert runs[:, 0].mean() == pytest.approx(weekly_book.EFFECT, abs=2.5 * runs[:, 1].mean() / np.sqrt(8))
    assert abs(runs[:, 2].sum()) < 2.5 * np.sqrt(runs[:, 3].sum())
