"""The rows that models learn from."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.dataset import NoLabels, TrainingSet, build, with_row_weights
from tests.models.book import AS_OF, Book, dates, horizon_of, labels, population, snapshot


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
        horizon=plan, signals=SIGNALS, as_of=AS_OF,
    )  # fmt: skip
    assert shuffled.rows.equals(data.rows)


def test_without_any_label_there_is_nothing_to_train_on(small: Book) -> None:
    """The error says what to do."""
    with pytest.raises(NoLabels, match="rank by the rule"):
        build([], [], [], horizon=horizon_of(small), signals=[], as_of=AS_OF)


def test_only_dates_that_are_used_need_a_snapshot(small: Book) -> None:
    """The purge leaves dates out; their snapshots are never computed."""
    assert set(horizon_of(small).dates) < set(dates(small))
