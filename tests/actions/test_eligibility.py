"""Who may get which action, and who must be left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from consumption.actions.catalogue import Catalogue, parse
from consumption.actions.choices import choices
from consumption.actions.eligibility import eligible
from consumption.actions.facts import Known, columns, gather
from consumption.actions.recommend import recommend
from consumption.actions.rules import PolicyRules
from consumption.actions.standing import taken_up
from consumption.tables import CONTACTS, CONTRACTS, PRODUCTS
from tests.actions.books import (
    MONDAY,
    answered,
    book,
    decided,
    default_catalogue,
    knowing,
    small_catalogue,
    touch_all,
)

DAY = timedelta(days=1)


ENTRY = (
    '[[action]]\nid = "{id}"\ntitle = "T"\nmotion = "help"\nservice_line = "support"\nhours = 1\n'
    'eligible = "true"\nsteps = ["go"]\n{more}\n'
)


def may(catalogue: Catalogue, facts: pl.DataFrame) -> list[bool]:
    """Whether each account may get the catalogue's one action."""
    return eligible(catalogue, facts).sort("account_id")["eligible"].to_list()


def test_an_account_is_eligible_where_the_expression_is_true() -> None:
    """The expression decides; what is unknown counts as no."""
    facts = pl.DataFrame({"account_id": ["a", "b", "c"], "active_users_28d": [1.0, 9.0, None]})
    assert may(small_catalogue("x 1 active_users_28d < 3"), facts) == [True, False, False]


def test_a_number_that_is_none_is_unknown() -> None:
    """NaN is larger than everything to the engine; to a condition it is unknown."""
    inputs = book(2)
    snapshot = inputs.snapshot.with_columns(active_users_28d=pl.Series([float("nan"), 9.0]))
    facts = gather(snapshot, inputs.population, Known.nothing(), as_of=MONDAY)
    assert may(small_catalogue("x 1 active_users_28d > 3"), facts) == [False, True]


def test_why_an_action_is_closed_is_said() -> None:
    """The sentence repeats the condition."""
    facts = pl.DataFrame({"account_id": ["a"], "active_users_28d": [9.0]})
    why = eligible(small_catalogue("x 1 active_users_28d < 3"), facts)["why"].to_list()
    assert why == ["Its condition does not hold: active_users_28d < 3"]


def test_after_notice_only_the_rescue_is_open() -> None:
    """An account that gave notice is no longer on anyone's list but the rescuer's."""
    inputs = touch_all(book(1), notice_given=pl.lit(value=True))
    facts = gather(inputs.snapshot, inputs.population, Known.nothing(), as_of=MONDAY)
    found = eligible(default_catalogue(), facts).filter("eligible")
    assert found["action"].to_list() == ["notice_rescue"]


def test_nobody_is_contacted_who_asked_not_to_be() -> None:
    """Where every contact still there says do not contact, nothing is open; one who does not say so opens it."""
    contacts = pl.DataFrame(
        {"contact_id": ["1", "2", "3"], "account_id": ["acct-00000", "acct-00001", "acct-00001"],
         "do_not_contact": [True, True, None]}
    )  # fmt: skip
    known = knowing(contacts=pl.concat([pl.DataFrame(schema=CONTACTS.schema), contacts], how="diagonal"))
    inputs = book(2)
    facts = gather(inputs.snapshot, inputs.population, known, as_of=MONDAY)
    assert may(small_catalogue("x 1 true"), facts) == [False, True]


def test_a_legal_dispute_closes_everything() -> None:
    """The account attribute `legal_dispute` says so."""
    inputs = touch_all(book(2), attributes=pl.Series(['{"legal_dispute":"true"}', '{"legal_dispute":"false"}']))
    facts = gather(inputs.snapshot, inputs.population, Known.nothing(), as_of=MONDAY)
    assert may(small_catalogue("x 1 true"), facts) == [False, True]


def test_a_duty_goes_to_nobody_who_must_be_left_alone() -> None:
    """Notice was given, and a legal dispute is open or nobody there wants contact: no action, no duty either."""
    inputs = touch_all(
        book(3, owners=1),
        notice_given=pl.lit(value=True),
        attributes=pl.Series(['{"legal_dispute":"true"}', "{}", "{}"]),
    )
    contacts = pl.DataFrame({"contact_id": ["1"], "account_id": ["acct-00001"], "do_not_contact": [True]})
    known = knowing(contacts=pl.concat([pl.DataFrame(schema=CONTACTS.schema), contacts], how="diagonal"))
    done = recommend(replace(inputs, known=known, policy=PolicyRules(plans=4)))
    assert done.recommendations["action"].to_list() == ["none", "none", "notice_rescue"]
    assert done.recommendations["why_not"].to_list()[:2] == ["ineligible", "ineligible"]


