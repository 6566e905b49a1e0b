"""The benchmark that compares policies in worlds whose truth is known, on a tiny one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.world.trial import KINDS, Trial
from policy import kept_in, seeds_of, work_on
from policy_best import Estimate, best_increments, reference
from policy_catalogue import PLAYBOOK, default_actions
from policy_learner import Learner
from policy_loop import Asked, Setting, added, loop
from policy_marks import BEST, LOSS, PRIORS, RANGES, RISK, mark_figures, marks
from policy_plans import OWNER_HOURS, Book
from policy_seen import happened, quarters
from policy_table import POLICIES, figures

TINY = Setting("right", seed=1, accounts=240, quarters=3, plans=3)


@pytest.fixture(scope="module")
def estimate(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    """What the best observable policy knows."""
    return reference(tmp_path_factory.mktemp("reference"), 400)


@pytest.fixture(scope="module")
def asked(estimate: Estimate, tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    """A loop of three quarters."""
    return loop(TINY, estimate, tmp_path_factory.mktemp("loop") / "world")


def test_every_policy_is_asked_in_the_last_three_quarters(asked: list[Asked]) -> None:
    """And none adds more than the one that knows the latent state."""
    assert len(asked) == 3
    for quarter in asked:
        assert set(POLICIES) < set(quarter)
        assert max(quarter[policy] for policy in POLICIES) <= quarter["oracle"] * 1.001
    best = sum(quarter["best observable"] for quarter in asked)
    assert best > sum(quarter["random"] for quarter in asked)


def test_a_loop_is_the_same_again(asked: list[Asked], estimate: Estimate, tmp_path: Path) -> None:
    """A seed gives the same figures."""
    assert loop(TINY, estimate, tmp_path / "again") == asked


def test_the_table_gives_shares_of_the_oracle_beside_their_targets(asked: list[Asked]) -> None:
    """By hand: half of what the oracle adds is 50 %, in the sum over quarters and not in their mean."""
    made = [
        dict.fromkeys(POLICIES, 1.0) | {"oracle": 1.0},
        dict.fromkeys(POLICIES, 1.0) | {"oracle": 3.0},
    ]
    rows = {figure.name: figure for figure in figures("right", [{"asked": made, "seconds": 2.0}])}
    assert rows["right: this project"].value == pytest.approx(50.0)
    assert rows["right: this project"].target == 75.0
    assert rows["right: this project less risk x ARR + playbook"].value == pytest.approx(0.0)
    assert rows["right: this project less risk x ARR + playbook"].met is False
    names = [figure.name for figure in figures("none", [{"asked": asked, "seconds": 2.0}])]
    assert names[0] == "none: promised by this project"


def test_marks_say_whether_they_hold(estimate: Estimate, tmp_path: Path) -> None:
    """They are read before any policy learns, and compared with fixed ranges."""
    found = marks(TINY, estimate, tmp_path / "world")
    assert set(found) == set(RANGES["right"])
    notes = {figure.name: figure.note for figure in mark_figures({"right": [found, replace_loss(found, 30.0)]})}
    assert "DOES NOT HOLD" in notes[f"mark, right: {LOSS}"]
    assert found[BEST] > found[PRIORS] > 0
    assert found[RISK] > 0


def replace_loss(found: dict[str, float], loss: float) -> dict[str, float]:
    """The same marks with another loss."""
    return found | {LOSS: loss}


def test_the_learner_logs_the_propensity_of_everything_it_does(tmp_path: Path) -> None:
    """Within hours, never a held-out account, and never what had no chance."""
    actions = default_actions()
    trial = Trial(KINDS["right"], actions.claims, tmp_path, 360, 1)
    learner = Learner(tmp_path, actions, seed=1, plans=3)
    trial.begin()
    book, _, _ = learner.look(0)
    decided, _ = learner.decide(0, book)
    done = book.codes(decided)
    rows = np.flatnonzero(done >= 0)
    chance = decided.select(actions.names).to_numpy()
    assert (chance[rows, done[rows]] > 0).all()
    assert (chance >= 0).all()
    assert (chance.sum(axis=1) <= 1 + 1e-9).all()
    assert learner.members is not None
    held = learner.members.filter(pl.col("arm") == "holdout")["account_id"]
    assert decided.filter(pl.col("account_id").is_in(held.implode()))["action"].null_count() == len(held) > 0
    spent = decided.join(book.seen.snapshot.select("account_id", "owner"), on="account_id").drop_nulls("action")
    hours = spent.with_columns(pl.col("action").replace_strict(actions.hours, return_dtype=pl.Float64))
    assert hours.group_by("owner").agg(pl.col("action").sum())["action"].to_numpy().max() <= OWNER_HOURS


def test_the_learner_learns_from_a_quarter_when_its_outcomes_are_due(tmp_path: Path) -> None:
    """At first from the history alone; from a policy's first quarter three quarters later."""
    actions = default_actions()
    trial = Trial(KINDS["right"], actions.claims, tmp_path, 240, 1)
    learner = Learner(tmp_path, actions, seed=1, plans=2)
    for number in range(4):
        trial.begin()
        book, _, _ = learner.look(number)
        assert max(learner.learned) == number - 3
        decided, _ = learner.decide(number, book)
        trial.carry_out(decided)


