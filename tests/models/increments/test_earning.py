"""Whether what was learned is used: asked of all actions together, in quarters that were held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from consumption.models.increments.belief import Floats, increments
from consumption.models.increments.learning import Posterior, Quarter, earned, judged
from tests.models.trial_quarters import PRIORS, SLOPES, before, quarter, truth


def test_what_was_learned_is_used_only_where_it_earned_it() -> None:
    """Training does what was claimed and keeps its prior or gains a little; the call harms, and that is used."""
    posterior, quarters = before(), [quarter(truth(0.0, call=-0.5), seed=seed) for seed in range(4)]
    for q in quarters:
        posterior = posterior.update(q)
    training, call = judged(posterior, quarters)
    assert call.used
    assert call.gain > call.standard_error
    belief = earned(posterior, quarters)
    assert belief.mean[1] == pytest.approx(posterior.belief.mean[1])
    if not training.used:
        assert belief.mean[0] == pytest.approx(posterior.prior.mean[0])


def test_where_the_catalogue_is_right_learning_costs_next_to_nothing() -> None:
    """What was learned may be used there too: it has moved only as far as luck goes, and luck averages out."""
    right, lost = before().prior.mean, []
    for world in range(10):
        quarters = [quarter(right, rows=1_500, seed=3 * world + n) for n in range(3)]
        posterior = before()
        for q in quarters:
            posterior = posterior.update(q)
        here = quarters[-1]
        worth, believed = (
            increments(belief, here.moves, here.drivers, np.ones(1_500))
            for belief in (before().prior, earned(posterior, quarters))
        )
        lost.append(1 - best_of(believed, worth) / best_of(worth, worth))
    assert np.mean(lost) <= 0.03


def best_of(believed: Floats, worth: Floats) -> float:
    """What a third of all accounts are worth, each with the action that is believed to be best for it."""
    rows = np.argsort(-believed.max(axis=1))[: len(believed) // 3]
    return float(worth[rows, believed[rows].argmax(axis=1)].sum())


def test_what_all_actions_together_speak_against_is_not_used() -> None:
    """Quarters that contradict each other teach nothing: the catalogue did better in those that were held out."""
    quarters = [quarter(truth(training=swing, call=swing), seed=n) for n, swing in enumerate((1.2, -1.2, 1.2, -1.2))]
    posterior = before()
    for q in quarters:
        posterior = posterior.update(q)
    judgements = judged(posterior, quarters)
    assert sum(one.gain for one in judgements) < 0
    assert not any(one.used for one in judgements)


def test_one_quarter_alone_earns_nothing() -> None:
    """One plan was carried out in it, and there is nothing to hold its luck against: no rounding tells it apart."""
    q = quarter(truth(call=-0.8))
    judgements = judged(before().update(q), [q])
    assert [(one.gain, one.standard_error, one.used) for one in judgements] == [(0.0, 0.0, False)] * 2


@pytest.mark.parametrize("quarters", [1, 2])
def test_a_book_with_hardly_any_evidence_keeps_the_catalogue(quarters: int) -> None:
    """Two hundred accounts that happened to do well or badly are no ground to believe something else."""
    for seed in range(20):
        posterior, seen = before(), [quarter(truth(1.0, -1.0), rows=200, seed=seed + 50 * n) for n in range(quarters)]
        for q in seen:
            posterior = posterior.update(q)
        assert earned(posterior, seen).mean == pytest.approx(posterior.prior.mean)


def test_a_catalogue_that_is_wrong_as_a_whole_gives_way_where_each_action_alone_proves_little() -> None:
    """Of twenty actions that do nothing, few prove it by themselves; together they do, and most are dropped."""
    priors = {f"action {n}": PRIORS["call"] for n in range(20)}
    posterior, quarters = Posterior.from_priors(priors, SLOPES), [vain(20, seed) for seed in range(5)]
    for q in quarters:
        posterior = posterior.update(q)
    judgements = judged(posterior, quarters)
    alone = [one.gain > one.standard_error for one in judgements]
    assert sum(alone) < sum(one.used for one in judgements)
    assert sum(one.used for one in judgements) > 10


def vain(actions: int, seed: int) -> Quarter:
    """A quarter in which each of many actions goes to a fortieth of all accounts and does nothing."""
    q, rng = quarter(truth(), seed=seed), np.random.default_rng(seed + 100)
    chance = 1 / 40
    taken = rng.choice([*range(actions), -1], size=8_000, p=[*[chance] * actions, 1 - actions * chance])
    return replace(q, taken=taken, propensities=np.full((8_000, actions), chance))


def test_quarters_that_disagree_widen_the_error() -> None:
    """Rows of one quarter share its luck: what helps in one and harms in the next is not yet known."""
    calls = (1.2, -1.2, 1.2, -1.2)
    quarters = [quarter(truth(call=call), seed=seed) for seed, call in enumerate(calls)]
    agreeing = [quarter(truth(call=-0.5), seed=seed) for seed in range(4)]
    errors = []
    for given in (quarters, agreeing):
        posterior = before()
        for q in given:
            posterior = posterior.update(q)
        errors.append(judged(posterior, given)[1])
    assert errors[0].standard_error > 2 * errors[1].standard_error
    assert not errors[0].used


def test_without_quarters_everything_is_the_prior() -> None:
    """Nothing has been learned, so nothing is used."""
    assert not any(judgement.used for judgement in judged(before(), []))
    assert earned(before(), []).mean == pytest.approx(before().prior.mean)