def test_what_closes_most_is_said_first() -> None:
    """A dispute before contacts who want none, these before a notice, and that before the condition."""
    guards = {"legal_dispute": [True, None, None, None], "do_not_contact": [True, True, None, None]}
    facts = pl.DataFrame({"account_id": ["a", "b", "c", "d"], **guards, "notice_given": [True, True, True, False]})
    told = eligible(small_catalogue("x 1 false"), facts)["why"].to_list()
    assert [why.split()[0] for why in told] == ["A", "Everyone", "Notice", "Its"]


def contracts(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Contracts in force: account_id, product, kind each."""
    frame = pl.DataFrame(
        [(f"c{n}", *row, (MONDAY - 9 * DAY).date(), (MONDAY + 9 * DAY).date()) for n, row in enumerate(rows)],
        schema={"contract_id": pl.String, "account_id": pl.String, "product": pl.String, "kind": pl.String,
                "starts_on": pl.Date, "ends_on": pl.Date},
        orient="row",
    )  # fmt: skip
    return pl.concat([pl.DataFrame(schema=CONTRACTS.schema), frame], how="diagonal")


def test_contracts_in_force_can_be_named() -> None:
    """Conditions know of which kinds an account has contracts."""
    known = knowing(contracts=contracts(("acct-00000", "loader", "outcome")))
    inputs = book(2)
    facts = gather(inputs.snapshot, inputs.population, known, as_of=MONDAY)
    assert may(small_catalogue("x 1 has_outcome_contract"), facts) == [True, False]
    assert may(small_catalogue("x 1 contracts = 0"), facts) == [False, True]


def test_a_vendors_action_is_for_those_who_own_its_products() -> None:
    """What one vendor pays for is not done for another's customers."""
    products = pl.DataFrame({"product": ["loader", "desk"], "vendor": ["Acme", "Bolt"]})
    known = knowing(
        contracts=contracts(("acct-00000", "loader", "subscription"), ("acct-00001", "desk", "subscription")),
        products=pl.concat([pl.DataFrame(schema=PRODUCTS.schema), products], how="diagonal"),
    )
    text = (
        '[[action]]\nid = "x"\ntitle = "x"\nmotion = "help"\nservice_line = "sales"\nhours = 1\nvendor = "Acme"\n'
        'eligible = "true"\nsteps = ["do"]'
    )
    inputs = book(2)
    facts = gather(inputs.snapshot, inputs.population, known, as_of=MONDAY)
    assert may(parse(text, columns([])), facts) == [True, False]
    planned = replace(inputs, known=known, catalogue=parse(text, columns([])))
    assert choices(planned, planned.believed).pairs["eligible"].to_list() == [True, False]


def test_what_a_vendor_sponsored_ends_with_its_money() -> None:
    """On the day the sponsoring ends the action is closed."""
    text = (
        '[[action]]\nid = "x"\ntitle = "x"\nmotion = "help"\nservice_line = "sales"\nhours = 1\nvendor = "Acme"\n'
        'funding = "sponsored"\nsponsored_until = 2026-03-02\neligible = "true"\nsteps = ["do"]'
    )
    facts = pl.DataFrame({"account_id": ["a"], "vendors": [["Acme"]]})
    days = (MONDAY.date() - DAY, MONDAY.date())
    assert [eligible(parse(text, columns([])), facts, on=day)["eligible"][0] for day in days] == [True, False]


def test_what_is_sent_by_itself_has_happened_once_it_was_decided() -> None:
    """Nobody answers for it; it cools down, takes no hours, and rests held-out accounts too."""
    past = decided(
        ("a", MONDAY - DAY, "hint", None), ("b", MONDAY - DAY, "none", "hint"), ("c", MONDAY - DAY, "x", None)
    )
    found = taken_up(past, answered(), ("hint",)).sort("account_id")
    assert found.select("account_id", "action", "worked_on", "withheld").rows() == [
        ("a", "hint", False, False),
        ("b", "hint", False, True),
    ]
