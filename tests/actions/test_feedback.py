"""What people answer flows back into the next plan, each answer where it belongs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from consumption.actions.acceptance import acceptance, own_words
from consumption.actions.catalogue import NONE, Catalogue
from consumption.actions.choices import choices
from consumption.actions.inputs import Inputs
from consumption.actions.meaning import MEANINGS, WRONG_CONTACT_DAYS, WRONG_DATA_DAYS
from consumption.actions.quiet import quieted
from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.standing import taken_up
from consumption.actions.week import owners, week_hours
from consumption.actions.why import NOT_THEIRS, WHY_NOT, told
from consumption.features.drivers import drivers
from consumption.tables import RESPONSES, RESPONSES_TABLE
from tests.actions.books import MONDAY, book, decided, knowing, small_catalogue

DAY = timedelta(days=1)
ONE, REP = "acct-00000", "rep0@us.example"
ACTIONS = ("x 2 true", "y 1 true")
SHOWN = MONDAY - 3 * DAY


def said(response: str, at: datetime = SHOWN + timedelta(hours=9), **more: str | None) -> pl.DataFrame:
    """The owner's answer to the decision d0; `until` and `handed_to` as the store hands them on."""
    told = ",".join(f'"{k}":"{more.pop(k)}"' for k in ("until", "handed_to") if k in more)
    row = {"response_id": "r0", "decision_id": "d0", "timestamp": at, "response": response, "actor": REP, **more}
    frame = pl.DataFrame([row | {"attributes": f"{{{told}}}"}], schema_overrides={"reason": pl.String})
    return pl.concat([pl.DataFrame(schema=RESPONSES_TABLE.stored_schema), frame], how="diagonal_relaxed")


def asked(answer: pl.DataFrame, days: int = 0, **attributes: str) -> Inputs:
    """A book whose first account was offered x on Friday, and what its rep answered; so many days from Monday."""
    told = "{" + ",".join(f'"{k}":"{v}"' for k, v in attributes.items()) + "}"
    past = decided((ONE, SHOWN, "x", None)).with_columns(attributes=pl.lit(told))
    rules = PolicyRules(plans=4, explore=0.0, hour_cost=1.0)
    given = book(3, owners=1, catalogue=small_catalogue(*ACTIONS), policy=rules, holdout=HoldoutRules(share=0.0))
    return replace(given, as_of=MONDAY + days * DAY, known=knowing(decisions=past, responses=answer))


def open_to(given: Inputs) -> str:
    """Which actions are open to the first account."""
    pairs = choices(given, given.believed).pairs.filter((pl.col("account_id") == ONE) & pl.col("open"))
    return "".join(pairs["action"].sort())


# Open on Monday, after two more weeks, and after the sixty days that an action rests. Answered on Friday.
FOLLOWS: Mapping[tuple[str, str | None], tuple[str, str, str]] = {
    ("accepted", None): ("", "y", "xy"),
    ("completed", None): ("", "y", "xy"),
    ("handed_over", None): ("", "y", "xy"),
    ("dismissed", None): ("", "y", "xy"),
    ("dismissed", "customer_said_no"): ("", "y", "xy"),
    ("dismissed", "already_in_hand"): ("", "y", "xy"),
    ("dismissed", "in our own words"): ("", "y", "xy"),
    ("dismissed", "wrong_time"): ("", "xy", "xy"),
    ("dismissed", "wrong_contact"): ("y", "xy", "xy"),
    ("dismissed", "wrong_data"): ("y", "y", "xy"),
    ("dismissed", "not_mine"): ("", "", ""),
}


@pytest.mark.parametrize(("answer", "follows"), FOLLOWS.items())
def test_each_answer_closes_what_it_speaks_of_and_for_as_long(
    answer: tuple[str, str | None], follows: tuple[str, str, str]
) -> None:
    """Whoever was in touch is left alone two weeks; what was done or refused rests sixty; all else is open."""
    told = said(answer[0], reason=answer[1])
    assert tuple(open_to(asked(told, days)) for days in (0, 15, 60)) == follows


