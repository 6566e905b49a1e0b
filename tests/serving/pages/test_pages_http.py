"""The pages over HTTP, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from datetime import date

from fastapi.testclient import TestClient

from consumption.store.sql import Store
from consumption.store.viewer import OWNER_OF_FILES
from tests.serving.pages.conftest import NOW, Seen, client
from tests.serving.pages.week import ADA, BEN, CARLA, account_id, midnight, recommendation_id


def answer(browser: TestClient, position: int, **form: str) -> tuple[int, str]:
    """A card's form sent: the status, and where the browser is sent."""
    url = f"/recommendations/{recommendation_id(position)}/answer"
    response = browser.post(url, data=form, follow_redirects=False)
    return response.status_code, response.headers.get("location", "")


def status_of(store: Store, position: int) -> str:
    """What has become of a recommendation."""
    return store.recommendation(recommendation_id(position), visible_to=OWNER_OF_FILES).status


def test_the_address_opens_on_look_as(store: Store) -> None:
    """Who is not signed in is led there; rep, lead, engineer and plugin are offered, without a password."""
    page = client(store).get("/")
    assert page.url.path == "/sign-in"
    assert [f"Look as {name}" in page.text for name in ("Ada", "Carla", "Dev")] == [True, True, True]
    assert "8 cards this week, of 13 accounts." in page.text
    assert "http://127.0.0.1:8000/v1/recommendations?limit=1" in page.text
    assert "&#34;account_name&#34;: &#34;Harbour Logistics&#34;" in page.text


def test_elsewhere_than_in_a_demo_one_signs_in_with_a_key(store: Store) -> None:
    """A key tied to a person opens their pages; nobody can be looked as."""
    browser = client(store, look_as=False)
    page = browser.get("/today")
    assert "Look as" not in page.text
    assert 'name="key"' in page.text
    assert browser.post("/look-as", data={"email": ADA}).status_code == 403
    key = store.create_key("Ada's", ["read", "respond"], NOW, person=ADA)
    assert "Your week" in browser.post("/sign-in", data={"key": key.secret}).text


def test_a_wrong_key_is_told_as_a_page(store: Store) -> None:
    """What happened and what to do, readable; not a program's problem document."""
    refused = client(store, look_as=False).post("/sign-in", data={"key": "csk_wrong"})
    assert refused.status_code in {401, 403}
    assert "That did not work" in refused.text


def test_a_card_is_handed_over_from_the_page(store: Store, seen_by: Seen) -> None:
    """The form names who takes over; both find it on their list, with its state."""
    browser = seen_by(ADA)
    assert "Hand over" in browser.get("/today").text
    assert answer(browser, 1, response="handed_over", to=BEN)[0] == 303
    assert store.recommendation(recommendation_id(1), visible_to=OWNER_OF_FILES).handed_to == BEN
    for email in (ADA, BEN):
        assert f"Handed over to {BEN}" in seen_by(email).get("/today").text


def test_signing_out_ends_it(seen_by: Seen) -> None:
    """The next page is the door again."""
    browser = seen_by(ADA)
    assert browser.get("/today").url.path == "/today"
    browser.post("/sign-out")
    assert browser.get("/today").url.path == "/sign-in"


def test_start_shows_the_steps_of_both_sides(seen_by: Seen, store: Store) -> None:
    """A plain form: it comes back to the card, which now has the steps and a way to say it is done."""
    browser = seen_by(ADA)
    assert answer(browser, 1, response="accepted") == (303, f"/today#r-{recommendation_id(1)}")
    assert status_of(store, 1) == "accepted"
    page = browser.get("/today").text
    assert "Agree with the sponsor which two roles come first." in page
    assert "Name the people of the two roles." in page
    assert 'value="completed"' in page


def test_a_started_card_can_be_done(seen_by: Seen, store: Store) -> None:
    """Then it is kept under what was answered this week."""
    browser = seen_by(ADA)
    answer(browser, 1, response="accepted")
    answer(browser, 1, response="completed")
    assert status_of(store, 1) == "completed"
    assert "Answered this week" in browser.get("/today").text


def test_snooze_takes_a_day_and_a_reason(seen_by: Seen, store: Store) -> None:
    """And may be taken back: start it anyway."""
    browser = seen_by(ADA)
    answer(browser, 2, response="snoozed", until="2026-12-09", reason="seasonal")
    assert "Snoozed until 9 Dec: quiet season, as every year." in browser.get("/today").text
    answer(browser, 2, response="accepted")
    assert status_of(store, 2) == "accepted"


