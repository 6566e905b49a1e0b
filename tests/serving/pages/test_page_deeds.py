"""What people did by their own judgement stands wherever their colleagues look before a call."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from consumption.store.own_choices import Deed
from consumption.store.sql import Store
from tests.serving.pages.conftest import NOW, Seen
from tests.serving.pages.week import ADA, BEN, account_id

PAGE = f"/accounts/{account_id(1)}"
SINCE = "Since this was written, today: Rang them about the bill, by Ada"


def tell(browser: TestClient, position: int = 1, **form: str) -> None:
    """What one did at an account, by the form of its page."""
    browser.post(f"/accounts/{account_id(position)}/own-choice", data={"note": "Rang them about the bill"} | form)


def last_contact(page: str) -> str:
    """The first line of the brief."""
    found = re.search(r"<dt>Last contact</dt><dd>(.*?)</dd>", page)
    return found[1] if found else ""


def test_what_somebody_did_is_the_last_contact(seen_by: Seen) -> None:
    """Whoever looks next must not call again as if nobody had; what lies further back than a call does not count."""
    ada = seen_by(ADA)
    before = last_contact(ada.get(PAGE).text)
    assert before.startswith("Call ")
    tell(ada, day="2026-10-29")
    assert last_contact(ada.get(PAGE).text) == before
    tell(ada)
    assert last_contact(seen_by(BEN).get(PAGE).text) == "Today: Rang them about the bill, by Ada Moreno."


def test_a_card_says_what_was_done_since_it_was_written(seen_by: Seen) -> None:
    """Its words are those of this morning's plan; on the list, on the page, and as it comes back from an answer."""
    ada = seen_by(ADA)
    assert "Since this was written" not in ada.get("/today").text + ada.get(PAGE).text
    tell(ada)
    assert [ada.get(path).text.count(SINCE) for path in ("/today", PAGE)] == [1, 1]


def test_an_entry_can_be_taken_back_by_whom_it_is_of(seen_by: Seen, store: Store) -> None:
    """Undo stands beside it, for its author alone and for four weeks; then everything reads as it did before."""
    ada, ben = seen_by(ADA), seen_by(BEN)
    before = ada.get(PAGE).text
    tell(ada)
    undo = re.search(r'action="(/accounts/[^"]+/undo)"', ada.get(PAGE).text)
    assert undo is not None
    assert "/undo" not in ben.get(PAGE).text + seen_by(ADA, days=29).get(PAGE).text
    assert ben.post(undo[1]).status_code == 403
    assert ada.post(undo[1], follow_redirects=False).headers["location"] == f"{PAGE}#timeline"
    assert (ada.get(PAGE).text, store.own_choices(account_id(1))) == (before, [])


def test_undo_stands_beside_what_the_same_person_said_by_another_spelling(seen_by: Seen, store: Store) -> None:
    """The case of an address is no other address: the table of people may have had another one on that day."""
    store.choose(Deed(account_id(1), ADA.upper(), own_words="Rang them"), NOW)
    undo = re.search(r'action="(/accounts/[^"]+/undo)"', seen_by(ADA).get(PAGE).text)
    assert undo is not None
    assert "/undo" not in seen_by(BEN).get(PAGE).text
    assert seen_by(ADA).post(undo[1]).is_success
    assert store.own_choices(account_id(1)) == []
