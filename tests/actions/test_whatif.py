"""What if: other hours, limits and priorities, solved again and told in money, cards and accounts."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from consumption.actions.changes import Changes, Names, WrongChange, read_changes
from consumption.actions.holdout import HOLDOUT, draw_members
from consumption.actions.inputs import Inputs
from consumption.actions.other_hours import MORE
from consumption.actions.recommend import recommend
from consumption.actions.rule_costs import rule_costs
from consumption.actions.rules import HoldoutRules, PolicyRules, PriorityRules
from consumption.actions.whatif import Book, Week
from tests.actions.books import book
from tests.actions.test_keeping import next_day

NAMES = Names(
    owners={"ann@us.example", "team"},
    skills={"training", "advisory"},
    actions={"right_size"},
    segments={"large"},
    products={"crm"},
    accounts={"acme"},
)
QUICK = PolicyRules(plans=6)


def asked(*texts: str, rules: PriorityRules | None = None) -> Changes:
    """The changes that some texts ask for."""
    return read_changes(texts, NAMES, rules or PriorityRules())


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """240 accounts, three owners, the default catalogue."""
    return book(240, policy=QUICK)


@pytest.fixture(scope="module")
def whole(inputs: Inputs) -> Book:
    """What all weeks of that book share."""
    return Book.of(inputs)


def test_changes_are_read_as_they_are_written() -> None:
    """Hours of a skill or an owner, limits, priorities; several at once."""
    found = asked(
        "hours.training=+40", "hours.ann@us.example=-4", "hours.team = 20", "limits.right_size=3",
        "priorities.segment.large=1.5", "priorities.least_hours.expand=0.2", "priorities.always=acme",
        rules=PriorityRules(motion={"help": 2.0}),
    )  # fmt: skip
    assert found.skills == {"training": 40.0}
    assert found.owners == {"ann@us.example": (-4.0, True), "team": (20.0, False)}
    assert found.limits == {"right_size": 3}
    assert found.priorities == PriorityRules({"large": 1.5}, {}, {"help": 2.0}, {"expand": 0.2}, ("acme",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hours.trainnig=+40", "did you mean training?"),
        ("hours.training=40", "say how many more"),
        ("hours.training=+forty", "is no number"),
        ("hours.training", "no change that can be read"),
        ("limits.right_siez=3", "did you mean right_size?"),
        ("limits.right_size=-1", "0 or more"),
        ("priorities.segment.lagre=2", "did you mean large?"),
        ("priorities.least_hours.expand=1.2", "0 to 1"),
        ("priorities.always=acmee", "did you mean acme?"),
        ("prices.training=3", "no change that can be read"),
    ],
)
def test_a_change_that_cannot_be_read_says_why(text: str, said: str) -> None:
    """The sentence names the change and what may have been meant; the remedy lists all forms."""
    with pytest.raises(WrongChange) as raised:
        asked(text)
    assert text in raised.value.problem
    assert said in raised.value.problem
    assert "hours.SKILL=+40" in raised.value.remedy


def test_floors_that_ask_for_more_than_all_hours_are_refused() -> None:
    """Sixty and sixty per cent are more than a week."""
    with pytest.raises(WrongChange, match="more than all hours"):
        asked("priorities.least_hours.expand=0.6", "priorities.least_hours.help=0.6")


def test_more_hours_of_a_skill_bring_money_cards_and_accounts(whole: Book) -> None:
    """Twelve more hours of training go to training alone, and what is gained and lost adds up."""
    found = whole.compare(Changes(skills={"training": 12.0}))
    assert found.after.money > found.before.money
    assert found.after.cards.height - found.before.cards.height == found.gained.height - found.lost.height
    by_new = found.after.cards.filter(pl.col("owner") == f"{MORE}training")
    assert by_new.height > 0
    assert by_new["skill"].unique().to_list() == ["training"]
    assert by_new["hours"].sum() <= 12.0
    assert found.after.cards["account_id"].is_unique().all()


def test_fewer_hours_of_an_owner_cost_money(inputs: Inputs, whole: Book) -> None:
    """Four hours less of one owner: less money, and nobody else's week changes."""
    owner = inputs.population["owner"].sort()[0]
    found = whole.compare(Changes(owners={owner: (-4.0, True)}))
    assert found.after.money < found.before.money
    mine = found.after.cards.filter(pl.col("owner") == owner)
    assert mine["hours"].sum() <= 4.0
    others = (week.cards.filter(pl.col("owner") != owner) for week in (found.before, found.after))
    assert next(others).equals(next(others))


