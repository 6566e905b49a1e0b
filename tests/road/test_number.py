"""The number on a whole workspace: three parts, in words and figures, and nothing about a single account."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.daily import remember
from consumption.jobs.keys import store_of
from consumption.jobs.number import NumberDone, number
from consumption.jobs.opening import lake_of
from consumption.jobs.proof import provable
from consumption.jobs.publish import publish
from consumption.jobs.recommend import make_draft
from tests.road.conftest import AS_OF, NOW


@pytest.fixture(scope="module")
def told(made: Workspace) -> NumberDone:
    """The number of the demo on the day it was made."""
    return number(made, as_of=AS_OF, target=50_000_000.0)


def test_the_demo_has_all_three_parts(told: NumberDone) -> None:
    """Due from contracts and probabilities, planned from the published plan, proven not yet, and what can be."""
    assert told.due.money
    for one in told.due.renewals:
        assert one.after is not None
        assert 0 < one.after.low < one.after.value < one.after.high
    assert told.planned is not None
    assert told.planned.published
    assert told.planned.adds > told.planned.net > 0
    assert told.planned.best_hour >= told.planned.hour > 0
    assert told.proven.since is None
    assert told.can_prove is not None
    heads = [line for line in told.text.splitlines()[1:] if not line.startswith(" ")]
    assert heads == ["Due", "In the plan", "Proven"]
    assert "short" in told.text
    assert "not enough data yet" in told.text


def test_nothing_in_it_is_about_a_single_account(made: Workspace, told: NumberDone) -> None:
    """No id, no name, no owner: neither in words nor in the figures that a page may show."""
    accounts = lake_of(made).scan("accounts").select("account_id", "name", "owner").collect()
    words = {value for column in accounts for value in column.drop_nulls() if len(value) > 3}
    said = told.text + repr(told)
    assert [word for word in words if word in said] == []
    with store_of(made) as store:
        withheld = store.decisions_since().filter(pl.col("would_be").is_not_null())
    assert withheld.height > 0
    assert not [i for i in withheld["decision_id"] if i in said]


def test_it_changes_nothing(made: Workspace) -> None:
    """Asking twice gives the same, and neither store nor lake has moved."""
    before = lake_of(made).versions()
    assert number(made, as_of=AS_OF).text == number(made, as_of=AS_OF).text
    assert lake_of(made).versions() == before


def test_a_published_plan_counts_from_the_day_after(copy: Workspace) -> None:
    """Once its decisions are in the lake: first-pass choices count, in their stored arm, with what was expected."""
    remember(copy)
    later = AS_OF + timedelta(days=1)
    found = number(copy, as_of=later)
    assert found.proven.since == AS_OF.date()
    with store_of(copy) as store:
        logged = store.decisions_since()
        arms = dict(store.holdout_members().select("top_parent", "arm").iter_rows())
    attributes = [json.loads(text) for text in logged["attributes"]]
    assert all(-1 <= said["expected_share"] <= 1 for said in attributes)
    first = [
        said["arm"]
        for said, row in zip(attributes, logged.iter_rows(named=True), strict=True)
        if (row["action"] != "none" or row["would_be"]) and not said["second_pass"] and not said["mandatory"]
    ]
    assert "holdout" in set(arms.values())
    assert found.proven.total.served <= first.count("treated")
    assert 0 < found.proven.total.withheld <= first.count("holdout")
    assert found.proven.total.share is None
    assert "not enough data yet" in found.text


def test_only_new_customers_that_count_are_foreseen(copy: Workspace) -> None:
    """Customers that a first pass chose, in either arm; tomorrow neither cards that go on nor who counts is new."""
    first = drafts.load(copy.drafts, AS_OF)
    assert first is not None
    said = provable(copy, first)
    assert said is not None
    chosen = first.decisions.filter(
        (pl.col("action") != "none") | pl.col("would_be").is_not_null(),
        ~pl.col("second_pass"),
        ~pl.col("mandatory"),
        pl.col("arm") != "exempt",
    ).join(first.holdout.select("account_id", "top_parent"), on="account_id")
    assert said.newly == chosen["top_parent"].n_unique()
    assert said.customers < parents_of(first)
    later = AS_OF + timedelta(days=1)
    remember(copy)
    tomorrow = provable(copy, make_draft(copy, as_of=later))
    assert tomorrow is not None
    assert said.newly <= tomorrow.newly < 1.5 * said.newly


def parents_of(draft: drafts.Draft) -> int:
    """Top parents of a plan, the exempt too."""
    return draft.holdout.join(draft.ranked, on="account_id", how="semi")["top_parent"].n_unique()


def test_publishing_says_beforehand_what_can_be_proven(copy: Workspace) -> None:
    """Whoever publishes reads what this book can prove before anything is."""
    later: datetime = AS_OF + timedelta(days=1)
    make_draft(copy, as_of=later)
    done = publish(copy, as_of=later, now=NOW + timedelta(days=1))
    said = done.text.splitlines()[-1]
    assert "customers" in said
    assert "of them held out" in said
    # A few dozen held-out customers can prove nothing soon, and are not told of effects that no book has.
    assert "can be proven" in said
    assert all(int(share) <= 25 for share in re.findall(r"about (\d+)% of ARR", said))
