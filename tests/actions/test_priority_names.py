"""[priorities] that name what the book does not have."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from consumption.actions.priority_names import unknown_priorities
from consumption.actions.rule_costs import RuleCosts
from consumption.actions.rules import PriorityRules
from consumption.actions.whatif import Book
from consumption.config import SETTINGS_FILE, Workspace
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.plan import PlanDone
from tests.actions.books import MONDAY, book, knowing
from tests.actions.test_eligibility import contracts

KNOWN = knowing(contracts=contracts(("acct-00000", "loader", "subscription")).with_columns(arr=pl.lit(9.0)))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            PriorityRules(segment={"larg": 3.0}),
            "segment.larg changes nothing: no account in force is of segment larg, did you mean large?",
        ),
        (
            PriorityRules(product={"loadre": 3.0}),
            "product.loadre changes nothing: no largest contract of an account in force is of product loadre, "
            "did you mean loader?",
        ),
        (
            PriorityRules(always=("NOPE", "acct-00001")),
            "always = NOPE changes nothing: no account in force has the id NOPE",
        ),
    ],
)
def test_a_name_that_the_book_does_not_have_is_told_with_the_one_that_was_meant(
    rules: PriorityRules, said: str
) -> None:
    """It stops no plan: an account leaves, a product ends, and tonight's list is wanted all the same."""
    assert unknown_priorities(book(6, known=KNOWN, priorities=rules)) == (f"[priorities] {said}",)


def test_names_that_are_there_are_not_told() -> None:
    """Segments and products that somebody has, accounts in force; motions are settled where settings are read."""
    rules = PriorityRules({"large": 2.0}, {"loader": 2.0}, {"help": 2.0}, {"expand": 0.1}, ("acct-00001",))
    assert unknown_priorities(book(6, known=KNOWN, priorities=rules)) == ()


def test_the_plan_says_so() -> None:
    """Where the week is told, above what it does not reach."""
    week = Book.of(book(6)).week()
    done = PlanDone(MONDAY, week, RuleCosts(), None, (), "EUR")
    assert "[priorities] x" not in done.text
    assert "\n[priorities] x" in replace(done, unknown=("[priorities] x",)).text


def test_init_writes_the_section_and_what_it_writes_can_be_used(tmp_path: Path) -> None:
    """Whoever takes the # away from [priorities] and [limits] has settings that are read, each name in its place."""
    whole = SETTINGS[SETTINGS.index("# [priorities]") : SETTINGS.index("# [number]")]
    workspace = create(tmp_path / "new", settings=re.sub(r"^# ", "", whole, flags=re.MULTILINE))
    assert (tmp_path / "new" / SETTINGS_FILE).is_file()
    settings = Workspace.open(workspace.root).settings
    assert settings.priorities.always == ("acct-17",)
    assert (settings.priorities.segment, settings.priorities.least_hours) == ({"enterprise": 1.5}, {"expand": 0.2})
    assert settings.limits == {"executive_sponsor_call": 5}
