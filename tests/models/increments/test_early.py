"""Early signs stand only where use shows what an action does, and only where chance gave it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from consumption.actions.catalogue import default_text
from consumption.features.signal import DRIVERS
from consumption.models.increments import early
from consumption.models.increments.belief import Prior
from consumption.models.increments.learned import added_up, by_early_signs
from consumption.models.increments.logged_quarter import LoggedQuarter
from tests.models import trial_quarters
from tests.models.trial_quarters import truth

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PRIORS = {
    "training": (Prior("churn", "low_adoption", -0.40, 400),),
    "call": (Prior("churn", "constant", -0.20, 400),),
}


def signs(number: int = 0, rows: int = 4_000, training: float = 2.0, weight: float = early.WEIGHT) -> LoggedQuarter:
    """A quarter by lot in which training helps, at the weight of early signs."""
    quarter = trial_quarters.quarter(truth(training=training), rows=rows, seed=number)
    told = replace(quarter, weight=np.full(rows, weight))
    return LoggedQuarter(f"quarter {number}", NOW, "settings", ("training", "call"), told)


def test_an_action_works_through_use_where_all_it_claims_does() -> None:
    """A call about the renewal changes a mood, a smaller contract the contract: use shows neither."""
    said = {
        "training": (Prior("churn", "low_adoption", -0.3, 400), Prior("expansion", "shallow_breadth", 0.1, 200)),
        "call": (Prior("churn", "silent_champion", -0.2, 200), Prior("churn", "renewal_near", -0.2, 200)),
        "right_size": (Prior("churn", "under_use", -0.2, 200),),
        "nothing_said": (),
    }
    assert early.work_through_use(said) == ("training",)


def test_the_default_catalogue_has_actions_that_work_through_use() -> None:
    """These, and no other."""
    entries = tomllib.loads(default_text())["action"]
    said = {one["id"]: tuple(Prior(**prior) for prior in one.get("prior", ())) for one in entries}
    assert early.work_through_use(said) == (
        "onboarding_restart", "enablement_training", "feature_adoption_campaign", "champion_building",
        "in_product_nudges",
    )  # fmt: skip


def test_what_use_does_not_show_is_as_if_it_had_not_been_on_offer() -> None:
    """Rows that got the call are out, and training had one chance in three of the others: 1/4 over 3/4."""
    quarter = signs().quarter
    found = early.only(quarter, np.array([True, False]))
    assert len(found.taken) == int((quarter.taken != 1).sum())
    assert found.propensities == pytest.approx(np.tile([1 / 3, 0.0], (len(found.taken), 1)))


def test_a_rep_who_chose_by_himself_gives_no_early_sign() -> None:
    """He chose by what he saw coming, and use shows what was coming anyway."""
    quarter = signs().quarter
    quarter.propensities[:100] = np.nan
    assert len(early.only(quarter, np.array([True, True])).taken) == len(quarter.taken) - 100


def test_early_signs_move_what_is_believed_of_what_use_shows_alone() -> None:
    """Training is believed to do more; of the call there is no evidence, whatever its rows say."""
    before, _ = added_up(PRIORS, [])
    after, judgements = added_up(PRIORS, [signs(number) for number in range(3)])
    assert after.belief.mean[0, 0].sum() > before.belief.mean[0, 0].sum() + 0.05
    of_call = after.evidence.precision[:, :, len(DRIVERS) : 2 * len(DRIVERS)]
    assert not of_call.any()
    assert after.evidence.accounts[1] == 0
    assert not any(judgement.used for judgement in judgements)


def test_outcomes_judge_what_early_signs_helped_to_learn() -> None:
    """Gain and error are those of the quarters with outcomes; signs of the opposite cannot make them larger."""
    outcomes = [signs(number, weight=1.0) for number in range(4)]
    alone, both = (added_up(PRIORS, given)[1][0] for given in (outcomes, [*outcomes, signs(4), signs(5)]))
    assert alone.used
    assert both.used
    assert both.accounts == alone.accounts + sum(by_early_signs(PRIORS, [signs(4), signs(5)]).values())
    opposite = added_up(PRIORS, [*outcomes, signs(4, training=-2.0), signs(5, training=-2.0)])[1][0]
    assert opposite.gain < alone.gain


def test_how_often_an_action_is_told_by_early_signs_is_counted() -> None:
    """Only what use shows, and only in quarters without outcomes."""
    early_one = signs(1)
    found = by_early_signs(PRIORS, [signs(0, weight=1.0), early_one])
    assert found == {"training": int((early_one.quarter.taken == 0).sum())}


def test_a_quarter_with_early_signs_is_no_ground_to_judge_on() -> None:
    """It has no row there; one with outcomes is the ground."""
    known = signs(weight=1.0).quarter
    assert early.ground(known) is known
    assert not len(early.ground(signs().quarter).taken)
