"""The other actions of an account: what may be read of them is the same whichever arm it is in."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from consumption.actions.alternatives import SHOWN
from consumption.actions.holdout import HOLDOUT
from consumption.actions.recommend import Recommended, recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.why import NO_HOURS, WHY_NOT, told
from tests.actions.books import book

QUICK = PolicyRules(plans=4)
HALF = HoldoutRules(share=0.5, always_served=0.0)


@pytest.fixture(scope="module")
def done() -> Recommended:
    """A book half of which is held out; hours are so dear that for many only what runs by itself is worth it."""
    return recommend(book(200, owners=4, policy=replace(QUICK, hour_cost=900.0), holdout=HALF))


def nothing_done(done: Recommended) -> pl.DataFrame:
    """Accounts without a recommendation: arm, how many actions a rep reads of, and what follows from these."""
    seen = done.alternatives.filter("told").group_by("account_id").agg("why", n=pl.len())
    idle = done.recommendations.filter(pl.col("action") == "none").join(seen, on="account_id", how="left")
    reads = pl.col("why").map_elements(lambda whys: told(list(whys), notice_given=False), return_dtype=pl.String)
    arms = done.members.select("account_id", "arm")
    return idle.with_columns(reads=reads).join(arms, on="account_id", maintain_order="left")


def test_lists_of_both_arms_are_of_the_same_length(done: Recommended) -> None:
    """Where nothing is recommended five actions are told of, all of which take hours, withheld or not."""
    rows = nothing_done(done)
    assert set(rows["arm"]) == {HOLDOUT, "treated"}
    assert set(rows["n"]) == {SHOWN}
    idle = done.alternatives.join(rows, on="account_id", how="semi").filter("told")
    assert (idle["hours"] > 0).all()


def test_what_is_told_of_a_held_out_account_is_what_an_account_without_hours_is_told() -> None:
    """The same book with nobody held out and no hours: for each account the same actions, words and reason."""
    inputs = book(200, owners=4, policy=QUICK, holdout=HALF)
    by_hand = tuple(action for action in inputs.catalogue.actions if action.delivery != "self_service")
    inputs = replace(inputs, catalogue=replace(inputs.catalogue, actions=by_hand))
    no_hours = replace(inputs.capacity, hours_per_week=0.0)
    done, idle = recommend(inputs), recommend(replace(inputs, holdout=HoldoutRules(share=0.0), capacity=no_hours))
    held = nothing_done(done).filter((pl.col("arm") == HOLDOUT) & pl.col("would_be").is_not_null())
    plain = nothing_done(idle).join(held, on="account_id", how="semi")
    assert plain.height > 10
    both = held.join(plain.select("account_id", idle_reads="reads"), on="account_id")
    assert both["reads"].equals(both["idle_reads"].rename("reads"))
    names = ["account_id", "action", "why"]
    one, other = (
        made.alternatives.filter("told").join(plain, on="account_id", how="semi").select(names).sort(names)
        for made in (done, idle)
    )
    assert one.equals(other)


def test_who_reads_not_in_the_plan_has_an_action_that_reads_so(done: Recommended) -> None:
    """An account whose withheld action runs by itself does not read as if hours had been lacking."""
    rows = nothing_done(done)
    lacking = rows.filter(pl.col("reads") == NO_HOURS)
    says = lacking.select(pl.col("why").list.contains(WHY_NOT[NO_HOURS])).to_series()
    assert says.all()
    assert lacking.height > 0
    others = rows.filter((pl.col("reads") != NO_HOURS) & pl.col("would_be").is_not_null())
    assert others.height > 0


def test_engineers_see_what_was_withheld_first(done: Recommended) -> None:
    """The list as it is stored begins with what was chosen, or would have been."""
    first = done.alternatives.unique("account_id", keep="first", maintain_order=True).select("account_id", "action")
    would = done.recommendations.filter(pl.col("would_be").is_not_null()).select("account_id", "would_be")
    assert would.join(first, on="account_id").filter(pl.col("would_be") != pl.col("action")).is_empty()
    shown = done.recommendations.filter(pl.col("action") != "none").select("account_id")
    counts = done.alternatives.join(shown, on="account_id", how="semi").group_by("account_id").len()["len"]
    assert counts.to_list() == [SHOWN] * shown.height
