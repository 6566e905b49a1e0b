"""The hold-out: fair, persistent, whole families, and never the few who matter most."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.holdout import draw_members, served_chance
from consumption.actions.rules import HoldoutRules
from tests.actions.books import MONDAY, book

RULES = HoldoutRules()


def test_about_a_tenth_is_held_out_in_every_stratum() -> None:
    """Of those who can be drawn, one in ten, to within one; and in each stratum in proportion."""
    members = draw_members(book(3_000).population, None, RULES, as_of=MONDAY)
    drawn = members.filter(pl.col("arm") != "exempt")
    assert (drawn["arm"] == "holdout").sum() == pytest.approx(0.1 * drawn.height, abs=1)
    shares = drawn.group_by("stratum").agg(held=(pl.col("arm") == "holdout").sum(), all=pl.len())
    assert all(abs(held - 0.1 * size) <= 1 for held, size in shares.select("held", "all").iter_rows())


def test_members_keep_their_arm() -> None:
    """Later, richer, or with other rules: who was drawn stays where the draw put it."""
    first = book(200).population
    members = draw_members(first, None, RULES, as_of=MONDAY)
    later = book(400, seed=9).population
    rules = HoldoutRules(share=0.2, salt="other", exempt=tuple(first["account_id"]))
    again = draw_members(later, members, rules, as_of=MONDAY + timedelta(days=30))
    assert again.join(members, on="account_id", how="semi").equals(members)
    assert again.height == 400


def test_nobody_is_forgotten() -> None:
    """An account that leaves the book keeps its place in case it comes back."""
    members = draw_members(book(50).population, None, RULES, as_of=MONDAY)
    assert draw_members(book(20).population, members, RULES, as_of=MONDAY).equals(members)


def test_a_family_shares_its_arm() -> None:
    """Accounts of one top parent talk to each other: all are held out, or none."""
    population = book(600, parents=150).population
    members = draw_members(population, None, RULES, as_of=MONDAY)
    assert members.group_by("top_parent").agg(pl.col("arm").n_unique())["arm"].max() == 1


def test_a_new_child_joins_its_familys_arm() -> None:
    """A subsidiary bought later is treated as its parent is."""
    population = book(600, parents=150).population
    early = draw_members(population.head(300), None, RULES, as_of=MONDAY)
    later = draw_members(population, early, RULES, as_of=MONDAY + timedelta(days=7))
    assert later.group_by("top_parent").agg(pl.col("arm").n_unique())["arm"].max() == 1


def test_the_largest_are_always_served() -> None:
    """The few who together hold a quarter of all ARR are exempt."""
    population = book(400).population
    members = draw_members(population, None, RULES, as_of=MONDAY).join(population, on="account_id")
    exempt = members.filter(pl.col("arm") == "exempt")
    assert float(exempt["arr"].sum()) >= 0.25 * float(population["arr"].sum())
    assert exempt["arr"].to_numpy().min() >= members.filter(pl.col("arm") != "exempt")["arr"].to_numpy().max()


def test_without_money_nobody_is_largest() -> None:
    """Where every account counts 1, size exempts no one."""
    members = draw_members(book(400, money=False).population, None, RULES, as_of=MONDAY)
    assert "exempt" not in members["arm"].to_list()


def test_named_accounts_are_exempt_with_their_family() -> None:
    """Whom people name before the draw is served."""
    population = book(400, parents=100).population
    named = population["account_id"][7]
    members = draw_members(population, None, HoldoutRules(share=0.9, exempt=(named,)), as_of=MONDAY)
    parent = members.filter(pl.col("account_id") == named)["top_parent"][0]
    assert set(members.filter(pl.col("top_parent") == parent)["arm"]) == {"exempt"}


def test_the_draw_depends_on_the_salt_alone() -> None:
    """The order of rows changes nothing; another salt draws others."""
    population = book(500).population
    one = draw_members(population, None, RULES, as_of=MONDAY)
    assert draw_members(population.sample(fraction=1, shuffle=True, seed=3), None, RULES, as_of=MONDAY).equals(one)
    assert not draw_members(population, None, HoldoutRules(salt="b"), as_of=MONDAY)["arm"].equals(one["arm"])


def test_every_parent_is_held_out_as_often_as_the_share_says() -> None:
    """Over many salts each account is held out a tenth of the time: the chance that is logged is true."""
    population = book(24, money=False).population
    draws = [draw_members(population, None, HoldoutRules(salt=str(n)), as_of=MONDAY) for n in range(400)]
    often = pl.concat(draws).group_by("account_id").agg(share=(pl.col("arm") == "holdout").mean())["share"]
    assert often.mean() == pytest.approx(0.1, abs=0.01)
    assert often.to_numpy().min() > 0.03
    assert often.to_numpy().max() < 0.18


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_other_shares_are_on_offer(share: float) -> None:
    """No hold-out, or twice as much."""
    rules = HoldoutRules(share=share)
    members = draw_members(book(1_000, money=False).population, None, rules, as_of=MONDAY)
    assert (members["arm"] == "holdout").sum() == pytest.approx(share * 1_000, abs=1)
    assert set(served_chance(members, rules)["chance"]) == {1 - share}


def test_a_member_keeps_the_chance_it_was_drawn_with() -> None:
    """Another share is for who is seen from then on: what is logged of the others stays true."""
    everyone = book(400, money=False).population
    first = draw_members(everyone.head(200), None, HoldoutRules(share=0.1), as_of=MONDAY)
    rules = HoldoutRules(share=0.4)
    members = draw_members(everyone, first, rules, as_of=MONDAY + timedelta(days=7))
    early = first.select("account_id", early=pl.lit(value=True))
    said = served_chance(members, rules).join(early, on="account_id", how="left")
    assert set(said.filter("early")["chance"]) == {0.9}
    assert set(said.filter(pl.col("early").is_null())["chance"]) == {0.6}


def test_whoever_was_drawn_before_shares_were_kept_had_the_one_of_settings() -> None:
    """Rows of an older store say none; exempt accounts were certain to be served."""
    members = draw_members(book(400).population, None, HoldoutRules(share=0.2), as_of=MONDAY)
    older = members.with_columns(share=pl.lit(None, pl.Float64))
    assert draw_members(book(400).population, older, HoldoutRules(share=0.2), as_of=MONDAY).equals(members)
    said = served_chance(members.drop("share"), HoldoutRules(share=0.2))
    assert set(said.select("arm", "chance").rows()) == {("holdout", 0.8), ("treated", 0.8), ("exempt", 1.0)}


def test_a_group_company_above_older_accounts_joins_their_arm() -> None:
    """A parent that is made later, and its other new companies, are treated as its first account is."""
    alone = book(300, money=False).population.with_columns(top_parent=pl.col("account_id"))
    rules = HoldoutRules(share=0.3)
    first = draw_members(alone, None, rules, as_of=MONDAY)
    above = pl.format("group-{}", "account_id")
    grouped = alone.with_columns(top_parent=above)
    parents = grouped.with_columns(account_id=pl.col("top_parent"))
    now = pl.concat([grouped, parents, grouped.with_columns(account_id=pl.format("new-{}", "account_id"))])
    members = draw_members(now, first, rules, as_of=MONDAY + timedelta(days=7))
    families = members.join(now.select("account_id", family="top_parent"), on="account_id").group_by("family")
    found = families.agg(pl.len(), arms=pl.col("arm").n_unique(), shares=pl.col("share").n_unique())
    assert set(found.select("len", "arms", "shares").rows()) == {(3, 1, 1)}


def test_two_families_that_merge_keep_their_arms_and_new_accounts_join_the_first() -> None:
    """Nobody changes arm; of two that were drawn, the one drawn earlier decides for who comes after."""
    two = book(2, money=False).population
    both = two.with_columns(top_parent=pl.lit("group"))
    later, earlier = two["account_id"].sort().to_list()
    known = draw_members(two, None, RULES, as_of=MONDAY).with_columns(
        arm=pl.when(pl.col("account_id") == earlier).then(pl.lit("holdout")).otherwise(pl.lit("treated")),
        drawn_at=pl.when(pl.col("account_id") == earlier).then("drawn_at").otherwise(
            pl.col("drawn_at") + pl.duration(days=1)
        ),
    )  # fmt: skip
    new = both.head(1).with_columns(account_id=pl.lit("third"))
    members = draw_members(pl.concat([both, new]), known, RULES, as_of=MONDAY + timedelta(days=7))
    assert dict(members.select("account_id", "arm").iter_rows()) == {
        earlier: "holdout", later: "treated", "third": "holdout"
    }  # fmt: skip
