"""What to do next for every account, within the hours, with its reason and its log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.catalogue import NONE
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import Recommended, recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.why import WHY_NOT
from consumption.tables import DECISIONS, EFFECTS, RECOMMENDED, TIMESTAMP
from tests.actions.books import MONDAY, answered, book, decided, knowing, small_catalogue, touch_all

QUICK = PolicyRules(plans=10)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """A book of 240 accounts with three owners."""
    return book(240)


@pytest.fixture(scope="module")
def done(inputs: Inputs) -> Recommended:
    """What is recommended for it."""
    return recommend(inputs)


def chosen(done: Recommended) -> pl.DataFrame:
    """Only the accounts that got something."""
    return done.recommendations.filter(pl.col("action") != NONE)


def test_every_account_in_force_has_a_row(inputs: Inputs, done: Recommended) -> None:
    """Doing nothing is a decision too; the frames are those of the contract."""
    RECOMMENDED.check(done.recommendations)
    EFFECTS.check(done.effects)
    assert done.recommendations["account_id"].to_list() == inputs.population["account_id"].to_list()
    assert done.effects.height == inputs.population.height * len(inputs.catalogue.actions)
    assert NONE not in done.effects["action"].to_list()


def test_the_lists_fit_the_hours(done: Recommended) -> None:
    """Nobody is given more than a week; and the hours there are, are used."""
    used = chosen(done).group_by("owner").agg(pl.col("hours").sum())["hours"]
    assert used.to_numpy().max() <= 8.0
    assert used.sum() >= 0.9 * 3 * 8.0


def test_only_eligible_actions_worth_something_are_chosen(done: Recommended) -> None:
    """No action is recommended that would cost more than it brings, or that does not fit."""
    found = chosen(done).join(done.effects, on=["account_id", "action"])
    assert found["eligible"].all()
    first = found.filter(~pl.col("second_pass"))
    assert (first["expected_value"] > -1e-9).to_numpy().mean() > 0.8  # the rest is exploration


def test_a_held_out_account_is_shown_nothing(done: Recommended) -> None:
    """What it would have got is in the log, and only there."""
    held = done.recommendations.filter("held_out")
    assert held.height > 0
    assert held["action"].unique().to_list() == [NONE]
    would = held.filter(pl.col("would_be").is_not_null())
    assert would.height > 0
    assert would["why_not"].unique().to_list() == ["held_out"]


def test_held_out_reads_like_no_hours(done: Recommended) -> None:
    """A rep cannot tell one from the other: same sentence, same code among the reasons."""
    texts = {
        code: done.recommendations.filter(pl.col("why_not") == code)
        .select("reason_text", "reasons", "title")
        .unique()
        for code in ("held_out", "no_hours")
    }
    assert texts["held_out"].height == 1
    assert texts["held_out"].equals(texts["no_hours"])
    why = done.alternatives.join(done.recommendations.filter(pl.col("why_not") == "held_out"), on="account_id")["why"]
    assert "held" not in " ".join(why.to_list())


def test_who_got_nothing_learns_why(done: Recommended) -> None:
    """Every `none` has a code and its sentence; nothing chosen has one."""
    nothing = done.recommendations.filter(pl.col("action") == NONE)
    assert set(nothing["why_not"]) <= set(WHY_NOT)
    assert nothing["reason_text"].null_count() == 0
    assert [json.loads(r)[0]["text"] for r in nothing["reasons"]] == nothing["reason_text"].to_list()
    assert chosen(done)["why_not"].null_count() == chosen(done).height


def test_each_recommendation_carries_reasons_of_its_motion(done: Recommended) -> None:
    """The strongest first, and that one in words on the card."""
    row = chosen(done).row(0, named=True)
    assert row["reason_text"] == f"Reason 1 to {row['motion']}"
    assert [r["code"] for r in json.loads(row["reasons"])] == ["signal_1", "signal_2"]


def test_the_motion_decides_which_money_and_which_probability(inputs: Inputs, done: Recommended) -> None:
    """Expected loss for help, expected gain for expand."""
    found = chosen(done).join(inputs.ranked, on="account_id", suffix="_ranked")
    for motion, money, chance in (
        ("help", "value_at_stake_ranked", "help_probability"),
        ("expand", "value_to_gain", "expand_probability"),
    ):
        mine = found.filter(pl.col("motion") == motion)
        assert mine.height > 0
        assert mine["value_at_stake"].equals(mine[money].rename("value_at_stake"))
        assert mine["probability"].equals(mine[chance].rename("probability"))


def test_a_list_is_ordered_by_what_it_brings(done: Recommended) -> None:
    """Rank 1 is worth most; only what a person does has a rank."""
    for _, mine in chosen(done).filter(pl.col("rank").is_not_null()).sort("rank").group_by("owner"):
        assert mine["rank"].to_list() == list(range(1, mine.height + 1))
        assert mine["expected_value"].is_sorted(descending=True)
    assert set(chosen(done).filter(pl.col("rank").is_null())["delivery"]) <= {"self_service"}


def test_every_decision_is_logged_with_its_probability(done: Recommended) -> None:
    """One decision of each that had a chance, of the same id; the chances of everything and nothing add up to 1."""
    log = done.decisions
    assert set(DECISIONS.schema) <= set(log.columns)
    had = done.recommendations.filter((pl.col("propensity") < 1) | (pl.col("action") != "none"))
    assert log["decision_id"].to_list() == had["recommendation_id"].to_list()
    assert log["decision_id"].is_unique().all()
    for row in log.iter_rows(named=True):
        chances = json.loads(row["propensities"])
        assert sum(chances.values()) == pytest.approx(1.0)
        assert row["propensity"] == pytest.approx(chances[row["action"]])
        assert 0 < row["propensity"] <= 1


def test_the_chance_of_an_action_is_at_most_that_of_being_served(done: Recommended) -> None:
    """Nine in ten, and certain only where the account is exempt."""
    log = done.decisions.filter(pl.col("action") != NONE)
    treated = log.filter(pl.col("arm") == "treated")
    assert treated["propensity"].max() == pytest.approx(0.9)
    assert log.filter(pl.col("arm") == "exempt")["propensity"].max() == pytest.approx(1.0)


def test_the_same_inputs_give_the_same_answer(inputs: Inputs, done: Recommended) -> None:
    """In any order of rows: recommendations, log and hold-out are the same to the bit."""

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=4)

    again = recommend(
        replace(
            inputs,
            snapshot=shuffled(inputs.snapshot),
            population=shuffled(inputs.population),
            ranked=shuffled(inputs.ranked),
            reasons=shuffled(inputs.reasons),
            drivers=shuffled(inputs.drivers),
        )
    )
    assert again.recommendations.equals(done.recommendations)
    assert again.decisions.equals(done.decisions)
    assert again.members.equals(done.members)
    assert again.effects.equals(done.effects)
    assert again.alternatives.equals(done.alternatives)


def test_an_account_that_was_contacted_recently_is_left_alone() -> None:
    """Two weeks of peace after somebody took an action up."""
    past = decided(("acct-00000", MONDAY - 3 * DAY, "x", None))
    known = knowing(decisions=past, responses=answered(("d0", "accepted")))
    given = book(6, catalogue=small_catalogue("x 1 true", "y 1 true"), known=known, policy=QUICK)
    assert recommend(given).recommendations["why_not"][0] == "contacted_recently"


def test_what_nobody_has_touched_has_not_happened() -> None:
    """A card that was left lying last week neither rests the account nor cools the action down."""
    past = decided(*((f"acct-0000{n}", MONDAY - 3 * DAY, "x", None) for n in range(6)))
    given = book(6, catalogue=small_catalogue("x 1 true"), known=knowing(decisions=past), policy=QUICK)
    assert "contacted_recently" not in recommend(given).recommendations["why_not"].to_list()


def test_a_list_stands_until_its_week_ends(inputs: Inputs, done: Recommended) -> None:
    """The next day's plan keeps every card that waits for an answer, and the control group's share of the list."""
    told = pl.format('{{"second_pass":{}}}', pl.col("second_pass"))
    log = done.decisions.with_columns(attributes=told, timestamp=pl.lit(MONDAY, TIMESTAMP))
    known = replace(inputs.known, decisions=log)
    tuesday = recommend(replace(inputs, as_of=MONDAY + DAY, known=known, members=done.members))
    before, after = (r.recommendations.select("account_id", "action", "would_be") for r in (done, tuesday))
    kept = before.filter((pl.col("action") != NONE) | pl.col("would_be").is_not_null())
    assert kept.join(after, on=["account_id", "action", "would_be"], how="anti", nulls_equal=True).is_empty()
    hours = chosen(tuesday).group_by("owner").agg(pl.col("hours").sum())["hours"]
    assert hours.to_numpy().max() <= 8.0
    chances = (r.decisions.select("account_id", "action", "propensity") for r in (done, tuesday))
    mine, theirs = (f.join(kept, on=["account_id", "action"], how="semi").sort("account_id") for f in chances)
    assert mine["propensity"].round(6).to_list() == theirs["propensity"].round(6).to_list()


def test_doing_nothing_is_best_where_every_action_costs_more() -> None:
    """At 100,000 an hour nobody should be called."""
    given = book(10, catalogue=small_catalogue("x 1 true"), policy=replace(QUICK, hour_cost=1e5))
    rows = recommend(given).recommendations
    assert rows["why_not"].unique().to_list() == ["lower_value"]
    assert rows["expected_value"].unique().to_list() == [0.0]


def test_an_account_that_nothing_fits_says_so() -> None:
    """No action of the catalogue is open to it."""
    given = book(10, catalogue=small_catalogue("x 1 active_users_28d > 1000"), policy=QUICK)
    assert recommend(given).recommendations["why_not"].unique().to_list() == ["ineligible"]


def test_notice_brings_the_rescue_even_to_held_out_accounts() -> None:
    """A mandatory action is withheld from nobody, comes first in the list and is certain."""
    given = touch_all(
        book(30, policy=QUICK, holdout=HoldoutRules(share=0.9)), notice_given=pl.col("account_id") < "acct-00004"
    )
    done = recommend(given)
    rescued = done.recommendations.filter("mandatory")
    assert rescued["account_id"].to_list() == [f"acct-0000{n}" for n in range(4)]
    assert rescued["action"].unique().to_list() == ["notice_rescue"]
    assert rescued["propensity"].unique().to_list() == [1.0]
    assert not rescued["held_out"].any()
    assert rescued["rank"].to_numpy().max() <= 4


def test_a_rescue_that_no_hours_are_left_for_says_so() -> None:
    """Six accounts of one owner gave notice; eight hours are enough for two rescues, the largest first."""
    given = touch_all(book(6, owners=1, policy=QUICK), notice_given=pl.lit(value=True))
    rows = recommend(given).recommendations.join(given.population.select("account_id", "arr"), on="account_id")
    assert rows.filter(pl.col("action") == NONE)["why_not"].to_list() == ["notice_given"] * 4
    assert set(rows.filter("mandatory")["account_id"]) == set(rows.top_k(2, by="arr")["account_id"])


def test_without_contracts_nothing_is_said_in_money() -> None:
    """Every account counts 1, hours cost nothing, and money columns are null."""
    done = recommend(book(60, money=False, policy=QUICK))
    rows = chosen(done)
    assert rows.height > 0
    assert rows.select(pl.col("value_at_stake", "expected_value").is_null().all()).row(0) == (True, True)
    assert rows["rank"].drop_nulls().len() > 0
    assert done.effects["effect"].abs().to_numpy().max() < 1


def test_a_limit_on_an_action_is_kept_in_all_that_is_done() -> None:
    """At most so many of an action in a plan."""
    given = book(60, catalogue=small_catalogue("x 1 true", "y 1 true"), policy=QUICK, limits={"x": 2})
    assert (recommend(given).recommendations["action"] == "x").sum() <= 2


def test_other_rules_are_another_policy(inputs: Inputs) -> None:
    """Whoever changes the catalogue or a rule sees it in the log."""
    other = replace(inputs, policy=replace(inputs.policy, hour_cost=70.0))
    assert other.policy_version != inputs.policy_version
    assert replace(inputs).policy_version == inputs.policy_version


def test_an_empty_book_is_an_empty_plan() -> None:
    """Nobody in force is no error."""
    given = book(3)
    empty = replace(
        given,
        population=given.population.clear(),
        ranked=given.ranked.clear(),
        snapshot=given.snapshot.clear(),
        drivers=given.drivers.clear(),
        reasons=given.reasons.clear(),
    )
    done = recommend(empty)
    assert done.recommendations.is_empty()
    assert done.decisions.is_empty()
