"""What Today and Account say, without a browser: pure functions from the store's records."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.actions.meaning import MEANINGS
from consumption.serving.sources import Asked, account_source, today_source
from consumption.serving.views import AccountView, TodayView, account_view, frame_view, today_view
from consumption.serving.views.answers import DISMISS_REASONS, SNOOZE_REASONS
from consumption.serving.views.colleagues import colleagues
from consumption.serving.views.entitlement import entitlement_view
from consumption.serving.views.sent import sent_lines
from consumption.serving.views.why import why_not
from consumption.store.outbox import Queued
from consumption.store.records import Answer, Person
from consumption.store.sql import Store
from consumption.store.viewer import Viewer
from tests.serving.pages.conftest import NOW
from tests.serving.pages.week import ADA, BEN, CARLA, DEV, WEEK, account_id, midnight, publication, recommendation_id

NBSP = "\N{NO-BREAK SPACE}"
STATISTICS = re.compile(
    r"probabilit|propensit|calibrat|\bscore|confidence|percentile|churn|held.?out|control group", re.IGNORECASE
)


def viewer(email: str, role: str = "rep") -> Viewer:
    """Somebody of the team, signed in."""
    return Viewer(
        email, email.split("@", maxsplit=1)[0].capitalize(), role, frozenset({"read", "respond"}), via="session"
    )


def today_of(store: Store, who: Viewer, **asked: str) -> TodayView:
    """Their page."""
    return today_view(today_source(store, who, Asked(**asked), now=NOW), now=NOW)


def account_of(store: Store, position: int, who: Viewer | None = None) -> AccountView:
    """The page of an account."""
    plan = store.latest_plan()
    assert plan is not None
    return account_view(account_source(store, who or viewer(ADA), account_id(position), plan), now=NOW)


def text_of(view: TodayView | AccountView) -> str:
    """All its words."""
    return str(asdict(view))


def test_the_list_is_the_plan_one_card_an_account(store: Store) -> None:
    """As many cards as the plan gave, best first, and the hours they take of those there are."""
    page = today_of(store, viewer(ADA))
    assert [card.account_name for card in page.cards] == [entry[0] for entry in WEEK[:8]]
    assert page.summary == "8 cards · 7.5 of 8 hours"
    assert page.title == "Your week, 23\N{EN DASH}29 Nov"


def test_a_card_says_what_can_be_said_on_the_phone(store: Store) -> None:
    """Motion in words, one reason with numbers, what to do, money in words, the date that decides."""
    card = today_of(store, viewer(ADA)).cards[0]
    assert (card.motion_words, card.action_title, card.hours) == (
        "Needs help",
        "Run role-based training",
        "1.5 hours",
    )
    assert card.reason == "Weekly active users fell from 31 to 12; peers have 34."
    said = dict(card.detail)
    assert said["What is at stake"] == (
        "€120k a year, 31k of it at risk. About 1 in 3 such accounts leave within six months."
    )
    assert said["The date that decides"] == "Can leave until 11 Jan."
    assert card.other_reasons == (
        "Only 28 % of the seats are in use; peers use 61 %.",
        "A severe ticket has been open for 19 days.",
    )


def test_an_account_that_may_grow_is_told_so(store: Store) -> None:
    """Its money is what is within reach, not what is at risk."""
    card = today_of(store, viewer(ADA)).cards[2]
    assert card.motion_words == "Ready to grow"
    stake = dict(card.detail)["What it could bring"]
    assert stake == "€86k a year, 12k more within reach. About 1 in 3 such accounts buy more within six months."


def test_nothing_a_rep_reads_is_a_word_of_statistics_or_of_the_experiment(store: Store) -> None:
    """No probability, score or control group on any page of a rep; the held-out account is one of them."""
    assert not STATISTICS.findall(text_of(today_of(store, viewer(ADA))))
    for position in range(1, len(WEEK) + 1):
        assert not STATISTICS.findall(text_of(account_of(store, position)))


def test_a_held_out_account_reads_like_one_without_hours(store: Store) -> None:
    """A control group that people know of is none."""
    why = {row.name: row.why for row in today_of(store, viewer(ADA)).waiting}
    assert why["Redwood Analytics"] == why["Quayside Insurance"] == "Not in this quarter's plan."
    assert account_of(store, 10).no_advice == account_of(store, 9).no_advice
    assert [o.why for o in account_of(store, 10).others] == [o.why for o in account_of(store, 9).others]


def test_an_engineer_may_tell_the_control_group(store: Store) -> None:
    """Whoever checks the proof must see what was withheld."""
    assert "Held out" in account_of(store, 10, viewer(DEV, "engineer")).no_advice


def test_everything_else_can_wait_and_says_why(store: Store) -> None:
    """Every other account of the owner has a sentence; no code shows."""
    page = today_of(store, viewer(ADA))
    assert page.waiting_title == "Everything else can wait: see why (5 accounts)."
    assert all(row.why.endswith(".") and "_" not in row.why for row in page.waiting)


def test_what_was_answered_leaves_the_list_but_not_the_week(store: Store) -> None:
    """A started card stays where it is; one that was snoozed or refused is kept below, with what was said."""
    store.respond(recommendation_id(2), Answer("accepted", ADA), NOW)
    store.respond(recommendation_id(3), Answer("dismissed", ADA, reason="wrong_time"), NOW)
    store.respond(
        recommendation_id(4), Answer("snoozed", ADA, reason="seasonal", until=NOW.date() + timedelta(9)), NOW
    )
    page = today_of(store, viewer(ADA))
    assert page.cards[1].state == "started"
    assert [card.said for card in page.answered] == [
        "Not right: wrong time.",
        "Snoozed until 4 Dec: quiet season, as every year.",
    ]
    assert [card.can_reopen for card in page.answered] == [False, True]
    assert page.summary == "8 cards · 7.5 of 8 hours"


def test_what_the_plan_takes_off_the_list_says_why(store: Store) -> None:
    """A card whose reason cleared, or whose hours something else needs, is not gone without a word."""
    tomorrow = publication(midnight(NOW.date() + timedelta(1)))
    ended = pl.DataFrame(
        {"recommendation_id": [recommendation_id(1), recommendation_id(2)], "because": ["cleared", "displaced"]}
    )
    left = tomorrow.recommendations.filter(pl.col("account_id").is_in([account_id(1), account_id(2)]).not_())
    left = left.with_columns(recommendation_id=pl.col("recommendation_id") + "-next")
    log = tomorrow.decisions.filter(pl.col("account_id").is_in(left["account_id"].implode())).with_columns(
        decision_id=pl.col("decision_id") + "-next"
    )
    store.publish(replace(tomorrow, recommendations=left, decisions=log, ended=ended))
    found = {row.name: row.why for row in today_of(store, viewer(ADA)).ended}
    assert found == {
        "Harbour Logistics": "Run role-based training: no longer needed: its reason has cleared.",
        "Nordlicht Energie": "Fix it and escalate: something that is worth more needed its hours.",
    }


def test_a_card_can_be_handed_to_people_of_another_service_line(store: Store) -> None:
    """Reps and leads who do not do the card's own line, with what they do; never whoever has it already."""
    people = [
        Person("ada@x", "Ada", None, None, "rep", ("education",), (), None, None, None),
        Person("bo@x", "Bo", None, None, "rep", ("support", "field"), (), None, None, None),
        Person("cy@x", "Cy", None, None, "lead", ("education",), (), None, None, None),
        Person("di@x", "Di", None, None, "engineer", ("support",), (), None, None, None),
        Person("ed@x", None, None, None, "rep", (), (), None, None, None),
    ]
    card = store.recommendation(recommendation_id(1), visible_to=viewer(ADA))
    assert colleagues(people, replace(card, owner="ada@x")) == (("bo@x", "Bo (support, field)"), ("ed@x", "ed@x"))
    assert colleagues(people, replace(card, owner="ada@x", handed_to="bo@x")) == (("ed@x", "ed@x"),)