def test_a_plan_takes_what_is_worth_most_within_the_hours(tmp_path: Path) -> None:
    """Nobody gets what is worth nothing; what is added is counted over who gets something."""
    actions = default_actions()
    trial = Trial(KINDS["right"], actions.claims, tmp_path, 120, 1)
    trial.begin()
    book = Book(quarters(tmp_path, 0)[0], actions.hours)
    value = np.zeros((120, len(actions.names)))
    value[7, 3] = value[9, 0] = 5.0
    chosen = book.chosen(value)
    assert [int(code) for code in chosen[[7, 9]]] == [3, 0]
    assert (chosen >= 0).sum() == 2
    assert added(value, chosen) == 10.0


def test_the_best_observable_policy_sees_only_signals(estimate: Estimate, tmp_path: Path) -> None:
    """Two worlds that show the same are the same to it; the world itself is left as it was."""
    trial = Trial(KINDS["right"], default_actions().claims, tmp_path, 240, 1)
    trial.begin()
    before, said = trial.state, best_increments(trial, estimate)
    assert trial.state is before
    trial.state = replace(before, fit=before.fit + 1.0, skill=before.skill - 1.0)
    assert np.array_equal(best_increments(trial, estimate), said)


def test_outcomes_are_told_from_the_change_of_arr() -> None:
    """All gone is churn, and says nothing of a move; a tenth less or more is one."""
    assert happened(np.array([-1.0, -0.10, -0.05, 0.2]))[1:].tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert np.isnan(happened(np.array([-1.0]))[0, 1:]).all()


def test_the_catalogue_is_the_package_s_own() -> None:
    """All that takes hours and is nobody's duty; the playbook names actions that it has."""
    actions = default_actions()
    assert len(actions.names) == 20
    assert "notice_rescue" not in actions.names
    assert set(PLAYBOOK.values()) <= set(actions.names)
    assert all(0 < hours <= 12 for hours in actions.hours.values())


def test_figures_are_kept_for_as_long_as_the_setting_stays(tmp_path: Path) -> None:
    """The folder is named for code and setting, not for world and seed; what is kept is read."""
    same = kept_in(tmp_path, TINY)
    assert kept_in(tmp_path, replace(TINY, world="tree", seed=2)) == same
    assert kept_in(tmp_path, replace(TINY, plans=4)) != same
    (same / "loop-right-1.json").write_text('{"asked": [], "seconds": 1.0}', encoding="utf-8")
    assert work_on(("loop", TINY, same)) == {"asked": [], "seconds": 1.0}


def test_seeds_are_named_as_a_range_or_one_by_one() -> None:
    """`0-2,5` is four seeds."""
    assert seeds_of("0-2,5") == [0, 1, 2, 5]
