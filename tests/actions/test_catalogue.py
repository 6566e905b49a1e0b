"""The catalogue of actions: what it holds, and what is said about a wrong one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from consumption.actions.catalogue import Catalogue, WrongCatalogue, default_text, load, parse
from consumption.actions.conditions import FUNCTIONS
from consumption.actions.document import actions_markdown
from consumption.actions.facts import columns
from consumption.features.rules import UsageRules
from consumption.features.signal_set import SIGNALS, attribute_signals
from consumption.models.increments.belief import Prior
from tests.actions.books import default_catalogue

NAMES = columns(SIGNALS)
COVERED = {
    "onboarding_restart", "enablement_training", "feature_adoption_campaign", "integration_help", "technical_fix",
    "health_check_on_site", "champion_building", "executive_sponsor_call", "value_review", "right_size",
    "outcome_contract", "extended_warranty", "built_in_upgrade", "add_capacity", "cross_sell", "multi_year_renewal",
    "billing_repair", "in_product_nudges", "pay_as_you_consume", "complete_installed_base", "hand_back_capacity",
}  # fmt: skip

GOOD = """
[[action]]
id = "visit"
title = "Visit them"
motion = "help"
service_line = "field"
hours = 4
eligible = "active_users_28d < 3 AND segment != 'internal'"
steps = ["go"]
[[action.prior]]
outcome = "churn"
driver = "low_adoption"
odds = -0.30
accounts = 400
"""


def problems(text: str) -> list[str]:
    """What is said about a catalogue."""
    with pytest.raises(WrongCatalogue) as raised:
        parse(text, NAMES)
    assert raised.value.remedy
    return raised.value.problems


def test_the_default_catalogue_covers_what_the_product_promises() -> None:
    """Every action of the product's list is there, with steps for both sides, and speaks of real signals."""
    catalogue = default_catalogue()
    assert set(catalogue.by_id) >= COVERED
    assert all(3 <= len(action.steps) <= 5 and action.customer_steps and action.priors for action in catalogue)


def test_an_entry_is_read_as_written() -> None:
    """What stands in the file is what the action says; what does not stand there has its default."""
    visit = parse(GOOD, NAMES).by_id["visit"]
    assert (visit.hours, visit.delivery, visit.funding, visit.cooldown_days) == (4.0, "remote", "included", 60)
    assert visit.priors == (Prior("churn", "low_adoption", -0.30, 400.0),)


@pytest.mark.parametrize(
    ("written", "wrong", "line", "said"),
    [
        (
            "active_users_28d <",
            "active_usres_28d <",
            8,
            "unknown signal active_usres_28d, did you mean active_users_28d?",
        ),
        ("active_users_28d < 3", "active_users_28d <", 8, "cannot be read as one SQL expression"),
        ("active_users_28d < 3 AND segment != 'internal'", "active_users_28d", 8, "gives float64, not true or false"),
        ("active_users_28d < 3", "avg(active_users_28d) < 3", 8, "uses avg"),
        ("segment != 'internal'", "now() > created_at", 8, "uses now"),
        ("segment != 'internal'", "segment > 3", 8, "cannot be reckoned"),
        ("active_users_28d < 3", "(SELECT 1) = 1", 8, "eligible"),
        ("active_users_28d < 3", "corr(active_users_28d, active_users_28d) > 0", 8, "uses corr()"),
        ("active_users_28d < 3", "array_agg(active_users_28d) IS NULL", 8, "uses array_agg()"),
        ("active_users_28d < 3", "bool_or(active_users_28d < 3)", 8, "eligible"),
        ("active_users_28d < 3", '\\"sum\\"(active_users_28d) < 3', 8, 'uses "sum"()'),
        ("active_users_28d < 3", "max /* hidden */ (active_users_28d) < 3", 8, "holds an SQL comment"),
        ("active_users_28d < 3", "florr(active_users_28d) < 3", 8, "eligible"),
        ("steps =", "travel_hours = 2\nsteps =", 9, "only on_site has one"),
        ("hours = 4", 'delivery = "self_service"\nhours = 4', 8, "hours of our people for self_service"),
        ("hours = 4", "hours = -4", 7, "hours is -4; it is a number from 0 to 1,000"),
        ("hours = 4", 'hours = "four"', 7, "hours is 'four', which is no number"),
        ("hours = 4", "huors = 4", 7, "unknown key huors, did you mean hours?"),
        ('"field"', '"fields"', 6, "service_line is 'fields', did you mean field?"),
        ('"help"', '"hlep"', 5, "motion is 'hlep', did you mean help?"),
        ('"visit"', '"none"', 3, "none (do nothing) is always there"),
        ('"low_adoption"', '"low_adoptoin"', 10, "driver is 'low_adoptoin', did you mean low_adoption?"),
        ('"churn"', '"chrun"', 10, "outcome is 'chrun', did you mean churn?"),
        ("-0.30", "-1.30", 10, "odds is -1.3; it is a number above -1"),
        ("accounts = 400", "accounts = 0", 10, "accounts is 0; it is a number above 0"),
        ('steps = ["go"]\n', "", 2, "steps is missing"),
        ('steps = ["go"]', "steps = []", 9, "steps is an empty list; say what the rep does, in 3 to 5 steps"),
        ('steps = ["go"]', 'steps = [" "]', 9, "steps: every one is a text, and not an empty one"),
        ('"Visit them"', '""', 4, "title is empty; say what a rep reads on the card"),
        ("-0.30", "99", 10, "odds is 99; it is a number above -1 and at most 3 (-1 would be certainty; 3 makes odds"),
        ("steps =", 'vendor = " "\nsteps =', 9, "vendor is empty; leave it out, or say"),
        ("steps =", 'funding = "sponsored"\nsteps =', 9, "sponsored by nobody: say which vendor pays"),
        ("steps =", 'funding = "sponsored"\nsteps =', 9, "sponsored without an end: say until when"),
        ("steps =", "sponsored_until = 2027-01-01\nsteps =", 9, "sponsored by nobody: funding is included"),
        ("steps =", "sponsored_until = 2027-01-01T00:00:00\nsteps =", 9, "which is no date"),
        ("steps =", "discount = 1.5\nsteps =", 9, "discount is 1.5; it is a number from 0 to 1"),
        ("hours = 4", "hours = 0x" + "f" * 400, 7, "hours is a very large number; it is a number from 0"),
        ("active_users_28d < 3", "greatest() > 3", 8, "eligible uses greatest() of nothing; say of what"),
        ("segment != 'internal'", "cast(segment AS int) > 3", 8, "fails at a text that cannot be converted"),
        ("segment != 'internal'", "segment::int > 3", 8, "fails at a text that cannot be converted; write TRY_CAST"),
    ],
)
def test_a_mistake_is_named_with_its_line_action_and_cure(written: str, wrong: str, line: int, said: str) -> None:
    """One sentence a mistake: where it stands, which action, what is wrong, what may have been meant."""
    assert written in GOOD
    found = problems(GOOD.replace(written, wrong))
    assert any(f"actions.toml line {line}: action " in problem and said in problem for problem in found), found


