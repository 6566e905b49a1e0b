"""A list that no longer fits its week: served work keeps within the hours, and the arm decides nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.actions.fitting import fitting
from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules
from tests.actions.books import book, touch_all
from tests.actions.test_keeping import QUICK, next_day

HOURS = {"owner": pl.String, "skill": pl.String, "hours": pl.Float64}


def cards(*rows: tuple[str, float, float, bool, str]) -> pl.DataFrame:
    """Cards of one owner: account, value, hours, whether served, pass each."""
    names = ["account_id", "value", "hours", "served", "chosen_in"]
    return pl.DataFrame(list(rows), schema=names, orient="row").with_columns(
        action=pl.lit("x"), owner=pl.lit("ann"), skill=pl.lit("")
    )


def week(hours: float) -> pl.DataFrame:
    """The one owner's week."""
    return pl.DataFrame([("ann", None, hours)], schema=HOURS, orient="row")


MONDAY_LIST = cards(("held", 1000.0, 6.0, False, "first"), ("served", 900.0, 6.0, True, "second"))


@pytest.mark.parametrize(("hours", "stay"), [(6.0, ["held", "served"]), (5.0, []), (0.0, [])])
def test_a_served_card_does_not_live_on_hours_that_are_gone(hours: float, stay: list[str]) -> None:
    """Six hours were lent by a withheld card; with six there, both stay; with fewer, neither."""
    assert fitting(MONDAY_LIST, week(hours), None)["account_id"].to_list() == stay


def test_the_most_valuable_stay_and_started_ones_are_not_asked() -> None:
    """Of three cards of two hours, four hours keep the best two."""
    three = cards(("a", 1.0, 2.0, True, "first"), ("b", 3.0, 2.0, True, "first"), ("c", 2.0, 2.0, True, "first"))
    assert fitting(three, week(4.0), None)["account_id"].to_list() == ["b", "c"]


def test_counts_are_caps_like_hours() -> None:
    """Of three cards of an action that may be done once, one stays: the most valuable."""
    three = cards(("a", 1.0, 2.0, True, "first"), ("b", 3.0, 2.0, True, "first"), ("c", 2.0, 2.0, False, "first"))
    assert fitting(three, week(40.0), {"x": 1})["account_id"].to_list() == ["b"]


@pytest.mark.parametrize("seed", range(20))
def test_whether_a_card_of_the_first_pass_stays_does_not_depend_on_its_arm(seed: int) -> None:
    """Turn the arm of any one card round: it stays where it stayed, and the week is never overrun."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"a{n}", float(rng.uniform(1, 9)), float(rng.choice([1, 2, 3])), bool(rng.random() < 0.6), "first")
        for n in range(8)
    ]
    rows += [(f"b{n}", float(rng.uniform(1, 9)), 2.0, True, "second") for n in range(4)]
    given = cards(*rows)
    stays = fitting(given, week(5.0), None)
    assert stays.filter("served")["hours"].sum() <= 5.0
    for account in ("a0", "a1", "a2", "a3"):
        turned = given.with_columns(served=pl.col("served") ^ (pl.col("account_id") == account))
        assert (account in fitting(turned, week(5.0), None)["account_id"]) == (account in stays["account_id"])


@pytest.mark.parametrize("seed", [0, 3])
def test_rescues_on_tuesday_overrun_nobodys_week(seed: int) -> None:
    """A fifth is held out; four accounts give notice after Monday's plan, and their rescues take hours from cards."""
    given = book(60, owners=2, seed=seed, policy=QUICK, holdout=HoldoutRules(share=0.2, always_served=0.0))
    monday = recommend(given)
    idle = given.population.join(
        monday.recommendations.filter(pl.col("action") == "none"), on="account_id", how="semi"
    )
    leaving = idle.sort("account_id")["account_id"][:4].to_list()
    tuesday = recommend(touch_all(next_day(given, monday), notice_given=pl.col("account_id").is_in(leaving)))
    done = tuesday.recommendations.filter(pl.col("action") != "none")
    used = dict(done.group_by("owner").agg(pl.col("hours").sum()).iter_rows())
    there = tuesday.hours.filter(pl.col("skill").is_null()).select("owner", "hours")
    over = {owner: (used[owner], most) for owner, most in there.iter_rows() if used.get(owner, 0) > most + 1e-9}
    assert over == {}
    assert done["mandatory"].any()
    assert tuesday.ended.height > 0
