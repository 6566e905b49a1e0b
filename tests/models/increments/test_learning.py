"""What actions do is learned from what happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import GOOD, Floats, Moves
from consumption.models.increments.claims import BEFORE, IDLE, trusted
from consumption.models.increments.evidence import (
    BIAS_SD,
    LEAST_VARIANCE,
    LEVEL_SD,
    LIKELY_SD,
    SERVED_SD,
    SLOPE_SD,
    Quarter,
)
from consumption.models.increments.learning import Posterior, QuarterSettled
from consumption.models.increments.posterior import believe
from tests.models.trial_quarters import FRICTION, before, by_feel, happen, quarter, truth

AS_LIKELY = 1 - BEFORE[IDLE] / BEFORE.sum()  # of a claim of which nothing is known: it is not idle


def dense(posterior: Posterior, quarters: list[Quarter], outcome: int) -> tuple[Floats, Floats]:
    """The same regression written out: one row a row, every coefficient a column, nothing summed beforehand."""
    size = 2 * len(DRIVERS) + 2
    designs, targets, noises = [], [], []
    for q in quarters:
        rows = ~np.isnan(q.happened[:, outcome])
        p = q.moves.chances[rows, outcome]
        v = p * (1 - p)
        slope = q.moves.chords(posterior.prior.shifts(q.drivers))[rows, :, outcome] * q.given[rows]
        x = np.hstack([slope[:, a, None] * q.drivers[rows] for a in range(2)])
        x = np.hstack([x, slope * q.own[rows, None]])
        likely = q.likely[rows]
        served = likely.sum(axis=1, keepdims=True)
        steps = v[:, None] * np.hstack([q.drivers[rows] * SLOPE_SD, served * SERVED_SD, likely * LIKELY_SD])
        level = np.column_stack([np.full(rows.sum(), LEVEL_SD), steps])
        noise = np.diag(np.maximum(v, LEAST_VARIANCE) / q.weight[rows]) + level @ level.T
        designs.append(x)
        targets.append(GOOD[outcome] * (q.happened[rows, outcome] - p))
        noises.append(noise)
    precision = np.eye(size) / BIAS_SD**2
    pull = np.zeros(size)
    for a in range(2):
        own = slice(a * len(DRIVERS), (a + 1) * len(DRIVERS))
        precision[own, own] = np.linalg.inv(posterior.prior.covariance[a, outcome])
        pull[own] = precision[own, own] @ posterior.prior.mean[a, outcome]
    for x, y, noise in zip(designs, targets, noises, strict=True):
        weighted = np.linalg.solve(noise, x)
        precision, pull = precision + weighted.T @ x, pull + weighted.T @ y
    spread = np.linalg.inv(precision)
    return np.asarray(spread @ pull), np.asarray(spread)


def test_the_closed_form_is_the_regression_written_out() -> None:
    """Sums by quarter give the same mean and covariance as all rows at once, reps' own choices included.

    Of the Gaussian that is believed as long as no claim is idle.
    """
    first, second = quarter(truth(0.5), rows=300), by_feel(quarter(truth(0.5), rows=200, seed=1))
    posterior = before().update(first).update(second)
    mean, spread = dense(posterior, [first, second], outcome=0)
    size = len(DRIVERS)
    belief = believe(posterior.prior, posterior.evidence)
    assert belief.mean[:, 0].ravel() == pytest.approx(mean[: 2 * size], abs=1e-9)
    assert belief.covariance[1, 0] == pytest.approx(spread[size : 2 * size, size : 2 * size], abs=1e-9)


def test_nothing_learned_is_the_catalogue() -> None:
    """Before the first quarter, the belief is the prior."""
    assert before().belief.mean == pytest.approx(before().prior.mean, abs=1e-9)
    assert before().belief.covariance == pytest.approx(before().prior.covariance, abs=1e-9)


def test_the_order_of_the_quarters_does_not_matter() -> None:
    """Evidence adds up."""
    first, second = quarter(truth(0.5), rows=500), quarter(truth(0.5), rows=500, seed=1)
    one, other = before().update(first).update(second), before().update(second).update(first)
    assert one.belief.mean == pytest.approx(other.belief.mean, abs=1e-9)


def test_what_works_better_than_claimed_is_learned() -> None:
    """A call that cuts the odds of churn by half, claimed to cut them by a fifth, is found out."""
    posterior = before()
    for seed in range(6):
        posterior = posterior.update(quarter(truth(training=0.5, call=0.7), seed=seed))
    reach = 2 * np.sqrt(posterior.belief.covariance[1, 0, 0, 0])
    assert posterior.belief.mean[1, 0, 0] == pytest.approx(0.7, abs=reach + 0.1)
    assert posterior.belief.mean[1, 0, 0] > 0.45


def test_what_does_nothing_loses_its_claim() -> None:
    """Training that changes nothing where it should is believed less and less."""
    posterior = before()
    claimed = posterior.prior.mean[0, 0, FRICTION]
    for seed in range(6):
        posterior = posterior.update(quarter(truth(), seed=seed))
    assert abs(posterior.belief.mean[0, 0, FRICTION]) < 0.5 * claimed


def test_the_intervals_hold_the_truth() -> None:
    """Where the truth is drawn from what the catalogue says, 95 % intervals hold it about 95 % of the time."""
    rng = np.random.default_rng(3)
    prior = before().prior
    held = []
    for seed in range(12):
        drawn = prior.draw(rng)
        belief = before().update(quarter(drawn.mean, rows=4_000, seed=seed)).belief
        reach = 1.96 * np.sqrt(np.diagonal(belief.covariance, axis1=2, axis2=3))
        held.append(np.abs(belief.mean - drawn.mean) <= reach)
    assert 0.90 <= np.mean(held) <= 1.0


def test_a_surrogate_gives_way_to_the_outcome() -> None:
    """It counts half while the outcome is open, and not at all when it is known."""
    known = quarter(truth(0.5), rows=500)
    guessed = replace(known, happened=1.0 - known.happened, weight=np.full(500, 0.5))
    with_both = before().update(guessed, "2026 Q1").update(known, "2026 Q1")
    assert with_both.belief.mean == pytest.approx(before().update(known, "2026 Q1").belief.mean, abs=1e-12)
    assert not np.allclose(before().update(guessed).belief.mean, with_both.belief.mean)


def test_a_surrogate_weighs_half() -> None:
    """Two surrogates say as much as one outcome, but for the quarter's own level."""
    known = quarter(truth(0.5), rows=2_000)
    half = replace(known, weight=np.full(2_000, 0.5))
    twice, once = before().update(half, "a").update(half, "b").belief, before().update(known).belief
    assert twice.mean == pytest.approx(once.mean, abs=2e-3)