def test_a_card_offers_the_answers_that_mean_something() -> None:
    """Every reason on a card is one that the plan goes by, or one in which any reason means the same."""
    offered = {("snoozed", code) for code, _ in SNOOZE_REASONS} | {("dismissed", code) for code, _ in DISMISS_REASONS}
    told = {(response, code) for response, code in MEANINGS if code}
    assert told <= offered
    assert {response for response, _ in offered} <= {response for response, code in MEANINGS if not code}


def test_what_was_done_instead_is_said_in_the_same_words(store: Store) -> None:
    """An action of the catalogue by its title, anything else as it was written."""
    store.respond(recommendation_id(1), Answer("replaced", ADA, action="champion_building"), NOW)
    store.respond(recommendation_id(2), Answer("replaced", ADA, action="visit them on Friday"), NOW)
    said = [card.said for card in today_of(store, viewer(ADA)).answered]
    assert said == [
        "Something else instead: find and build a second champion.",
        "Something else instead: visit them on Friday.",
    ]


def test_a_lead_sees_the_team_and_may_look_at_one(store: Store) -> None:
    """Whose card it is stands on it; another team's list is not to be had."""
    lead = viewer(CARLA, "lead")
    everyone = today_of(store, lead)
    assert (len(everyone.cards), everyone.title) == (10, "The team's week, 23\N{EN DASH}29 Nov")
    assert {card.owner_name for card in everyone.cards} == {"Ada Moreno", "Ben Achterberg"}
    one = today_of(store, lead, owner=BEN)
    assert (len(one.cards), one.summary) == (2, "2 cards · 3 of 8 hours")
    assert today_of(store, viewer(ADA), owner=BEN).cards[0].account_name == "Harbour Logistics"


