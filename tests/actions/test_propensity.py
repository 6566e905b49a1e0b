"""The logged probability of a decision is how often that decision is really taken."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from consumption.actions.holdout import HOLDOUT, draw_members
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from tests.actions.books import book, small_catalogue, touch_all

TURNS = 140


@pytest.fixture(scope="module")
def tried() -> pl.DataFrame:
    """A small book, carried out again and again with other seeds: what is logged, and certain where nothing is."""
    catalogue = small_catalogue("x 2 true", "y 3 active_users_28d > 5")
    given = book(14, owners=1, catalogue=catalogue, policy=PolicyRules(plans=6, explore=0.4, hour_cost=1.0))
    log = []
    for turn in range(TURNS):
        rules = HoldoutRules(share=0.25, salt=f"salt {turn}", always_served=0.1)
        done = recommend(replace(given, seed=turn, holdout=rules))
        told = done.decisions.select("account_id", "propensities")
        rows = done.recommendations.select("account_id", "action", "propensity").sort("account_id")
        rows = rows.join(told, on="account_id", how="left", maintain_order="left")
        rows = rows.join(done.members.select("account_id", "arm"), on="account_id", maintain_order="left")
        silent = rows.filter(pl.col("propensities").is_null())
        assert silent.select((pl.col("action") == "none") & (pl.col("propensity") == 1)).to_series().all()
        log.append(rows.with_columns(pl.col("propensities").fill_null('{"none": 1.0}'), turn=pl.lit(turn)))
    return pl.concat(log)


def test_actions_are_taken_as_often_as_their_logged_probability_says(tried: pl.DataFrame) -> None:
    """Over all turns: the share of turns in which an account got an action is the mean of what was logged for it."""
    actions = ("none", "x", "y")
    for account in tried["account_id"].unique().sort():
        mine = tried.filter(pl.col("account_id") == account)
        said = [json.loads(text) for text in mine["propensities"]]
        for action in actions:
            logged = np.array([chances.get(action, 0.0) for chances in said])
            often = (mine["action"] == action).to_numpy()
            noise = np.sqrt((logged * (1 - logged)).mean() / TURNS + 0.25 / TURNS)
            assert abs(often.mean() - logged.mean()) <= 3.5 * noise, (account, action, often.mean(), logged.mean())


def test_served_accounts_get_as_much_as_the_log_says(tried: pl.DataFrame) -> None:
    """Cards a turn, against their logged probabilities given that they are served: no difference but chance."""
    done = (pl.col("action") != "none").cast(pl.Float64)
    nothing = pl.col("propensities").str.json_path_match("$.none").cast(pl.Float64)
    chance = pl.when(pl.col("arm") == "exempt").then(1.0).otherwise(0.75)
    served = tried.filter(pl.col("arm") != HOLDOUT)
    missing = served.group_by("turn").agg(missing=(done - (1 - nothing) / chance).sum())["missing"].to_numpy()
    assert abs(missing.mean()) <= 3.5 * missing.std() / np.sqrt(TURNS)


def test_accounts_are_held_out_as_often_as_settings_say(tried: pl.DataFrame) -> None:
    """A quarter of those that are not exempt; never what is exempt."""
    free = tried.filter(pl.col("arm") != "exempt")
    of_account = free.group_by("account_id").agg((pl.col("arm") == HOLDOUT).mean())["arm"].to_numpy()
    assert of_account.mean() == pytest.approx(0.25, abs=0.01)
    assert np.abs(of_account - 0.25).max() <= 4 * np.sqrt(0.25 * 0.75 / TURNS)


def test_weighing_by_the_logged_probability_gives_back_the_whole_book(tried: pl.DataFrame) -> None:
    """Horvitz and Thompson: one over the probability, summed over what was done, counts every account once."""
    weights = 1.0 / tried["propensity"].to_numpy()
    per_turn = tried.select("turn", weight=pl.Series(weights)).group_by("turn").agg(pl.col("weight").sum())
    spread = per_turn["weight"].to_numpy().std(ddof=1) / np.sqrt(TURNS)
    possible = [sum(1 for p in json.loads(text).values() if p > 0) for text in tried["propensities"]]
    assert per_turn["weight"].mean() == pytest.approx(sum(possible) / TURNS, abs=4 * spread)


def families() -> Inputs:
    """Thirty parents of four accounts each."""
    return book(120, parents=30, policy=PolicyRules(plans=4))


def test_parents_and_children_share_an_arm() -> None:
    """Nobody is held out beside a sister that is served."""
    given = replace(families(), holdout=HoldoutRules(share=0.3, always_served=0.0))
    members = recommend(given).members
    assert members.group_by("top_parent").agg(pl.col("arm").n_unique())["arm"].unique().to_list() == [1]
    assert (members["arm"] == HOLDOUT).sum() == 36


def test_a_child_seen_later_joins_the_arm_of_its_family() -> None:
    """Drawn once for all of them, though the child came after."""
    given = replace(families(), holdout=HoldoutRules(share=0.3, always_served=0.0))
    early = touch_all(given).population.head(60)
    first = draw_members(early, None, given.holdout, as_of=given.as_of)
    every = draw_members(given.population, first, given.holdout, as_of=given.as_of)
    assert every.group_by("top_parent").agg(pl.col("arm").n_unique())["arm"].unique().to_list() == [1]


def test_an_exemption_counts_only_before_the_draw() -> None:
    """Named after it was drawn, a held-out account stays held out; named before, it never is."""
    given = replace(families(), holdout=HoldoutRules(share=0.3, always_served=0.0))
    drawn = recommend(given).members
    held = drawn.filter(pl.col("arm") == HOLDOUT)["account_id"][0]
    exempt = replace(given.holdout, exempt=(held,))
    later = recommend(replace(given, holdout=exempt, members=drawn)).members
    assert later.equals(drawn)
    before = recommend(replace(given, holdout=exempt)).members
    assert before.filter(pl.col("account_id") == held)["arm"].item() == "exempt"
