"""Which of several actions fits an account best, beyond money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from consumption.actions.catalogue import parse
from consumption.actions.choices import choices
from consumption.actions.priorities import lifted, with_bonus
from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules, PolicyRules, PriorityRules
from consumption.models.increments.belief import belief_of
from consumption.tables import GOALS
from tests.actions.books import book, knowing

ENTRY = """
[[action]]
id = "{id}"
title = "{id}"
motion = "help"
service_line = "field"
hours = 2
delivery = "{delivery}"
eligible = "true"
steps = ["go"]
goals = [{goals}]
[[action.prior]]
outcome = "churn"
driver = "constant"
odds = -0.3
accounts = 300
"""
PLAIN: dict[str, Any] = {"policy": PolicyRules(plans=4, explore=0.0), "holdout": HoldoutRules(share=0.0)}


def twins(first: str, second: str) -> str:
    """Two actions that are alike but for delivery and goals: `id delivery goal` each."""
    parts = [text.split(" ", 2) for text in (first, second)]
    return "".join(ENTRY.format(id=i, delivery=d, goals=f'"{g}"' if g else "") for i, d, g in parts)


def test_of_two_equals_the_remote_one_is_preferred() -> None:
    """The same effect without a journey, whichever comes first by name."""
    given = book(6, owners=1, catalogue=parse(twins("a on_site ", "b remote "), []), **PLAIN)
    chosen = recommend(given).recommendations.filter(pl.col("action") != "none")["action"]
    assert chosen.unique().to_list() == ["b"]


def test_an_accounts_goals_weigh_which_action_fits() -> None:
    """Of two equals, the one that serves what the account wants; another account gets the other."""
    wanted = pl.DataFrame(
        {"account_id": ["acct-00000", "acct-00001", "acct-00001"], "goal": ["cost", "speed", "none of ours"]}
    )
    goals = pl.concat([pl.DataFrame(schema=GOALS.stored_schema), wanted], how="diagonal")
    catalogue = parse(twins("a remote speed", "b remote cost"), [])
    given = book(6, owners=1, catalogue=catalogue, known=knowing(goals=goals), **PLAIN)
    pairs = choices(given, belief_of(given.ranked, catalogue.priors)).pairs
    factors = dict(pairs.select(pl.format("{} {}", "account_id", "action"), "factor").iter_rows())
    assert factors["acct-00000 b"] == pytest.approx(1.25)
    assert factors["acct-00000 a"] == pytest.approx(1.0)
    assert factors["acct-00001 a"] == pytest.approx(1.125)
    assert factors["acct-00002 a"] == pytest.approx(1.0)


def test_weights_do_not_make_a_loss_better() -> None:
    """What brings less than nothing is not chosen because its segment counts double."""
    given = book(9, priorities=PriorityRules(segment={"small": 2.0}))
    pairs = choices(given, belief_of(given.ranked, given.catalogue.priors)).pairs
    losses, gains = pairs.filter(pl.col("value") <= 0), pairs.filter(pl.col("value") > 0)
    assert losses["weighed"].equals(losses["value"].rename("weighed"))
    assert (gains["weighed"] >= gains["value"] * (1 - 1e-5)).all()


def test_a_draw_is_weighed_as_the_mean_is() -> None:
    """The same weights and bonuses on other values of the same pairs."""
    pairs = pl.DataFrame(
        {"motion": ["help", "expand", "help"], "value": [100.0, 50.0, -5.0], "hours": [2.0, 1.0, 1.0]}
    )
    raised = with_bonus(pairs.with_columns(factor=pl.lit(2.0)), {"expand": 30.0})
    assert raised["weighed"].to_list() == [200.0, 130.0, -5.0]
    assert lifted(np.array([100.0, 50.0, -5.0]), raised).tolist() == [200.0, 130.0, -5.0]


def test_other_priorities_are_another_policy() -> None:
    """Whoever changes a weight sees it in the log."""
    given = book(3)
    assert replace(given, priorities=PriorityRules(motion={"help": 2.0})).policy_version != given.policy_version
