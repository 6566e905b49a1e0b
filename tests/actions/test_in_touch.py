"""Whoever of us spoke with an account is in touch with it, with a card or without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from consumption.actions.catalogue import Catalogue, parse
from consumption.actions.choices import choices
from consumption.actions.facts import SPOKEN, Known
from consumption.actions.in_touch import looked_back
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules, PolicyRules
from consumption.actions.why import CONTACTED, told
from consumption.lake.history import History
from consumption.tables import TIMESTAMP
from tests.actions.books import MONDAY, answered, book, decided, knowing, small_catalogue

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONE = "acct-00000"
RULES = PolicyRules(plans=4, explore=0.0, hour_cost=1.0)
ENTRY = (
    '[[action]]\nid = "{id}"\ntitle = "T"\nmotion = "help"\nservice_line = "support"\nhours = {hours}\n'
    'eligible = "true"\nsteps = ["go"]\n{more}\n'
)


def talk(ago: timedelta = 3 * DAY, channel: str = "call", account: str = ONE) -> pl.DataFrame:
    """One talk, as `Known.interactions` has it."""
    return pl.DataFrame([(account, MONDAY - ago, channel)], schema=Known.nothing().interactions.schema, orient="row")


def given(catalogue: Catalogue | None = None, rules: PolicyRules = RULES, **known: pl.DataFrame) -> Inputs:
    """A book of three accounts, nobody held out."""
    catalogue = catalogue or small_catalogue("x 2 true", "y 1 true")
    return book(
        3, owners=1, catalogue=catalogue, policy=rules, holdout=HoldoutRules(share=0.0), known=knowing(**known)
    )


def open_to(inputs: Inputs, account: str = ONE) -> str:
    """Which actions are open to an account."""
    pairs = choices(inputs, inputs.believed).pairs.filter((pl.col("account_id") == account) & pl.col("open"))
    return "".join(pairs["action"].sort())


def test_an_account_that_was_spoken_with_is_left_alone_five_days() -> None:
    """On the sixth it is open again; other accounts are open all the while."""
    found = [open_to(given(interactions=talk(ago))) for ago in (HOUR, 5 * DAY, 5 * DAY + HOUR)]
    assert found == ["", "", "xy"]
    assert open_to(given(interactions=talk()), "acct-00001") == "xy"


def test_the_lead_says_how_long() -> None:
    """A setting: none at all, or longer; what an action says itself goes before."""
    for days, found in ((0, "xy"), (2, "xy"), (4, "")):
        rules = replace(RULES, logged_contact_days=days)
        assert open_to(given(rules=rules, interactions=talk())) == found
    text = ENTRY.format(id="x", hours=1, more="contact_gap_days = 0") + ENTRY.format(id="y", hours=1, more="")
    longer = text + ENTRY.format(id="z", hours=1, more="contact_gap_days = 40")
    assert open_to(given(parse(text, []), interactions=talk())) == "x"
    assert open_to(given(parse(longer, []), interactions=talk(20 * DAY))) == "xy"
    assert (looked_back(parse(text, []), 5), looked_back(parse(longer, []), 5)) == (5, 40)


def test_duties_and_what_runs_by_itself_wait_for_no_talk() -> None:
    """A duty is done whoever spoke with whom; a hint in the product is nobody's visit."""
    text = ENTRY.format(id="d", hours=1, more="mandatory = true")
    text += ENTRY.format(id="h", hours=0, more='delivery = "self_service"') + ENTRY.format(id="x", hours=1, more="")
    assert open_to(given(parse(text, []), interactions=talk())) == "dh"


def test_the_plan_says_when_somebody_was_in_touch_and_how() -> None:
    """In words on the account's page; the account counts as contacted."""
    both = pl.concat([talk(3 * DAY, "training"), talk(4 * DAY, "call"), talk(HOUR, "visit", "acct-00001")])
    done = recommend(given(interactions=both))
    assert done.recommendations["why_not"].to_list()[:2] == [CONTACTED, CONTACTED]
    whys = done.alternatives.group_by("account_id").agg(pl.col("why").unique()).sort("account_id")["why"].to_list()
    said = ["Somebody was in touch 3 days ago: training"], ["Somebody was in touch yesterday: visit"]
    assert tuple(whys[:2]) == said
    assert told(whys[0], notice_given=False) == CONTACTED


def test_the_talk_that_carries_out_a_card_counts_once() -> None:
    """Taken up 15 days ago, the meeting 4 days ago: the account is open, only what was done rests."""
    past, meeting = decided((ONE, MONDAY - 18 * DAY, "x", None)), talk(4 * DAY, "meeting")

    def found(answered_ago: int) -> str:
        answer = answered(("d0", "accepted"), at=MONDAY - answered_ago * DAY)
        return open_to(given(decisions=past, responses=answer, interactions=meeting))

    assert found(15) == "y"
    assert found(18) == "y", "two weeks to the day"
    past = decided((ONE, MONDAY - 25 * DAY, "x", None))
    assert found(19) == "", "it was left alone no more by then, so this talk is another one"