def test_not_right_takes_a_reason(seen_by: Seen, store: Store) -> None:
    """It is stored as it was chosen, with who said it."""
    answer(seen_by(ADA), 3, response="dismissed", reason="customer_said_no")
    said = store.responses(recommendation=recommendation_id(3))[0]
    assert (said.response, said.reason, said.actor) == ("dismissed", "customer_said_no", ADA)


def test_do_this_instead_takes_an_action_or_own_words(seen_by: Seen, store: Store) -> None:
    """A chosen action keeps the words as its reason; words alone are the action."""
    browser = seen_by(ADA)
    answer(browser, 1, response="replaced", action="champion_building", note="Mette is leaving")
    answer(browser, 2, response="replaced", action="", note="Visit them on Friday")
    chosen, own = (store.responses(recommendation=recommendation_id(i))[0] for i in (1, 2))
    assert (chosen.action, chosen.reason) == ("champion_building", "Mette is leaving")
    assert (own.action, own.reason) == ("Visit them on Friday", None)


def test_an_answer_that_lacks_something_says_what(seen_by: Seen) -> None:
    """As a page for a plain form; nothing was stored."""
    response = seen_by(ADA).post(f"/recommendations/{recommendation_id(1)}/answer", data={"response": "replaced"})
    assert response.status_code == 422
    assert "What is done in its place is missing." in response.text


def test_a_form_that_is_sent_twice_counts_once(seen_by: Seen, store: Store) -> None:
    """An impatient thumb changes nothing."""
    browser = seen_by(ADA)
    assert [answer(browser, 1, response="accepted")[0] for _ in range(2)] == [303, 303]
    assert len(store.responses(recommendation=recommendation_id(1))) == 1