def test_the_hours_of_a_list_are_those_of_the_plan(store: Store) -> None:
    """In the plan's words, of whose list it is: hours that are gone already are no idle hours."""
    told = [
        {"owner": ADA, "week": 8.0, "there": 6.0, "planned": 6.0},
        {"owner": BEN, "week": 8, "there": 8, "planned": 3},
    ]
    plan = replace(publication(midnight(NOW.date()) + timedelta(days=1)), summary={"hours_of": told})
    store.publish(plan)
    ada = "6 of 6 hours (8 this week, 2 of them taken up already)"
    both = "9 of 14 hours (16 this week, 2 of them taken up already); nothing worth it was found for 5 hours"
    assert today_of(store, viewer(ADA)).summary.endswith(f"cards · {ada}")
    assert today_of(store, viewer(CARLA, "lead")).summary.endswith(f"cards · {both}")


def test_a_search_finds_accounts_of_others_too(store: Store) -> None:
    """Facts are there for everybody; the list stays the owner's."""
    page = today_of(store, viewer(ADA), find="  VELA ")
    assert page.results is not None
    assert [row.name for row in page.results] == ["Vela Robotics"]
    nothing = today_of(store, viewer(ADA), find="no such account")
    assert (nothing.results, nothing.results_title) == ((), "No accounts found for “no such account”")


def test_an_empty_list_says_why(store: Store, empty_store: Store) -> None:
    """Nothing published, no accounts, nothing worth doing and all answered are four different things."""
    for position in range(1, 9):
        store.respond(recommendation_id(position), Answer("completed", ADA), NOW)
    titles = [
        today_of(empty_store, viewer(ADA)).empty_title,
        today_of(store, viewer("nobody@example.com")).empty_title,
        today_of(store, viewer(ADA)).empty_title,
    ]
    assert titles == ["No plan yet", "No accounts yet", "All answered"]


def test_without_contracts_shares_stand_in_place_of_money(tmp_path: Path) -> None:
    """And the page says so; no amount is made up."""
    store = Store.open(f"sqlite:///{tmp_path / 'no-money.db'}")
    store.publish(publication(midnight(NOW.date()), money=False))
    page = today_of(store, viewer(ADA))
    assert page.note == "No contracts are loaded, so shares of accounts stand in place of money."
    stake = dict(page.cards[0].detail)["What is at stake"]
    assert stake == "Without contracts there are no amounts: 34\N{NO-BREAK SPACE}% of such accounts shrink or leave."
    assert "€" not in text_of(page)
    store.close()


