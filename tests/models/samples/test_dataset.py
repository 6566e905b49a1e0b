"""The rows that models learn from."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.samples.dataset import (
    Beside,
    NoLabels,
    Thresholds,
    TrainingSet,
    build,
    with_row_weights,
    with_treated,
)
from tests.models.book import AS_OF, Book, dates, horizon_of, labels, losses, population, snapshot


def test_only_accounts_in_force_are_trained_on(small: Book, data: TrainingSet) -> None:
    """A lost account has a row for the snapshots in which it was a customer, later-lost ones included."""
    for date in data.horizon.dates:
        there = set(population(small, date)["account_id"])
        assert set(data.rows.filter(pl.col("as_of") == date)["account_id"]) == there


def test_repeated_snapshots_share_one_weight() -> None:
    """Three windows of 91 days taken 28 days apart overlap: each row counts a third, and one far off counts whole."""
    days = [0, 28, 56, 400]
    rows = pl.DataFrame(
        {"account_id": ["a"] * 4, "part": ["train"] * 4, "as_of": [AS_OF + timedelta(days=d) for d in days]}
    )
    assert with_row_weights(rows, 91)["row_weight"].to_list() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])


def test_what_moved_inside_the_lead_is_no_training_row_and_is_counted(small: Book) -> None:
    """Nobody could have acted on it; notice given is nobody's guess either."""
    plan = horizon_of(small)
    known = [labels(small, d, plan.days) for d in plan.dates]
    people = [population(small, d) for d in plan.dates]
    first, second = people[0]["account_id"][:2]
    known[0] = known[0].with_columns(moved_in_lead=pl.col("account_id") == first)
    people[0] = people[0].with_columns(notice_given=pl.col("account_id") == second)
    made = build(
        [snapshot(small, d) for d in plan.dates], known, people, horizon=plan, signals=[], as_of=AS_OF
    )  # fmt: skip
    assert dict(made.left_out) == {"moved inside the lead": 1, "had given notice": 1}
    at_first = made.rows.filter(pl.col("as_of") == plan.dates[0])["account_id"]
    assert not {first, second} & set(at_first)


def test_the_training_set_does_not_depend_on_the_order_of_rows(small: Book, data: TrainingSet) -> None:
    """Frames come in any order; what is learned is the same."""
    plan = horizon_of(small)
    shuffled = build(
        [snapshot(small, d).sample(fraction=1.0, shuffle=True, seed=1) for d in plan.dates],
        [labels(small, d, plan.days).reverse() for d in plan.dates],
        [population(small, d).reverse() for d in plan.dates],
        horizon=plan, signals=SIGNALS, as_of=AS_OF, beside=Beside(losses=losses(small).reverse()),
    )  # fmt: skip
    assert shuffled.rows.equals(data.rows)


def test_without_any_label_there_is_nothing_to_train_on(small: Book) -> None:
    """The error says what to do."""
    with pytest.raises(NoLabels, match="rank by the rule"):
        build([], [], [], horizon=horizon_of(small), signals=[], as_of=AS_OF)


def test_only_dates_that_are_used_need_a_snapshot(small: Book) -> None:
    """The purge leaves dates out; their snapshots are never computed."""
    assert set(horizon_of(small).dates) < set(dates(small))


def test_rows_of_accounts_that_we_did_something_for_count_a_quarter() -> None:
    """What happened after our help tells less of what happens by itself; the part keeps its weight as a whole."""
    rows = pl.DataFrame(
        {
            "account_id": ["a", "b", "c", "d"],
            "part": ["train", "train", "train", "test"],
            "as_of": [AS_OF] * 4,
            "row_weight": [1.0] * 4,
        }
    )
    moments = [("a", 0), ("b", -1), ("c", 14), ("d", 13), ("nobody", 3)]
    served = pl.DataFrame(
        {"account_id": [a for a, _ in moments], "timestamp": [AS_OF + timedelta(days=d) for _, d in moments]}
    )
    found = with_treated(rows, served, 14)
    assert found["treated"].to_list() == [True, False, False, True]
    # 3 / (1/4 + 1 + 1) = 4/3 for each whole row; the test part has one row, which keeps its weight.
    assert found["row_weight"].to_list() == pytest.approx([1 / 3, 4 / 3, 4 / 3, 1.0])
    assert with_treated(rows, None, 14)["row_weight"].to_list() == [1.0] * 4


def test_contacts_at_random_times_change_no_rate() -> None:
    """Who leaves early has less time to be reached: weights must not follow that, or every rate is too high."""
    rng, n = np.random.default_rng(0), 20_000
    leaves = np.where(rng.random(n) < 0.1, rng.uniform(14, 196, n), np.inf)
    reached = rng.uniform(0, 196, n)
    rows = pl.DataFrame(
        {"account_id": [f"a{i}" for i in range(n)], "part": "train", "as_of": [AS_OF] * n, "row_weight": [1.0] * n}
    )
    contacts = [(f"a{i}", AS_OF + timedelta(days=float(day))) for i, day in enumerate(reached) if day < leaves[i]]
    served = pl.DataFrame(contacts, schema=["account_id", "timestamp"], orient="row")
    found = with_treated(rows, served, 14)
    left = np.isfinite(leaves)
    assert found["treated"].sum() > 1_000
    assert np.average(left, weights=found["row_weight"].to_numpy()) == pytest.approx(left.mean(), abs=0.003)


def test_the_lost_accounts_that_are_told_are_those_that_are_learned_from(small: Book, data: TrainingSet) -> None:
    """One number, and how many more there were; a rule ranks where the number is too small, and says the same one."""
    counted = data.accounts("churn")
    assert data.horizon.lost == counted
    assert f"with {counted} lost accounts to learn from" in data.horizon.words[1]
    fewer = horizon_of(small).counted(40)
    assert not fewer.learnable
    assert f"with 40 lost accounts to learn from, of {horizon_of(small).lost} lost in that time." in fewer.words[1]


def test_parts_lie_apart_as_the_method_says(data: TrainingSet) -> None:
    """Training's windows end before validation begins, validation's 28 days before the test; whatever the rows."""
    ends, begins = (data.rows.group_by("part").agg(pl.col(c)) for c in ("window_end", "as_of"))
    last = {part: max(values) for part, values in ends.iter_rows()}
    first = {part: min(values) for part, values in begins.iter_rows()}
    assert last["train"] <= first["test"]
    for earlier, later, gap in (("train", "valid", 0), ("valid", "test", 28)):
        if earlier in last and later in first:
            assert last[earlier] + timedelta(days=gap) <= first[later]


def test_the_smallest_move_is_what_settings_call_one() -> None:
    """A contraction of 20 % or more, of at most what is no churn."""
    own = Thresholds(churn=0.1, contraction=0.2, expansion=0.3)
    assert (own.sizes("contraction"), own.sizes("expansion")) == ((0.2, 0.9), (0.3, 2.0))