def test_a_refused_card_had_no_meeting() -> None:
    """A talk after a refusal is one of its own."""
    past, answer = decided((ONE, MONDAY - 18 * DAY, "x", None)), answered(("d0", "dismissed"), at=MONDAY - 15 * DAY)
    assert open_to(given(decisions=past, responses=answer, interactions=talk(4 * DAY))) == ""


def test_a_card_that_stands_is_not_silenced_by_the_talk_it_asked_for() -> None:
    """The rep had the meeting before answering the card: it stays on the list until it is answered."""
    begun = given()
    monday = recommend(begun)
    assert monday.recommendations["action"][0] != "none"
    log = monday.decisions.with_columns(timestamp=pl.lit(MONDAY, TIMESTAMP), attributes=pl.lit("{}"))
    spoken = talk(-HOUR, "meeting")
    later = replace(
        begun, as_of=MONDAY + DAY, known=knowing(decisions=log, interactions=spoken), members=monday.members
    )
    tuesday = recommend(later)
    assert tuesday.recommendations["action"][0] == monday.recommendations["action"][0]
    assert tuesday.ended.is_empty()


# In the lake: what was known, and when.


def history(*rows: dict[str, Any], **other: pl.DataFrame) -> History:
    """Interactions of account a, by default a call three days before Monday that was known at once."""
    plain = {"interaction_id": "i", "account_id": "a", "timestamp": MONDAY - 3 * DAY, "channel": "call"}
    made = [plain | row for row in rows]
    frame = pl.DataFrame([row | {"received_at": row.get("received_at", row["timestamp"])} for row in made])
    return History.of(interactions=frame, **other)


def spoken(past: History, days: int = 5) -> list[tuple[Any, ...]]:
    """Who was spoken with, as known on Monday."""
    return Known.of(past, MONDAY, spoken_days=days).interactions.rows()


CALL = ("a", MONDAY - 3 * DAY, "call")


@pytest.mark.parametrize("channel", ["ticket", "survey", "call", "email", "meeting", "training", "visit", "invoice"])
def test_only_what_people_say_to_each_other_is_a_contact(channel: str) -> None:
    """A ticket or a survey is the customer's, an invoice nobody's, and an e-mail may have gone to everybody."""
    found = spoken(history({"channel": channel}))
    assert found == ([(*CALL[:2], channel)] if channel in SPOKEN else [])


def test_a_talk_counts_from_when_it_was_known() -> None:
    """What came in later, or happens later, was not known; nor is more read than was asked for."""
    assert spoken(history({})) == [CALL]
    assert spoken(history({"received_at": MONDAY})) == []
    assert spoken(history({"timestamp": MONDAY, "received_at": MONDAY - DAY})) == []
    assert spoken(history({"timestamp": MONDAY - 6 * DAY})) == []
    assert spoken(history({}), days=0) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"account_id": "b"}, [("b", *CALL[1:])]),
        ({"channel": "ticket"}, []),
        ({"timestamp": MONDAY - 40 * DAY}, []),
        ({"channel": "visit", "received_at": MONDAY}, [CALL]),
    ],
)
def test_a_talk_that_was_corrected_counts_as_corrected(said: dict[str, Any], found: list[tuple[Any, ...]]) -> None:
    """Another account, another kind, another day: from when that was known."""
    past = history({}, {"received_at": MONDAY - DAY} | said)
    assert spoken(past) == found
    assert spoken(past.collect()) == found


def test_a_talk_with_an_account_that_was_merged_is_the_survivors() -> None:
    """From when the merge was known."""
    accounts = pl.DataFrame({"account_id": ["a", "b"], "created_at": [MONDAY - DAY] * 2, "merged_into": ["b", None]})
    assert spoken(history({}, accounts=accounts)) == [("b", *CALL[1:])]


def test_nothing_of_persons_is_read_with_it() -> None:
    """Who was erased is in none of it: when and how, and with which account."""
    frame = Known.of(history({"user_id": "olga", "text": "Olga said"}), MONDAY, spoken_days=5).interactions
    assert frame.columns == ["account_id", "timestamp", "channel"] == Known.nothing().interactions.columns
    assert frame.schema == Known.nothing().interactions.schema


def test_one_account_knows_its_own_talks() -> None:
    """As of everybody, so of one."""
    past = history({}, {"interaction_id": "j", "account_id": "b", "channel": "visit"})
    assert Known.of(past, MONDAY, spoken_days=5).about("b").interactions.rows() == [("b", CALL[1], "visit")]