def test_old_data_shows_a_banner(store: Store) -> None:
    """Two days are fine; more is said, with what to do."""
    plan = store.latest_plan()
    limit = timedelta(days=2)
    fresh, old = (
        frame_view("today", name="Ada", demo=True, plan=plan, now=midnight(NOW.date()) + age, stale_after=limit).stale
        for age in (limit, limit + timedelta(hours=1))
    )
    assert not fresh
    assert old.startswith("What you see is 2 days old (from 25 Nov)")


def test_the_brief_is_what_one_must_know_before_a_call(store: Store) -> None:
    """Last contact and what was promised, severe tickets still open, unpaid bills, the reason, the thing to ask."""
    page = account_of(store, 1)
    assert [(line.label, line.text) for line in page.brief] == [
        (
            "Last contact",
            "Call 12 days ago: Mette asked for a session for the night shift; "
            "we promised dates by the end of the month.",
        ),
        (
            "Severe tickets",
            "One open since 6 Nov: The nightly export to the warehouse fails since the release of 2 November.",
        ),
        ("Unpaid bills", "1 bill, €9.8k in all."),
    ]
    assert page.ask == "Would you name the people of the two roles?"


def test_a_reason_stands_beside_what_is_usual_and_what_peers_have(store: Store) -> None:
    """Value, own baseline, peers' median; the weekly use is drawn once."""
    first, second, _ = account_of(store, 1).reasons
    assert (first.value, first.baseline, first.peer) == ("12", "31", "34")
    assert (second.value, second.baseline, second.peer) == tuple(f"{n}{NBSP}%" for n in (28, 55, 61))
    assert first.spark
    assert not second.spark


def test_the_actions_that_lost_say_why(store: Store) -> None:
    """Those that fit first, best first; the chosen one is not among them."""
    others = account_of(store, 1).others
    assert others[0].title == "Offer more seats before they run out"
    assert others[0].why == (
        "Another action brings more for the hours there are. It would bring about €2.6k for 2 hours."
    )
    assert others[-1].why == "It has no open ticket."
    assert "Run role-based training" not in [other.title for other in others]


def test_a_page_says_what_would_change_it(store: Store) -> None:
    """With a recommendation: what would clear it; without one nothing, for it would name what is withheld."""
    assert account_of(store, 1).change == "What would change this: weekly active users back at its usual 31."
    assert account_of(store, 9).change == ""


def test_the_timeline_has_contacts_contracts_advice_and_answers(store: Store) -> None:
    """Newest first, each a sentence."""
    store.respond(recommendation_id(1), Answer("accepted", ADA), NOW)
    entries = account_of(store, 1).timeline
    assert [entry.kind for entry in entries[:3]] == ["Started.", "Recommended.", "Call."]
    assert entries[-1].kind == "Contract."
    assert [entry.iso for entry in entries] == sorted((entry.iso for entry in entries), reverse=True)
    assert all(entry.text.endswith(".") for entry in entries)


USED_UP = {"product": "api", "unit": "credit", "used": 90, "bought": 100, "projected": 140} | {
    "starts_on": "2026-01-01",
    "ends_on": "2027-01-01",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {},
            "90 of 100 credits used so far (90\N{NO-BREAK SPACE}%), with 90\N{NO-BREAK SPACE}% of the term gone. "
            "By 1 Jan it comes to 140 credits: 40 more than bought.",
        ),
        ({"projected": 60, "used": 50}, "60 credits: 40 paid for and not used."),
        ({"projected": 97}, "By 1 Jan it comes to about what was bought."),
        ({"used": None, "projected": None}, "Its use is not measured."),
        ({"unit": "seat", "projected": None}, "90 of 100 seats in use (90\N{NO-BREAK SPACE}%)."),
    ],
)
def test_an_entitlement_is_told_as_used_bought_and_what_it_comes_to(changed: dict[str, object], said: str) -> None:
    """The bar is for the eye; the sentence says the same."""
    view = entitlement_view(USED_UP | changed, NOW.date())
    assert view.text.endswith(said)
    assert max(view.used_width, view.projected_width, view.bought_at) <= 100