def test_a_settled_quarter_does_not_count_twice() -> None:
    """Adding it again is an error that says what to do."""
    posterior = before().update(quarter(truth(), rows=100), "2026 Q1")
    with pytest.raises(QuarterSettled, match=r"2026 Q1.*\n.*leave it out"):
        posterior.update(quarter(truth(), rows=100), "2026 Q1")


def test_an_unknown_outcome_says_nothing() -> None:
    """Rows whose outcome is not known yet are no evidence about it, and leave its claims as likely as they were."""
    q = quarter(truth(0.5), rows=500)
    blank = replace(q, happened=np.where(np.arange(3) == 0, np.nan, q.happened))
    posterior = before().update(blank)
    claimed = posterior.prior.mean[:, 0]
    assert believe(posterior.prior, posterior.evidence).mean[:, 0] == pytest.approx(claimed, abs=1e-9)
    assert posterior.belief.mean[:, 0] == pytest.approx(AS_LIKELY * claimed, abs=0.01)


def test_reps_own_choices_inform_and_cannot_mislead() -> None:
    """Reps who call whom they feel will stay make the call look good; the bias takes most of it, lots do not."""
    rng = np.random.default_rng(0)
    q = quarter(truth(), rows=8_000)
    hidden = rng.normal(0.0, 0.8, 8_000)  # what only the rep feels
    odds = q.moves.chances[:, 0] / (1 - q.moves.chances[:, 0]) * np.exp(-hidden)
    taken = np.where(rng.random(8_000) < 1 / (1 + np.exp(1 - 2 * hidden)), 1, -1)
    happened = q.happened.copy()
    happened[:, 0] = rng.random(8_000) < odds / (1 + odds)
    happened[:, 1:] = np.nan
    felt = replace(q, taken=taken, happened=happened)
    honest = before().update(by_feel(felt)).belief.mean[1, 0, 0]
    misled = before().update(felt).belief.mean[1, 0, 0]
    claimed = before().prior.mean[1, 0, 0]
    assert misled > claimed + 0.2
    assert abs(honest - claimed) < 0.1