HINTS = (*ACTIONS, "h 0 true")


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("customer_said_no", ("", "hy")),
        ("wrong_time", ("", "hxy")),
        ("in our own words", ("", "hy")),
        ("already_in_hand", ("h", "hy")),
        ("wrong_data", ("hy", "hy")),
    ],
)
def test_who_wants_nothing_now_gets_no_hint_in_the_product_either(reason: str, found: tuple[str, str]) -> None:
    """What runs by itself stays away as long as people do: two weeks, and then both may come again."""
    given = asked(said("dismissed", reason=reason))
    entries = [replace(a, delivery="self_service" if a.id == "h" else a.delivery) for a in small_catalogue(*HINTS)]
    given = replace(given, catalogue=Catalogue(tuple(entries)))
    assert tuple(open_to(replace(given, as_of=MONDAY + days * DAY)) for days in (0, 15)) == found


def test_no_answer_is_forgotten() -> None:
    """Every response of the contract means something, and so does every reason that a card offers."""
    assert {response for response, code in MEANINGS if not code} == set(RESPONSES)
    tried = {*FOLLOWS, ("snoozed", None), ("snoozed", "seasonal"), ("replaced", None)}
    assert {(r, code or None) for r, code in MEANINGS} <= tried


def test_a_snoozed_account_is_left_alone_until_its_day() -> None:
    """Not two weeks and then something else: until the day that was named, then at once."""
    later = said("snoozed", until="2026-04-10", reason="customer_asked")
    assert [open_to(asked(later, days)) for days in (0, 30, 38, 39)] == ["", "", "", "xy"]


def test_a_quiet_season_silences_its_signal_and_not_the_account() -> None:
    """The card waits; other actions stay open, but none by that signal; afterwards it is believed again."""
    later = said("snoozed", until="2026-04-10", reason="seasonal")
    assert [open_to(asked(later, days)) for days in (0, 38, 39)] == ["y", "y", "xy"]
    for days, silent in ((0, True), (38, True), (39, False)):
        given = asked(later, days, reason_code="active_users_28d")
        assert (quieted(given).snapshot["active_users_28d"][0] is None) is silent
        assert quieted(given).snapshot["active_users_28d"][1:].null_count() == 0


@pytest.mark.parametrize(("days", "silent"), [(0, True), (WRONG_DATA_DAYS - 4, True), (WRONG_DATA_DAYS - 3, False)])
def test_a_number_said_to_be_wrong_is_not_believed_for_four_weeks(days: int, *, silent: bool) -> None:
    """No driver is moved by it, no condition holds by it, it is no reason; ranks and other accounts are as before."""
    given = asked(said("dismissed", reason="wrong_data"), days, reason_code="seat_utilisation_28d")
    given = replace(given, drivers=drivers(given.snapshot, given.population))
    found = quieted(given)
    here = pl.col("account_id") == ONE
    without = given.snapshot.with_columns(pl.when(~here).then("seat_utilisation_28d").alias("seat_utilisation_28d"))
    assert found.drivers.sort("account_id").equals(drivers(without if silent else given.snapshot, given.population))
    assert found.ranked is given.ranked
    told = replace(given, reasons=given.reasons.with_columns(code=pl.lit("seat_utilisation_28d")))
    left = set(quieted(told).reasons["account_id"])
    assert (ONE in left) is not silent
    assert len(left) == (2 if silent else 3)


def test_the_wrong_contact_pauses_the_action_until_there_is_another() -> None:
    """Nobody was reached, so nothing else waits."""
    told = said("dismissed", reason="wrong_contact")
    days = WRONG_CONTACT_DAYS - 3
    assert [open_to(asked(told, d)) for d in (days - 1, days)] == ["y", "xy"]


def test_what_is_not_theirs_comes_back_with_another_owner() -> None:
    """Nothing more goes to who said so, whatever the action; a new owner gets it at once."""
    given = asked(said("dismissed", reason="not_mine"))
    pairs = choices(given, given.believed).pairs.filter(pl.col("account_id") == ONE)
    assert pairs["why"].unique().to_list() == [WHY_NOT[NOT_THEIRS]]
    moved = given.population.with_columns(
        owner=pl.when(pl.col("account_id") == ONE).then(pl.lit("bea@us.example")).otherwise("owner")
    )
    assert open_to(replace(given, population=moved)) == "xy"


