"""Which learner the effects come from, and when trees may challenge it."""

from __future__ import annotations

import re

import numpy as np

from consumption.models.increments.challenge import Challenge, challenged
from consumption.models.increments.learning import Posterior, Quarter
from tests.models import trial_quarters
from tests.models.trial_quarters import SLOPES, before, by_feel, truth

ACTIONS = ("training", "call")


def quarter(rows: int, seed: int = 0) -> Quarter:
    """Two actions by lot, each for a quarter of the accounts."""
    return trial_quarters.quarter(truth(training=1.0), rows=rows, seed=seed)


def test_trees_wait_for_a_thousand_accounts_that_got_an_action_by_lot() -> None:
    """Until then it is said how many the most frequent action has."""
    rows = quarter(3_000)
    most = int(max((rows.taken == 0).sum(), (rows.taken == 1).sum()))
    found = asked(rows)
    assert found.method == "layer"
    assert found.text.startswith("Learner: the layer; an S- and a DR-learner challenge it from 1,000 randomised")
    assert f" has most, {most}." in found.text


def test_what_reps_chose_is_no_trial() -> None:
    """Ten thousand accounts chosen by feel let no tree grow."""
    assert "training has most, 0" in asked(by_feel(quarter(10_000))).text


def test_with_enough_accounts_trees_are_tried_and_it_is_said_who_won() -> None:
    """Two quarters give each action over a thousand; the figures stand in the sentence."""
    found = asked(quarter(3_000), quarter(3_000, seed=1))
    assert found.text.startswith("Learner: the layer; tried against trees on call, training: the ")
    assert "cross-validated policy value" in found.text
    assert "standard error" in found.text


def test_an_action_with_fewer_accounts_is_not_tried_with_the_others() -> None:
    """As if it had not been on offer: the call's share of chances goes to the rest."""
    rows = quarter(6_000)
    few = np.flatnonzero(rows.taken == 1)[50:]
    rows.taken[few] = -1
    assert "tried against trees on training: " in asked(rows).text


def test_where_trees_win_it_is_said_that_the_plan_goes_by_the_layer() -> None:
    """A winner is named with its figures, and so is what the plan goes by."""
    found = Challenge("dr-learner", "tried against trees on call: the dr-learner: better")
    assert found.text.endswith("the dr-learner: better; the plan goes by the layer all the same, which says why.")


def test_where_nothing_has_become_of_any_account_nothing_is_tried() -> None:
    """Nobody left, shrank or grew: training goes on, and says why trees wait."""
    rows = quarter(5_000)
    rows.happened[:] = 0.0
    assert "; outcome is 0 in all 5,000 rows: nothing tells what an action changed." in asked(rows).text


def test_without_actions_or_quarters_nothing_is_tried() -> None:
    """A catalogue that nobody followed yet."""
    assert asked().text.endswith("training has most, 0.")
    assert challenged([], Posterior.from_priors({}, SLOPES)).text.endswith("randomised accounts an action.")


def test_the_layer_that_is_challenged_is_the_one_that_plans_go_by() -> None:
    """What is claimed counts for it: a right catalogue serves better than lines that must find out everything."""
    quarters = [trial_quarters.quarter(before().prior.mean, rows=2_000, seed=seed) for seed in (3, 4)]
    by_claims = asked(*quarters)
    nobody = Posterior.from_priors(dict.fromkeys(ACTIONS, ()), SLOPES)
    for q in quarters:
        nobody = nobody.update(q)
    assert value_of(by_claims) > value_of(challenged(quarters, nobody))


def asked(*quarters: Quarter) -> Challenge:
    """The challenge on these quarters, the layer having learned from them."""
    posterior = before()
    for q in quarters:
        posterior = posterior.update(q)
    return challenged(quarters, posterior)


def value_of(found: Challenge) -> float:
    """The layer's policy value as the sentence says it."""
    said = re.search(r"against the layer's ([0-9.e-]+),", found.text)
    assert said, found.text
    return float(said[1])