def test_fewer_hours_of_a_skill_are_taken_from_those_who_use_them(whole: Book) -> None:
    """What the week uses of a skill shrinks by at least as much as is taken away."""
    before = whole.week().cards
    skill = before.group_by("skill").agg(pl.col("hours").sum()).sort("hours", "skill")["skill"][-1]
    used = float(before.filter(pl.col("skill") == skill)["hours"].sum())
    after = whole.week(Changes(skills={skill: -used / 2})).cards
    assert after.filter(pl.col("skill") == skill)["hours"].sum() <= used / 2 + 1e-9


def test_a_limit_is_kept_in_the_week_that_is_asked_for(whole: Book) -> None:
    """At most so many of an action."""
    most = whole.week().cards["action"].mode().sort()[0]
    assert (whole.week(Changes(limits={most: 1})).cards["action"] == most).sum() <= 1


def expand_hours(week: Week) -> float:
    """The hours of a week that go to growth."""
    return float(week.cards.filter(pl.col("motion") == "expand")["hours"].sum())


def test_a_floor_is_reached_and_has_its_price(inputs: Inputs, whole: Book) -> None:
    """More hours for growth than the best week gives it: they get there, and cost what the week is worth less."""
    best = whole.week()
    now = expand_hours(best) / best.hours
    share = min(now + 0.25, 0.95)
    rules = PriorityRules(least_hours={"expand": share})
    floored = Book.of(replace(inputs, priorities=rules))
    week = floored.week()
    assert expand_hours(week) / week.hours >= share - 0.02
    costs = rule_costs(floored, week)
    assert costs.each == {f"least_hours.expand = {share:g}": pytest.approx(costs.together)}
    assert costs.together == pytest.approx(best.money - week.money)
    assert costs.together > 0


def test_a_floor_out_of_reach_is_told_and_stops_nothing(inputs: Inputs) -> None:
    """Where no open action of a motion is worth its hours, no share of them can go there; the rest is planned."""
    lines = [action for action in inputs.catalogue.actions if action.motion == "help"]
    only_help = replace(inputs.catalogue, actions=tuple(lines))
    given = replace(inputs, catalogue=only_help, priorities=PriorityRules(least_hours={"expand": 0.5}))
    week = Book.of(given).week()
    assert week.floors == {"expand": (0.5, 0.0)}
    assert week.money > 0
    assert recommend(given).summary["share_of_hours_expand"] == 0.0


def test_a_weight_changes_who_is_chosen_and_not_what_is_said_of_it(inputs: Inputs, whole: Book) -> None:
    """Large accounts count ten times: more of them are reached, at the value that is believed."""
    found = whole.compare(Changes(priorities=PriorityRules(segment={"large": 10.0})))
    large = inputs.population.filter(pl.col("segment") == "large").select("account_id")
    before, after = (
        week.cards.join(large, on="account_id", how="semi").height for week in (found.before, found.after)
    )
    assert after > before
    assert found.after.money <= found.before.money
    told = found.after.cards.join(
        whole.pairs.select("account_id", "action", believed="value"), on=["account_id", "action"]
    )
    assert told["value"].equals(told["believed"].rename("value"))


def test_accounts_that_are_always_covered_get_something_every_week(inputs: Inputs, whole: Book) -> None:
    """Even where others would bring more; served ones in the nightly plan as well."""
    members = draw_members(inputs.population, None, inputs.holdout, as_of=inputs.as_of)
    served = members.filter(pl.col("arm") != HOLDOUT)["account_id"]
    open_ = set(whole.pairs.filter("open")["account_id"])
    reached = set(whole.week().cards["account_id"])
    idle = next(a for a in served if a in open_ and a not in reached)
    rules = PriorityRules(always=(idle,))
    assert idle in whole.week(Changes(priorities=rules)).cards["account_id"].to_list()
    rows = recommend(replace(inputs, priorities=rules, members=members)).recommendations
    row = rows.filter(pl.col("account_id") == idle).row(0, named=True)
    assert row["action"] != "none"
    assert row["propensity"] in (pytest.approx(0.9), pytest.approx(1.0))


def test_as_many_as_fit_are_always_covered_as_in_the_nightly_plan(inputs: Inputs) -> None:
    """Every account of the book, in three weeks of eight hours: the same ones get something, the others are named."""
    everyone = PriorityRules(always=tuple(inputs.population["account_id"]))
    given = replace(inputs, priorities=everyone, holdout=HoldoutRules(share=0.0))
    week = Book.of(given).week()
    nightly = recommend(given).recommendations.filter(pl.col("action") != "none")
    assert set(week.cards["account_id"]) == set(nightly["account_id"])
    assert len(week.uncovered) > 20
    assert not set(week.uncovered) & set(week.cards["account_id"])


