"""When heads stop growing: by the dollars that a week's lists hold."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from consumption.models.heads.boosting import Boosting
from consumption.models.heads.capacity import Lists
from consumption.models.heads.head import Validation, fit_head
from consumption.models.heads.stopping import best_round
from consumption.models.judging.bootstrap import Drawn
from consumption.models.judging.evaluation import captured_at_k, order
from tests.models.heads.test_heads import sample

JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def rows(owners: list[str | None], weights: list[float], days: list[datetime]) -> pl.DataFrame:
    """Rows to be listed."""
    return pl.DataFrame({"as_of": days, "owner": owners, "weight": weights})


def test_a_week_holds_so_many_accounts_of_each_owner_and_no_more() -> None:
    """Two owners with a week of one account each: 10 x .5 and 40 x .2 are listed, of which the first and none lost.

    The best lists would hold 10 and 30: a quarter is captured.
    """
    frame = rows(["ada", "ada", "bob", "bob"], [10.0, 20.0, 40.0, 30.0], [JUNE] * 4)
    lists = Lists.of(frame, np.array([10.0, 0.0, 0.0, 30.0]), k=1)
    assert lists.captured(np.array([0.5, 0.2, 0.2, 0.1])) == pytest.approx(10 / 40)


def test_the_same_owner_has_a_new_list_at_every_snapshot() -> None:
    """One place in June and one in July, and accounts without an owner share a list."""
    frame = rows([None, None, None], [1.0, 1.0, 1.0], [JUNE, JUNE, JULY])
    lists = Lists.of(frame, np.array([5.0, 7.0, 9.0]), k=1)
    assert lists.captured(np.array([0.9, 0.1, 0.1])) == pytest.approx((5 + 9) / (7 + 9))


def test_dollars_are_counted_as_the_gate_counts_them() -> None:
    """What a head stops by is the figure that decides about it: `captured_at_k` of evaluation."""
    random = np.random.default_rng(0)
    frame = rows(random.choice(["a", "b", "c"], 400).tolist(), random.lognormal(9, 1, 400).tolist(), [JUNE] * 400)
    dollars = np.where(random.random(400) < 0.1, frame["weight"].to_numpy(), 0.0)
    said = random.random(400)
    scored = frame.with_columns(
        account_id=pl.Series([f"a{i:03}" for i in range(400)]),
        probability=pl.Series(said),
        happened=pl.Series((dollars > 0).astype(float)),
        dollars=pl.Series(dollars),
        value=pl.Series(said) * frame["weight"],
    )
    expected = captured_at_k(order(scored, 8), Drawn.once(400))[0]
    assert Lists.of(frame, dollars, k=8).captured(said) == pytest.approx(expected)


@pytest.mark.parametrize("owners", [["a"] * 900 + ["b", "c", "d"] * 20, ["a", "b", "c"] * 320])
@pytest.mark.parametrize("decimals", [1, 9])
def test_lists_are_the_same_however_they_are_ranked(owners: list[str], decimals: int) -> None:
    """Side by side or by sorting: of equal values the first rows are listed, and no list holds more than a week."""
    random = np.random.default_rng(1)
    number = len(owners)
    frame = rows(list(random.permutation(owners)), [1.0] * number, [JUNE, JULY] * (number // 2))
    lists = Lists.of(frame, random.random(number), k=5)
    value = np.round(random.random(number), decimals)
    held = lists.held(value)
    assert (held == lists._held_by_sorting(value)).all()
    for one in np.unique(lists.number):
        mine = np.flatnonzero(lists.number == one)
        first = mine[np.argsort(-value[mine], kind="stable")][: int(lists.length[mine[0]])]
        assert set(np.flatnonzero(held & (lists.number == one))) == set(first)


def test_where_nothing_was_lost_nothing_is_captured() -> None:
    """No division by no dollars."""
    assert Lists.of(rows(["a"], [1.0], [JUNE]), np.zeros(1), k=8).captured(np.ones(1)) == 0.0


def test_the_round_with_most_dollars_is_kept_and_among_equals_the_best_probabilities() -> None:
    """Rounds within a hundredth of the most dollars are equal; a lower loss with fewer dollars is not taken."""
    assert best_round([0.5, 0.4, 0.3, 0.2], [0.50, 0.700, 0.695, 0.60]) == 2
    assert best_round([0.5, 0.4, 0.4], [0.0, 0.0, 0.0]) == 1


def test_a_head_stops_by_dollars_where_it_is_given_lists() -> None:
    """Few accounts hold the dollars: the round is kept whose lists hold more of them, though its loss is higher."""
    frame, happened = sample(2_000, 1)
    late, came = sample(600, 2)
    late = late.with_columns(weight=pl.lit(1.0), owner=pl.lit("ada"), as_of=pl.lit(JUNE))
    dollars = np.where(np.random.default_rng(2).random(600) < 0.05, came, 0.0)
    lists = Lists.of(late, dollars, 8)
    plain = Validation(late, came, np.ones(600))
    settings = Boosting(rounds=80, patience=80)
    by_loss = fit_head(frame, happened, valid=plain, settings=settings)
    by_dollars = fit_head(frame, happened, valid=Validation(late, came, np.ones(600), lists), settings=settings)
    assert lists.captured(by_dollars.raw(late)) > lists.captured(by_loss.raw(late))
    assert by_dollars.trees < by_loss.trees
