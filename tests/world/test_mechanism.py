"""How the world behaves: rates, what drives what, and that the truth is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from consumption.world.arrays import day_number
from consumption.world.commerce import odds
from consumption.world.effects import ACTIONS, CODE
from consumption.world.generate import half_year_loss
from consumption.world.history import Course, Past, live_out
from consumption.world.state import State, first_state, pulse, step
from consumption.world.stories import PINNED
from consumption.world.traits import draw_traits
from consumption.world.truth import HORIZON_WEEKS, LEAD_WEEKS, expected, truth_over_time
from tests.world.conftest import AS_OF, World

WEEKS = 130
FIRST_DAY = day_number(AS_OF) - 7 * WEEKS
SEEDS = (0, 1, 2)


def history(seed: int, accounts: int = 800) -> Past:
    """A past without files."""
    traits = draw_traits(accounts, FIRST_DAY, WEEKS, np.random.default_rng([seed, 1]))
    course = Course(FIRST_DAY, WEEKS, LEAD_WEEKS + HORIZON_WEEKS, PINNED)
    return live_out(traits, course, np.random.default_rng([seed, 2]))


@pytest.fixture(scope="module")
def pasts() -> list[Past]:
    """A few pasts of 800 accounts."""
    return [history(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def truth(pasts: list[Past]) -> pl.DataFrame:
    """What was to be expected, and whether the account was lost in the window the expectation is about."""
    frames = [truth_over_time(past, np.random.default_rng(9)) for past in pasts[:2]]
    days = (pl.col("lost_on") - pl.col("as_of")).dt.total_days()
    lead, horizon = 7 * LEAD_WEEKS, 7 * HORIZON_WEEKS
    return (
        pl.concat(frames)
        .with_columns(lost=days.is_between(lead, lead + horizon, closed="left").fill_null(value=False))
        .filter((days >= lead).fill_null(value=True) & ~pl.col("notice_given"))
    )


def mean(frame: pl.DataFrame, column: str) -> float:
    """The mean of a column."""
    return float(frame[column].cast(pl.Float64).to_numpy().mean())


def test_four_to_eight_percent_leave_in_half_a_year(pasts: list[Past]) -> None:
    """A kinder world would flatter whoever learns from it."""
    for past in pasts:
        assert 0.04 < half_year_loss(past) < 0.08


def test_the_truth_is_calibrated(truth: pl.DataFrame) -> None:
    """Of accounts said to leave with a probability of one in five, about one in five leaves."""
    assert abs(mean(truth, "p_churn") / mean(truth, "lost") - 1) < 0.15
    band = pl.Series("band", np.searchsorted([0.02, 0.06, 0.12, 0.25, 0.5], truth["p_churn"].to_numpy()))
    bands = truth.with_columns(band).group_by("band").agg(pl.col("p_churn", "lost").mean())
    assert ((bands["p_churn"] - bands["lost"]).abs() < 0.10).all()


def test_even_the_truth_cannot_tell_for_sure_who_leaves(truth: pl.DataFrame) -> None:
    """Half a year ahead, the true probability orders accounts well and not perfectly."""
    assert 0.80 < roc_auc_score(truth["lost"], truth["p_churn"]) < 0.90


def test_some_shrink_and_more_grow(truth: pl.DataFrame) -> None:
    """In half a year about one in twenty that stay shrinks, and about one in ten grows."""
    assert 0.03 < mean(truth, "p_contraction") < 0.08
    assert 0.07 < mean(truth, "p_expansion") < 0.15


def test_what_is_used_follows_the_state(world: World) -> None:
    """Skilled accounts use more, friction shows as errors, a strong champion as more frequent use by one person."""
    events = world.read("events").filter(pl.col("timestamp").dt.date() >= AS_OF - pl.duration(days=56))
    failed = pl.col("event").is_in(["error_shown", "export_failed"])
    users = events.filter(pl.col("user_id").is_not_null()).group_by("account_id")
    seen = users.agg(
        errors=failed.sum() / (pl.len() + 20),
        features=pl.col("event").n_unique(),
        active=pl.col("user_id").n_unique(),
    )
    seats = (
        world.read("contracts")
        .filter(
            (pl.col("starts_on") <= AS_OF) & (pl.coalesce("ended_on", "ends_on") > AS_OF) & (pl.col("unit") == "seat")
        )
        .group_by("account_id")
        .agg(seats=pl.col("quantity").sum())
    )
    now = world.truth("accounts").filter(pl.col("as_of") == AS_OF)
    both = (
        seen.join(now, on="account_id")
        .join(seats, on="account_id")
        .with_columns(rate=pl.col("active") / pl.col("seats"))
    )
    correlation = both.select(
        use=pl.corr("use", "rate", method="spearman"),
        friction=pl.corr("friction", "errors", method="spearman"),
        breadth=pl.corr("breadth", "features", method="spearman"),
    ).row(0, named=True)
    assert correlation["use"] > 0.5
    assert correlation["friction"] > 0.3
    assert correlation["breadth"] > 0.25


def test_an_open_severe_ticket_is_in_the_files_while_the_trouble_lasts(world: World) -> None:
    """What the state calls severe, a customer has written down."""
    troubled = world.truth("accounts").filter((pl.col("as_of") == AS_OF) & (pl.col("severe_weeks") > 1))
    tickets = world.read("interactions").filter((pl.col("severity") <= 2) & pl.col("closed_at").is_null())
    assert troubled.height > 0
    assert set(troubled["account_id"]) <= set(tickets["account_id"])


def calm(accounts: int = 200) -> State:
    """A state of accounts that all started long ago, and whose terms end in five months."""
    traits = draw_traits(accounts, FIRST_DAY, WEEKS, np.random.default_rng(3))
    traits = replace(traits, starts=np.full(accounts, FIRST_DAY - 500), created=np.full(accounts, FIRST_DAY - 600))
    state = first_state(traits, FIRST_DAY, np.random.default_rng(4))
    return replace(state, ends=np.full(accounts, FIRST_DAY + 150))


def chance_to_leave(state: State) -> float:
    """Mean probability of not renewing, were the decision due."""
    return float(odds(state, pulse(state)).leave.mean())


def test_what_looks_bad_alone_is_mostly_harmless() -> None:
    """A silent champion matters where little is used; friction matters while a severe ticket is open."""
    state = calm()
    n = len(state.day)
    well = replace(state, skill=np.full(n, 0.8), fit=np.full(n, 0.9), champion=np.full(n, 0.8), friction=np.zeros(n))
    narrow = replace(well, skill=np.full(n, 0.25), need=np.full(n, 1.4))
    silent = replace(well, champion=np.full(n, 0.05))
    both = replace(narrow, champion=np.full(n, 0.05))
    assert chance_to_leave(both) > 2 * max(chance_to_leave(narrow), chance_to_leave(silent))
    rough = replace(well, friction=np.full(n, 0.6), fit=np.full(n, 0.95))
    outage = replace(rough, severe=np.full(n, 4.0))
    assert chance_to_leave(outage) > 2 * chance_to_leave(rough)


def test_more_is_bought_where_use_presses_and_the_customer_is_content() -> None:
    """Over-use of an unhappy customer leads nowhere."""
    state = calm()
    n = len(state.day)
    pressed = replace(state, need=np.full(n, 2.0), fit=np.full(n, 0.85), friction=np.zeros(n))
    content, unhappy = pressed, replace(pressed, friction=np.full(n, 0.7), need=np.full(n, 3.0))
    grows = [float(odds(s, pulse(s)).grow.mean()) for s in (content, unhappy)]
    assert grows[0] > 3 * grows[1]


def test_an_action_builds_up_and_fades() -> None:
    """Training shows after weeks and is mostly gone after two years."""
    state = calm()
    n = len(state.day)
    train, none = np.full(n, CODE["enablement_training"]), np.zeros(n, dtype=np.int64)
    after = [step(state, train, np.random.default_rng(0))]
    for week in range(104):
        after.append(step(after[-1], none, np.random.default_rng(week + 1)))
    lift = [float(s.lift[:, 0].mean()) for s in after]
    assert lift[0] == 0.0
    assert 4 <= int(np.argmax(lift)) <= 14
    assert lift[-1] < 0.1 * max(lift)


def test_actions_help_some_and_harm_others() -> None:
    """From the same draws, every action has accounts it helps; some have accounts they harm."""
    state = calm(300)
    week = np.full(len(state.day), 50)
    would = {
        action: expected(state, week, np.random.default_rng(7), action=np.full(len(state.day), CODE[action]), paths=2)
        for action in ("none", "enablement_training", "technical_fix", "add_capacity", "value_review")
    }
    again = expected(state, week, np.random.default_rng(7), action=np.zeros(len(state.day), dtype=np.int64), paths=2)
    assert np.array_equal(would["none"].kept, again.kept)
    gains = {action: e.kept - would["none"].kept for action, e in would.items() if action != "none"}
    assert all(gain.max() > 0.005 for gain in gains.values())
    assert min(gains["add_capacity"].min(), gains["value_review"].min()) < -0.001


def test_a_world_without_effects_is_one_argument_away() -> None:
    """With the scale of effects at 0 an action changes nothing."""
    state = calm()
    week = np.full(len(state.day), 50)
    none, training = (
        expected(
            state,
            week,
            np.random.default_rng(7),
            action=np.full(len(state.day), CODE[action]),
            paths=2,
            effect_scale=0.0,
        )
        for action in ("none", "enablement_training")
    )
    assert np.array_equal(none.churn, training.churn)


def test_the_truth_of_actions_covers_every_account_in_force_and_action(world: World) -> None:
    """One row an account and action, `none` among them."""
    truth = world.truth("actions")
    assert truth.height == world.summary.in_force * len(ACTIONS)
    assert not truth.select("account_id", "action").is_duplicated().any()
