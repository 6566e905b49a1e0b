"""An action that hardly anybody got is not told as if it had been learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from consumption.actions.catalogue import parse
from consumption.config import Workspace
from consumption.jobs import effects
from consumption.jobs.check_actions import ActionsChecked
from consumption.jobs.create import create
from consumption.jobs.opening import catalogue_of
from consumption.models.increments import learned
from consumption.models.increments.learned import Learned
from consumption.models.increments.learned_table import describe
from consumption.models.increments.learning import Judgement, Posterior
from tests.actions.test_priorities import twins

PRIORS = parse(twins("few remote ", "many remote "), []).priors
JUDGED = (Judgement("few", 0.1, 0.5, 2), Judgement("many", 1.0, 0.5, 1_203))
MADE = Learned(1, "2026-06-01", "claims", "evidence", ("2026Q1.npz",), JUDGED)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace that believes what two accounts of one action and 1,203 of another say."""
    create(tmp_path / "new")
    made = Workspace.open(tmp_path / "new")
    (made.root / "actions.toml").write_text(twins("few remote ", "many remote "), "utf-8")
    made = Workspace.open(made.root)
    learned.keep(effects.folder(made), MADE, Posterior.from_priors(catalogue_of(made).priors, np.full(3, 0.1)))
    return made


@pytest.mark.parametrize(
    ("accounts", "early", "said"),
    [
        (1, 0, "as the others make likely: of its own 1 account"),
        (29, 5, "as the others make likely: of its own 29 accounts, 5 of them by early signs"),
        (30, 0, "learned from 30 accounts"),
        (1_203, 340, "learned from 1,203 accounts, 340 of them by early signs"),
    ],
)
def test_under_thirty_accounts_the_others_make_it_likely(accounts: int, early: int, said: str) -> None:
    """What is believed of it moved along with them, through the share of claims that turned out idle."""
    assert effects.evidence(accounts, early) == said


def test_a_training_says_which_actions_moved_along(workspace: Workspace) -> None:
    """Two accounts are no evidence of an action's own; 1,203 are."""
    posterior = Posterior.from_priors(PRIORS, np.full(3, 0.1))
    done = effects.EffectsLearned(MADE, describe(posterior, JUDGED))
    few, many = done.text.splitlines()[1:3]
    assert few.startswith("few: ")
    assert few.endswith("(as the others make likely: of its own 2 accounts).")
    assert many.endswith("(learned from 1,203 accounts).")
    assert effects.sources(workspace) == (
        "effects (version 1): of 2 actions learned from 1,205 accounts (1 of them as the others make likely, with "
        "under 30 accounts of its own); of all others as the catalogue claims"
    )


def test_a_check_of_the_catalogue_says_so_too(workspace: Workspace) -> None:
    """Action by action."""
    table = effects.learned_so_far(workspace)
    assert table is not None
    rows = {str(action): part.to_dicts() for (action,), part in table.group_by("action")}
    lines = ActionsChecked(catalogue_of(workspace), learned=rows).text.splitlines()
    few, many = (line for line in lines if line.startswith("  learned: "))
    assert few.endswith("done 2 times where it can be judged, so it is rather what the others make likely")
    assert many.endswith("done 1,203 times where it can be judged")