def test_what_is_not_theirs_says_so_and_not_that_nothing_fits() -> None:
    """A reason of its own wherever it is read: in the plan, its export, and for a rep from what they may read of."""
    done = recommend(asked(said("dismissed", reason="not_mine")))
    row = done.recommendations.row(by_predicate=pl.col("account_id") == ONE, named=True)
    assert (row["action"], row["why_not"]) == (NONE, "not_theirs")
    assert row["reason_text"] == "Whoever has it said that it is not theirs; it waits for another owner"
    weighed = done.alternatives.filter((pl.col("account_id") == ONE) & pl.col("told"))
    assert told(weighed["why"].to_list(), notice_given=False) == "not_theirs"
    assert done.summary["why_not_not_theirs"] == 1


def test_what_waits_for_another_owner_stands_before_what_does_not_fit() -> None:
    """Of many actions that fit nowhere and would bring more, five are listed; the one that fits is among them."""
    entries = [f"z{n} 1 tenure_days < 0" for n in range(8)]
    given = asked(said("dismissed", reason="not_mine"))
    given = replace(given, catalogue=small_catalogue("x 2 true", *entries))
    listed = recommend(given).alternatives.filter(pl.col("account_id") == ONE)
    assert listed["action"][0] == "x"
    assert listed["why"][0] == WHY_NOT[NOT_THEIRS]


def worked(given: Inputs) -> dict[str, float]:
    """The hours that are left in the week, by owner."""
    past = taken_up(given.known.decisions, given.known.responses, (), tuple(given.catalogue.by_id))
    found = week_hours(
        owners(given.population), given.known.people, given.catalogue, given.capacity, as_of=given.as_of,
        taken_up=past,
    )  # fmt: skip
    return {owner: hours for owner, skill, hours in found.iter_rows() if skill is None}


def test_what_is_done_instead_is_what_happened() -> None:
    """The action chosen in its place takes its own hours and rests; the one that was not done only waits."""
    told = said("replaced", action="y", at=MONDAY + timedelta(hours=9))
    assert [open_to(asked(told, days)) for days in (1, 15, 61)] == ["", "x", "xy"]
    assert worked(asked(told, 1)) == {REP: 7.0}
    own = said("replaced", action="go and see them", at=MONDAY + timedelta(hours=9))
    assert [open_to(asked(own, days)) for days in (1, 15)] == ["", "y"]
    assert worked(asked(own, 1)) == {REP: 6.0}


def test_who_takes_over_pays_with_their_own_hours() -> None:
    """A card handed over is started work: of the one who has it now."""
    told = said("handed_over", handed_to="rep1@us.example", at=MONDAY + timedelta(hours=9))
    given = asked(told, 1)
    two = given.population.with_columns(
        owner=pl.when(pl.col("account_id") == "acct-00001").then(pl.lit("rep1@us.example")).otherwise("owner")
    )
    assert worked(replace(given, population=two)) == {REP: 8.0, "rep1@us.example": 6.0}


@pytest.mark.parametrize("actor", [REP, REP.upper(), "crm-sync", "rep9@us.example"])
def test_what_nobody_of_the_team_did_takes_the_owners_hours(actor: str) -> None:
    """A program tells what was done, or somebody unknown: the hours went to the account all the same."""
    given = asked(said("completed").clear(), 1)
    own = given.known.decisions.with_columns(
        timestamp=pl.lit(MONDAY + timedelta(hours=9)).cast(given.known.decisions.schema["timestamp"]),
        decided_by=pl.lit("rep"),
        attributes=pl.lit(json.dumps({"actor": actor})),
    )
    assert worked(replace(given, known=replace(given.known, decisions=own))) == {REP: 6.0}


@pytest.mark.parametrize("reason", ["wrong_data", "wrong_contact", "not_mine", "wrong_time", "customer_said_no"])
def test_what_was_refused_takes_no_hours(reason: str) -> None:
    """Only what somebody does uses the week up."""
    told = said("dismissed", reason=reason, at=MONDAY + timedelta(hours=9))
    assert worked(asked(told, 1)) == {REP: 8.0}