def test_every_function_that_is_allowed_looks_at_one_account_only() -> None:
    """Each gives an account the same answer alone as among others; a sum or a rank would not."""
    rows = pl.DataFrame(
        {"x": [1.0, 2.5, None], "s": ["ab", "Bc", None], "d": [date(2026, 1, 2), date(2025, 5, 6), None]}
    )
    said = {"cast": "cast(x AS int)", "try_cast": "try_cast(s AS int)", "extract": "extract(year FROM d)",
            "date_part": "date_part('year', d)", "position": "position('b' IN s)", "if": "if(x > 1, 1, 2)",
            "split_part": "split_part(s, 'b', 1)", "substr": "substr(s, 1, 1)", "substring": "substring(s, 1, 1)",
            "replace": "replace(s, 'a', 'b')"}  # fmt: skip
    two = {"mod", "pow", "power", "log", "greatest", "least", "coalesce", "ifnull", "nullif"}
    of_text = {"char_length", "concat", "ends_with", "initcap", "length", "lower", "ltrim", "octet_length",
               "regexp_like", "reverse", "rtrim", "starts_with", "strpos", "trim", "upper", "left",
               "right"}  # fmt: skip
    with_text = {"concat", "ends_with", "regexp_like", "starts_with", "strpos"}
    for name in sorted(FUNCTIONS):
        second = ", 2" if name in two | {"left", "right"} else ", 'b'" if name in with_text else ""
        text = said.get(name, f"{name}({'s' if name in of_text else 'x'}{second})")
        together = rows.select(found=pl.sql_expr(text))["found"]
        alone = [rows[n : n + 1].select(found=pl.sql_expr(text))["found"].item() for n in range(rows.height)]
        assert together.to_list() == alone, name


def test_all_mistakes_are_named_at_once() -> None:
    """Nobody should correct a file five times."""
    assert len(problems(GOOD.replace("hours = 4", "hours = -4").replace('"help"', '"hlep"'))) == 2


def test_an_id_stands_only_once() -> None:
    """Two actions of one id cannot be told apart in the log."""
    assert "there is an action of this id above: visit" in problems(GOOD + GOOD)[0]


def test_a_text_that_is_no_toml_says_where() -> None:
    """The reader's own message names line and column."""
    assert "line 2" in problems("[[action]]\nid = visit")[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(WrongCatalogue, match=r"actions\.toml: there is no such file"):
        load(tmp_path / "actions.toml", NAMES)
    (tmp_path / "actions.toml").write_text(default_text(), "utf-8")
    assert isinstance(load(tmp_path / "actions.toml", NAMES), Catalogue)


def test_an_account_attribute_may_be_named() -> None:
    """What settings name as an attribute, or as a signal made of one, is known to conditions."""
    names = columns(attribute_signals(UsageRules(attributes=("plan",))), ["tier"])
    wanted = GOOD.replace("active_users_28d < 3", "tier = 'gold' AND attr_plan = 'pro'")
    assert parse(wanted, names).by_id["visit"].condition.columns == ("attr_plan", "segment", "tier")


def test_the_page_of_actions_is_what_the_catalogue_says() -> None:
    """docs/actions.md is written from the default catalogue; a change of one without the other fails here."""
    page = Path(__file__).parents[2] / "docs" / "actions.md"
    assert page.read_text("utf-8") == actions_markdown(default_catalogue())


def test_the_journey_counts_as_hours() -> None:
    """Eight hours on site and four of travel are twelve of the week."""
    visit = default_catalogue().by_id["health_check_on_site"]
    row = default_catalogue().frame.filter(pl.col("action") == visit.id)
    assert (visit.hours, visit.travel_hours, row["hours"].item()) == (8.0, 4.0, 12.0)