def test_with_htmx_only_the_card_comes_back(seen_by: Seen) -> None:
    """With a line for those who listen to the page."""
    url = f"/recommendations/{recommendation_id(1)}/answer"
    part = seen_by(ADA).post(url, data={"response": "accepted"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<article")
    assert 'role="status" hx-swap-oob="true">Harbour Logistics: Started.' in part.text


def test_a_form_returns_to_a_page_of_ours_only(seen_by: Seen) -> None:
    """An address of elsewhere in the form leads to Today."""
    browser = seen_by(ADA)
    for back in ("https://evil.example", "//evil.example", "/\\evil.example"):
        assert answer(browser, 1, response="accepted", back=back)[1].startswith("/today#")
    assert answer(browser, 1, response="accepted", back=f"/accounts/{account_id(1)}")[1].startswith("/accounts/")


def test_another_site_cannot_answer_for_somebody(seen_by: Seen, store: Store) -> None:
    """A form on a foreign page is refused."""
    url = f"/recommendations/{recommendation_id(1)}/answer"
    refused = seen_by(ADA).post(url, data={"response": "accepted"}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert status_of(store, 1) == "open"


def test_a_held_out_account_has_its_page_and_no_recommendation(seen_by: Seen) -> None:
    """Facts are for all; nothing on it, and no answer to it, tells that something was withheld."""
    browser = seen_by(ADA)
    page = browser.get(f"/accounts/{account_id(10)}")
    assert page.status_code == 200
    assert "Nothing is recommended here now." in page.text
    assert not re.search("held.?out|would_be|propensity", page.text)
    assert answer(browser, 10, response="accepted") == answer(browser, 99, response="accepted") == (404, "")


def own_choice(browser: TestClient, position: int, **form: str) -> tuple[int, str]:
    """An account's form sent: the status, and where the browser is sent."""
    response = browser.post(f"/accounts/{account_id(position)}/own-choice", data=form, follow_redirects=False)
    return response.status_code, response.headers.get("location", "")


def test_what_somebody_did_by_themselves_is_among_what_happened(seen_by: Seen, store: Store) -> None:
    """A plain form, for an account with nothing to do as for one with a card; words beside an action say why."""
    browser = seen_by(ADA)
    assert own_choice(browser, 9, action="billing_repair", note="Wrong tax") == (
        303, f"/accounts/{account_id(9)}#timeline"
    )  # fmt: skip
    own_choice(browser, 9, note="Sent the <b>old</b> guide", day="2026-11-20")
    page = browser.get(f"/accounts/{account_id(9)}").text
    assert "Own choice.</span> Repair the bill, by Ada Moreno. Wrong tax." in page
    assert "Own choice.</span> Sent the &lt;b&gt;old&lt;/b&gt; guide, by Ada Moreno." in page
    assert [one.timestamp for one in store.own_choices(account_id(9))] == [NOW, midnight(date(2026, 11, 20))]


def test_a_form_offers_what_its_card_does_not_ask_for(seen_by: Seen) -> None:
    """What the card asks for is answered there; where there is no card, every action is offered."""
    browser = seen_by(ADA)
    with_card, without = (browser.get(f"/accounts/{account_id(i)}").text for i in (1, 9))
    assert "I did something else" in with_card
    assert '<option value="enablement_training"' not in with_card
    assert "I did something here" in without
    assert without.count("<option") == 7


def test_an_own_choice_that_says_nothing_is_told_so(seen_by: Seen, store: Store) -> None:
    """As a page, with what to send; nothing was stored."""
    refused = seen_by(ADA).post(f"/accounts/{account_id(9)}/own-choice", data={"note": " "})
    assert (refused.status_code, store.own_choices(account_id(9))) == (422, [])
    assert "What you did is missing." in refused.text


def test_a_lead_looks_at_one_list_of_the_team(seen_by: Seen) -> None:
    """By a plain form, with the name chosen."""
    page = seen_by(CARLA).get("/today", params={"owner": BEN}).text
    assert "Ben Achterberg: the week" in page
    assert "Vela Robotics" in page
    assert "Harbour Logistics" not in page


def test_an_account_that_is_not_there_is_told_as_a_page(seen_by: Seen) -> None:
    """With what to do."""
    page = seen_by(ADA).get("/accounts/none-such")
    assert page.status_code == 404
    assert "No account &#39;none-such&#39; is in force." in page.text


def test_names_are_text_whatever_they_hold(seen_by: Seen) -> None:
    """What customers and colleagues write is never markup."""
    page = seen_by(ADA).get("/today", params={"find": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)" not in page
    assert "Olive &amp; Thyme Catering" in seen_by(ADA).get("/today").text


def test_pages_run_nothing_but_our_own_files(seen_by: Seen) -> None:
    """A strict policy, and nothing written into the page that it would have to allow."""
    browser = seen_by(ADA)
    for path in ("/today", f"/accounts/{account_id(1)}"):
        page = browser.get(path)
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert not re.search(
            r"<style|style=|\son\w+=|<script(?![^>]* src=\"/static/)|https?://(?!www\.w3\.org)", page.text
        )


def test_every_file_a_page_names_is_there(seen_by: Seen) -> None:
    """Style, keys and htmx from this service; pictures in every theme and size."""
    browser = seen_by(ADA)
    page = browser.get(f"/accounts/{account_id(1)}").text
    named = set(re.findall(r'(?:src|srcset|href)="(/(?:static|accounts)[^"]+)"', page))
    assert len([name for name in named if "weekly.svg" in name]) == 4
    for name in named:
        assert browser.get(name.replace("&amp;", "&")).status_code == 200, name


def test_a_chart_belongs_to_who_is_signed_in(store: Store, seen_by: Seen) -> None:
    """It is a picture of an account's use: not for whoever asks."""
    path = f"/accounts/{account_id(1)}/weekly.svg"
    assert client(store).get(path, follow_redirects=False).status_code == 303
    assert seen_by(ADA).get(path).headers["content-type"].startswith("image/svg+xml")


def test_old_data_shows_on_every_page(seen_by: Seen) -> None:
    """A stopped nightly run is seen by those who would act on it."""
    assert "Old data." not in seen_by(ADA).get("/today").text
    assert "Old data." in seen_by(ADA, days=3).get("/today").text


def test_nothing_published_is_a_page_with_a_reason(empty_store: Store) -> None:
    """Before the first run there is the door, and nothing behind it."""
    assert client(empty_store).get("/").status_code == 200


def test_reading_an_account_is_noted(seen_by: Seen, store: Store) -> None:
    """Its page names people at the customer."""
    seen_by(ADA).get(f"/accounts/{account_id(1)}")
    entry = store.audit_entries(1)[0]
    assert (entry.actor, entry.verb, entry.subject) == (ADA, "read", f"account {account_id(1)}")