def test_the_last_answer_counts() -> None:
    """Put off first, then done: it was done, when it was."""
    first = said("snoozed", until="2026-03-20")
    second = said("completed", at=MONDAY - timedelta(hours=2)).with_columns(response_id=pl.lit("r1"))
    given = asked(pl.concat([first, second]))
    assert [open_to(replace(given, as_of=MONDAY + days * DAY)) for days in (13, 14)] == ["", "y"]


def test_answers_never_change_what_was_assigned() -> None:
    """Whom an action was meant for is what is learned from, whether or not somebody did it."""
    given = asked(said("dismissed", reason="not_mine"))
    again = replace(given, known=replace(given.known, responses=given.known.responses.clear()))
    assert given.known.decisions.equals(again.known.decisions)
    kept = recommend(again).decisions.select("account_id", "action", "reason_code")
    assert kept.filter(pl.col("action") != NONE)["reason_code"].unique().to_list() == ["signal_1"]
    assert kept.filter(pl.col("action") == NONE)["reason_code"].null_count() == (kept["action"] == NONE).sum()


def test_acceptance_is_counted_by_action_and_by_why() -> None:
    """Shown, taken up, put off, not right with its reasons, something else; what is sent by itself is no card."""
    rows = [(f"a{n}", SHOWN, "x", None) for n in range(6)] + [("b", SHOWN, "hint", None), ("c", SHOWN, "y", None)]
    answers = [
        ("accepted", None, None), ("dismissed", "wrong_time", None), ("dismissed", "wrong_time", None),
        ("dismissed", "no budget", None), ("replaced", None, "visit them"), ("snoozed", "seasonal", None),
    ]  # fmt: skip
    told = pl.concat(
        said(response, reason=reason, action=action).with_columns(
            response_id=pl.lit(f"r{n}"), decision_id=pl.lit(f"d{n}")
        )
        for n, (response, reason, action) in enumerate(answers)
    )
    found = acceptance(decided(*rows), told, ("hint",)).rows()
    assert found == [("x", 6, 1, 1, 3, 1, "wrong time 2, another reason 1"), ("y", 1, 0, 0, 0, 0, "")]
    own = decided((ONE, MONDAY, "visit them", None), (ONE, MONDAY, "x", None), by="rep").with_columns(
        attributes=pl.Series(['{"in_own_words":true}', "{}"])
    )
    assert own_words(decided(*rows), told, ("x", "y")) == [("visit them", 1)]
    assert own_words(pl.concat([decided(*rows), own]), told, ("x", "y")) == [("visit them", 2)]


def own_choice(action: str, at: datetime = SHOWN, **attributes: object) -> Inputs:
    """The same book, in which somebody did something for the first account that no plan had chosen."""
    past = decided((ONE, at, action, None), by="rep").with_columns(attributes=pl.lit(json.dumps(attributes)))
    return replace(asked(pl.DataFrame(schema=RESPONSES_TABLE.stored_schema)), known=knowing(decisions=past))


def test_what_a_rep_did_by_himself_closes_what_it_would_close_as_a_card() -> None:
    """The customer is left alone two weeks and the action rests sixty days; words rest no action."""
    for action, follows in (("x", ("", "y", "xy")), ("Took them to lunch", ("", "xy", "xy"))):
        given = own_choice(action)
        assert tuple(open_to(replace(given, as_of=MONDAY + days * DAY)) for days in (0, 15, 60)) == follows


def test_what_a_rep_did_by_himself_takes_his_own_hours() -> None:
    """Of the week it was done in, whoever owns the account; what is told in words takes none that is known."""
    at = MONDAY + timedelta(hours=9)
    for action, actor, hours in (("x", REP, 6.0), ("x", "bea@us.example", 8.0), ("Took them to lunch", REP, 8.0)):
        given = replace(own_choice(action, at, actor=actor), as_of=MONDAY + DAY)
        team = pl.DataFrame({"email": ["bea@us.example"]})
        known = replace(given.known, people=pl.concat([given.known.people, team], how="diagonal"))
        assert worked(replace(given, known=known)) == {REP: hours}


def test_a_day_is_a_day() -> None:
    """The dates above are what they are said to be."""
    assert MONDAY.date() + 39 * DAY == date(2026, 4, 10)