def test_reps_choices_sharpen_what_lots_began() -> None:
    """With their bias known from the same actions chosen by lot, reps' choices narrow where an action works."""
    lots, felt = quarter(truth(0.5), rows=2_000), by_feel(quarter(truth(0.5), rows=8_000, seed=1))
    alone, both = before().update(lots).belief, before().update(lots).update(felt).belief
    assert both.covariance[0, 0, FRICTION, FRICTION] < alone.covariance[0, 0, FRICTION, FRICTION]


def test_withheld_accounts_are_the_comparison() -> None:
    """Where every account of a kind gets the action but the tenth held out, those tell what it does."""
    rng = np.random.default_rng(5)
    q = quarter(truth(), rows=8_000)
    taken = np.where(rng.random(8_000) < 0.9, 1, -1)
    happened = happen(rng, q.drivers, q.moves.chances, taken, truth(call=0.8))
    held = replace(q, taken=taken, propensities=np.tile([0.0, 0.9], (8_000, 1)), happened=happened)
    learned = before().update(held).belief
    assert learned.mean[1, 0, 0] > before().prior.mean[1, 0, 0] + 0.05


def test_what_is_expected_wrongly_of_those_who_are_served_is_no_merit_of_the_plan() -> None:
    """A plan serves half of all accounts, who move less than expected, held out or not: the call does nothing."""
    posterior = before()
    for seed in range(4):
        rng = np.random.default_rng(seed)
        q = quarter(truth(), seed=seed)
        meant = rng.random(8_000) < 0.5
        taken = np.where(meant & (rng.random(8_000) < 0.8), 1, -1)
        odds = np.where(meant, 0.6, 1.0)[:, None] * q.moves.chances / (1 - q.moves.chances)
        happened = (rng.random((8_000, 3)) < odds / (1 + odds)).astype(np.float64)
        chance = np.where(meant[:, None], [0.0, 0.8], 0.0)
        posterior = posterior.update(replace(q, taken=taken, propensities=chance, happened=happened))
    assert posterior.belief.mean[1, 0, 0] < posterior.prior.mean[1, 0, 0]


def test_no_row_counts_for_an_action_it_could_not_get() -> None:
    """Of an action that nobody could get nothing is learned; its claim is as likely idle as those of the others."""
    q = quarter(truth(0.5), rows=500)
    never = replace(q, propensities=q.propensities * [0.0, 1.0], taken=np.where(q.taken == 0, -1, q.taken))
    posterior = before().update(never)
    claimed, found = posterior.prior.mean[0], trusted(posterior.prior, posterior.evidence)
    assert believe(posterior.prior, posterior.evidence).mean[0] == pytest.approx(claimed, abs=1e-9)
    assert found.belief.mean[0] == pytest.approx((1 - found.idle[0]) * claimed, abs=1e-9)
    assert 0.1 < found.idle[0] < 0.3


def test_an_impossible_loss_does_not_outweigh_the_others() -> None:
    """One account that was as good as safe and left does not turn the belief."""
    q = quarter(truth(), rows=2_000)
    chances = q.moves.chances.copy()
    chances[0, 0] = 1e-6
    happened = q.happened.copy()
    happened[0] = [1.0, np.nan, np.nan]
    odd = replace(q, moves=Moves(chances, q.moves.shrink, q.moves.grow), happened=happened)
    assert before().update(odd).belief.mean == pytest.approx(before().update(q).belief.mean, abs=0.02)