def test_no_held_out_account_appears_in_what_if(inputs: Inputs) -> None:
    """Half of the book is held out: but for what must be done, none of it is in any week, whatever is asked."""
    given = replace(inputs, holdout=HoldoutRules(share=0.5))
    members = draw_members(given.population, None, given.holdout, as_of=given.as_of)
    held = members.filter(pl.col("arm") == HOLDOUT)
    found = Book.of(given).compare(Changes(skills={"training": 100.0, "advisory": 100.0}))
    for week in (found.before, found.after):
        assert set(week.cards.join(held, on="account_id", how="semi")["action"]) <= {"notice_rescue"}


def test_one_more_hour_of_a_skill_is_worth_what_it_adds(whole: Book) -> None:
    """The price of the first hour is the most that any hour of somebody new adds."""
    week = whole.week()
    prices = dict(week.skills.iter_rows())
    for skill in ("training", "advisory"):
        more = whole.week(Changes(skills={skill: 6.0}))
        assert more.money - week.money <= 6.0 * prices[skill] + (week_bound(whole) - week.money) + 1e-6


def week_bound(whole: Book) -> float:
    """No week is worth more than this: hours at their prices, and what every account keeps beyond them."""
    week = whole.week()
    price = dict(week.prices.filter(pl.col("skill").is_null()).select("owner", "price").iter_rows())
    hours = whole.hours.filter(pl.col("skill").is_null())
    paid = sum(price.get(owner, 0.0) * number for owner, number in hours.select("owner", "hours").iter_rows())
    owner_price = pl.col("owner").replace_strict(price, default=0.0, return_dtype=pl.Float64)
    kept = (
        whole.pairs.filter("open")
        .group_by("account_id")
        .agg((pl.col("value") - pl.col("hours") * owner_price).max().clip(0))
    )
    return float(paid + kept["value"].sum())


def test_what_if_starts_from_the_cards_that_stand(inputs: Inputs) -> None:
    """On Tuesday the week is Monday's list again, and more hours only add to it."""
    given = replace(inputs, holdout=HoldoutRules(share=0.0))
    monday = recommend(given)
    found = Book.of(next_day(given, monday)).compare(Changes(skills={"training": 12.0}))
    listed = monday.recommendations.filter(pl.col("rank").is_not_null()).select("account_id", "action")
    assert listed.join(found.before.cards, on=["account_id", "action"], how="anti").is_empty()
    assert found.gained.height > 0
    assert found.changed.is_empty()
    assert (found.before.prices["price"] > 0).any()  # Beside a full list an hour more is still worth something.


def test_what_if_of_a_published_day_starts_from_what_was_published(inputs: Inputs) -> None:
    """Explored cards and those of the second pass too: nothing is told to be gained that is on the list already."""
    monday = recommend(inputs)
    listed = monday.recommendations.filter(pl.col("rank").is_not_null())
    shown = listed.select(
        "account_id", "action", decision_id="recommendation_id", chosen_in=pl.lit("first"), propensities=pl.lit("{}")
    )
    week = Book.of(replace(inputs, members=monday.members), shown).week()
    by_hand = week.cards.filter(pl.col("delivery") != "self_service")
    assert set(listed.select("account_id", "action").rows()) <= set(by_hand.select("account_id", "action").rows())
    assert by_hand["hours"].sum() <= week.there + 1e-9


def test_an_hour_is_worth_the_same_money_whatever_it_is_weighed_by(inputs: Inputs) -> None:
    """All counts ten times: the same cards, and the same prices, in the nightly plan and in what-if."""
    ten = PriorityRules(motion={"help": 10.0, "expand": 10.0})
    given = replace(inputs, policy=replace(QUICK, explore=0.0))
    plain, dear = (Book.of(replace(given, priorities=rules)).week() for rules in (PriorityRules(), ten))
    assert dear.cards.equals(plain.cards)
    for one, other in ((plain.prices, dear.prices), (plain.skills, dear.skills)):
        assert other["price"].to_list() == pytest.approx(one["price"].to_list(), rel=1e-3)
    plain_night, dear_night = (recommend(replace(given, priorities=rules)).prices for rules in (PriorityRules(), ten))
    assert dear_night["price"].to_list() == pytest.approx(plain_night["price"].to_list(), rel=1e-3)
    assert dear_night["weighed"].to_list() == pytest.approx([10 * p for p in plain_night["price"]], rel=1e-3)
    assert (plain_night["price"] > 0).any()
