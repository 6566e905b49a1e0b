"""A page that refuses leads back to where one came from, and never to another site."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consumption.serving.way_back import own_page
from tests.serving.pages.conftest import OWN, Seen
from tests.serving.pages.week import ADA, account_id, recommendation_id

PAGE, CARD = f"/accounts/{account_id(1)}", recommendation_id(1)
ANSWER = f"/recommendations/{CARD}/answer"
INCOMPLETE = {"response": "replaced"}
HOST = OWN["Origin"]


def leads_to(refused: Any) -> tuple[str, str]:
    """The one link of a page that refuses: address and words."""
    assert refused.is_error
    found = re.search(r'<p><a href="([^"]*)">([^<]*)</a></p>', refused.text)
    assert found is not None
    return found[1], found[2]


def test_a_refused_form_leads_back_to_its_page(seen_by: Seen) -> None:
    """To the card on the account's page or on the list, or to the account whose form it was; with its query."""
    browser = seen_by(ADA)
    account, lists = (f"{PAGE}#r-{CARD}", "Back to the account"), (f"/today#r-{CARD}", "Back to the list")
    assert leads_to(browser.post(ANSWER, data=INCOMPLETE | {"back": PAGE})) == account
    assert leads_to(browser.post(ANSWER, data=INCOMPLETE | {"back": "/today"})) == lists
    assert leads_to(browser.post(ANSWER, data=INCOMPLETE, headers={"Referer": HOST + PAGE})) == account
    assert leads_to(browser.post(f"{PAGE}/own-choice", data={})) == (PAGE, "Back to the account")
    assert leads_to(browser.post(f"{PAGE}/own-choice/own_no/undo")) == (PAGE, "Back to the account")
    searched = browser.get("/accounts/nobody", headers={"Referer": f"{HOST}/today?find=harb"})
    assert leads_to(searched) == ("/today?find=harb", "Back to the list")


def test_where_it_is_not_known_the_list_is_the_way_back(seen_by: Seen) -> None:
    """A page that is not there does not lead to itself."""
    browser, lists = seen_by(ADA), ("/today", "To the week&#39;s list")
    assert leads_to(browser.get("/accounts/nobody")) == lists
    assert leads_to(browser.get("/accounts/nobody", headers={"Referer": f"{HOST}/accounts/nobody"})) == lists


def test_a_browser_that_names_no_address_gets_its_page_all_the_same(seen_by: Seen) -> None:
    """What was wrong is said, and not that we failed; the way back is that of a browser that says nothing."""
    for none in ("http://[bad", "http://[::1", "//[", "http://127.0.0.1:port/today"):
        refused = seen_by(ADA).get("/accounts/nobody", headers={"Referer": none})
        assert (refused.status_code, leads_to(refused)[0]) == (404, "/today")


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/today/../\\evil.example",
        "javascript:alert(1)", "/accounts/a\n/x", "/today?x=\\evil", "https://evil.example/today", "/sign-out",
    ],
)  # fmt: skip
def test_no_form_and_no_browser_leads_elsewhere(seen_by: Seen, hostile: str) -> None:
    """Only the list and the accounts' pages are ways back, whatever is sent."""
    assert own_page(hostile) == ""
    browser = seen_by(ADA)
    told = [
        browser.post(ANSWER, data=INCOMPLETE | {"back": hostile}),
        browser.post(ANSWER, data=INCOMPLETE, headers={"Referer": "https://evil.example/today"}),
    ]
    assert all(leads_to(refused)[0] in {"/today", f"/today#r-{CARD}"} for refused in told)