def test_a_bar_is_as_long_as_its_numbers() -> None:
    """Used to bought is as the widths; the longest leaves a little room."""
    view = entitlement_view(USED_UP, NOW.date())
    assert view.used_width / view.bought_at == pytest.approx(0.9, abs=0.001)
    assert view.projected_width == pytest.approx(100 / 1.04, abs=0.01)


def test_a_code_nobody_knows_is_still_said_in_words() -> None:
    """A new reason of the plan must not show as code."""
    assert why_not("waiting_for_parts") == "Waiting for parts."
    assert why_not("The owner is on leave until May") == "The owner is on leave until May."


def test_what_the_product_does_by_itself_is_no_card(store: Store) -> None:
    """It takes nobody's hours: the account waits, and says what is done."""
    source = today_source(store, viewer(ADA), Asked(), now=NOW)
    first, *others = source.recommendations
    by_itself = sent_lines([first], {}, NOW.date())
    page = today_view(replace(source, recommendations=others, by_itself=by_itself), now=NOW)
    assert len(page.cards) == 7
    why = {row.name: row.why for row in page.waiting}
    assert why["Harbour Logistics"] == "Run role-based training: the product does it, without your hours."


def test_the_list_says_whether_it_was_sent(store: Store) -> None:
    """Decided is not sent: until a tool has it, it is to be sent, and then it says when."""
    first = today_source(store, viewer(ADA), Asked(), now=NOW).recommendations[0]
    one = Queued(first.recommendation_id, first.account_id, first.action, NOW, NOW, NOW, 0, None)

    def said(queued: Queued) -> str:
        return sent_lines([first], {first.recommendation_id: queued}, NOW.date())[first.account_id]

    assert said(one) == "Run role-based training: to be sent, without your hours."
    assert said(replace(one, sent_at=NOW)).endswith(": sent on 25 Nov, without your hours.")


def test_what_is_due_without_a_reason_says_so(store: Store) -> None:
    """Where notice was given no signal has to explain the visit."""
    source = today_source(store, viewer(ADA), Asked(), now=NOW)
    due = replace(source.recommendations[0], reasons=(), reason_text=None)
    gone = replace(source.accounts[account_id(1)], notice_given=True)
    page = today_view(replace(source, recommendations=[due], accounts={account_id(1): gone}), now=NOW)
    assert page.cards[0].reason == "They gave notice; the contract ends on 10 Feb."


def test_a_renewal_as_it_was_is_no_news(store: Store) -> None:
    """Of monthly contracts the timeline keeps the beginning and the changes."""
    plan = store.latest_plan()
    assert plan is not None
    source = account_source(store, viewer(ADA), account_id(1), plan)
    terms = [
        {"product": "planning", "unit": "seat", "quantity": seats, "starts_on": f"2026-{month:02}-01"}
        for month, seats in ((1, 20), (2, 20), (3, 35), (4, 35))
    ]
    monthly = replace(source, account=replace(source.account, brief={"contracts": terms}), recommendations=())
    told = [(entry.iso, entry.text) for entry in account_view(monthly, now=NOW).timeline]
    assert told == [
        ("2026-03-01", "Planning went from 20 to 35 seats."),
        ("2026-01-01", "Planning began: 20 seats."),
    ]


def test_notice_is_bad_news_in_the_brief(store: Store) -> None:
    """Where notice was given nothing else matters as much."""
    plan = store.latest_plan()
    assert plan is not None
    source = account_source(store, viewer(ADA), account_id(1), plan)
    given = replace(source, account=replace(source.account, notice_given=True))
    notice = account_view(given, now=NOW).brief[-1]
    assert (notice.label, notice.alert) == ("Notice", True)
    assert notice.text == "Has given notice; the contract ends on 10 Feb."
