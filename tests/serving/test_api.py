"""What programs get when they ask for accounts and recommendations, and when they answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.serving.conftest import Asking
from tests.store.book import DAY, MONDAY, NOON, publication, recommendation_id

ACME = recommendation_id("acme")


def test_health_is_open_to_everybody(asking: Asking) -> None:
    """A monitor needs no key to learn that the service answers, and how old what it shows is."""
    found = asking().get("/v1/health")
    assert found.status_code == 200
    body = found.json()
    assert (body["status"], body["as_of"], body["stale"]) == ("ok", "2025-06-02T00:00:00Z", False)
    assert set(body) == {"status", "as_of", "stale", "version", "request_id"}


@pytest.mark.parametrize(("days", "status"), [(1, "ok"), (3, "stale")])
def test_old_data_is_said_to_be_old(book: Store, days: int, status: str) -> None:
    """Past the days that settings allow, what is shown is called stale."""
    app = build_app(book, AppOptions("x", clock=lambda: MONDAY + days * DAY, stale_after=timedelta(days=2)))
    assert TestClient(app).get("/v1/health").json()["status"] == status


def test_an_account_comes_with_everything_known_about_it(asking: Asking) -> None:
    """Probabilities, ranks, money with its currency, terms, attributes and signals with their units."""
    acme = asking("read").get("/v1/accounts/acme").json()
    assert (acme["id"], acme["name"], acme["owner"]) == ("acme", "Acme Ltd", "ada@us.test")
    assert (acme["help_probability"], acme["help_rank"], acme["ranked_by"]) == (0.28, 1, "3")
    assert (acme["value_at_stake"], acme["value_to_gain"], acme["currency"]) == (31_000, 960, "EUR")
    assert (acme["renewal_on"], acme["decision_on"]) == ("2026-01-12", "2025-12-12")
    assert {"name": "tier", "value": "2"} in acme["attributes"]
    users = {"name": "active_users_28d", "value": 58.0, "unit": "users", "label": "People who used it in four weeks"}
    assert users in acme["signals"]
    assert {"name": "nps_last"} in acme["signals"]


def test_what_is_not_known_is_left_out(asking: Asking) -> None:
    """No field is ever null: clients that generate code get plain types."""
    reader = asking("read")
    for path in ("/v1/accounts", "/v1/accounts/acme", "/v1/recommendations", "/v1/accounts/fir/recommendations"):
        assert "null" not in reader.get(path).text


def test_a_recommendation_is_one_flat_object(asking: Asking) -> None:
    """Everything a card in a CRM shows stands in it, with the pages to go to."""
    page = asking("read").get("/v1/recommendations", params={"owner": "ada@us.test"}).json()
    first = page["items"][0]
    assert (first["id"], first["account_id"], first["external_account_id"]) == (ACME, "acme", "sf-acme")
    assert (first["title"], first["motion"], first["status"]) == ("Run role-based training", "help", "open")
    assert first["reasons"] == [{"code": "active_users_28d", "text": "Fell from 96 to 58", "value": 58.0}]
    assert first["account_url"] == "http://testserver/accounts/acme"
    assert first["accept_url"].startswith(first["account_url"])
    assert page["as_of"] == "2025-06-02T00:00:00Z"
    assert page["request_id"]


def test_an_account_with_nothing_to_do_says_why(asking: Asking) -> None:
    """No recommendation is a state with a reason, in a code and in words."""
    page = asking("read").get("/v1/accounts/delta/recommendations").json()
    assert page["items"] == []
    assert page["why_not"] == {"code": "no_hours", "text": "Not in this quarter's plan"}
    assert "why_not" not in asking("read").get("/v1/accounts/acme/recommendations").json()


def test_a_list_goes_on_where_its_cursor_says(asking: Asking) -> None:
    """Following next_cursor to its end reads every account once."""
    reader, found, cursor = asking("read"), [], ""
    for _ in range(4):
        page = reader.get("/v1/accounts", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [item["id"] for item in page["items"]]
        cursor = page.get("next_cursor", "")
    assert not cursor
    assert sorted(found) == ["acme", "birch", "cedar", "delta", "elm", "fir", "gum"]


def test_many_accounts_are_looked_up_in_one_call(asking: Asking) -> None:
    """Up to 200 ids at once; those that are not in force are simply not there."""
    reader = asking("read")
    found = reader.get("/v1/accounts", params={"account_id": ["fir", "acme", "nobody"], "limit": 1}).json()["items"]
    assert {item["id"] for item in found} == {"acme", "fir"}
    assert reader.get("/v1/accounts", params={"account_id": ["a"] * 201}).status_code == 422


def test_filters_narrow_the_list(asking: Asking) -> None:
    """Each filter leaves what fits; statuses may be several."""
    reader = asking("read")

    def ids(**filters: Any) -> list[str]:
        page = reader.get("/v1/recommendations", params=filters).json()
        return [item["account_id"] for item in page["items"]]

    assert ids(service_line="sales") == ids(segment="large") == ["birch"]
    assert ids(owner="bob@us.test", motion="help") == ["cedar", "gum"]
    assert ids(status=["completed", "dismissed"]) == []


def test_a_program_that_asks_for_changes_gets_tombstones(book: Store, asking: Asking) -> None:
    """With updated_since it learns what was withdrawn, and need never read the whole list again."""
    book.publish(publication(MONDAY + DAY))
    reader = asking("read")
    page = reader.get("/v1/recommendations", params={"updated_since": "2025-06-02T06:00:00Z"}).json()
    assert {i["status"] for i in page["items"] if i["as_of"].startswith("2025-06-02")} == {"withdrawn"}
    assert (
        asking("read").get("/v1/recommendations", params={"updated_since": "2025-06-02T06:00:00"}).status_code == 422
    )


def test_a_response_is_stored_once(book: Store, asking: Asking) -> None:
    """Sent again with its key, in header or body, the same response comes back."""
    sender = asking("respond", person="ada@us.test")
    path = f"/v1/recommendations/{ACME}/responses"
    first = sender.post(path, json={"response": "accepted"}, headers={"Idempotency-Key": "k"})
    again = sender.post(path, json={"response": "accepted", "idempotency_key": "k"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["actor"] == "ada@us.test"
    assert len(book.responses(recommendation=ACME)) == 1
    assert book.audit_entries()[0].verb == "responded accepted"


def test_an_own_choice_is_stored_once(book: Store, asking: Asking) -> None:
    """Flat, with its action or its words; sent again with its key, in header or body, the same one comes back."""
    sender, path = asking("respond", person="ada@us.test"), "/v1/accounts/delta/own-choices"
    sent = {"own_words": "Rang them up", "timestamp": "2025-05-30T09:00:00+02:00", "reason": "The bill"}
    first = sender.post(path, json=sent, headers={"Idempotency-Key": "k"})
    again = sender.post(path, json=sent | {"idempotency_key": "k"})
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])
    assert {name: value for name, value in first.json().items() if name not in {"id", "request_id"}} == {
        "account_id": "delta",
        "timestamp": "2025-05-30T07:00:00Z",
        "own_words": "Rang them up",
        "reason": "The bill",
        "actor": "ada@us.test",
    }
    assert sender.post(path, json={"action": "training"}, headers={"Idempotency-Key": "k"}).status_code == 409
    assert [one.action for one in book.own_choices("delta")] == ["Rang them up"]
    assert (book.audit_entries()[0].verb, book.audit_entries()[0].subject) == ("own choice", "account delta")
    assert asking("read").post(path, json={"action": "training"}).status_code == 403


def test_own_choices_are_listed_and_taken_back(book: Store, asking: Asking) -> None:
    """Latest first; one's own only, by a key of a person; any, by a program that acts for many. Again: the same."""
    path, ada = "/v1/accounts/delta/own-choices", asking("read", "respond", person="ada@us.test")
    rang, trained = (ada.post(path, json=one).json()["id"] for one in ({"own_words": "Rang"}, {"action": "training"}))
    listed = ada.get(path).json()
    assert (set(listed), [one["id"] for one in listed["items"]]) == (
        {"items", "as_of", "request_id"},
        [trained, rang],
    )
    refused = asking("respond", person="bob@us.test").delete(f"{path}/{rang}")
    assert (refused.status_code, refused.json()["title"]) == (403, "Not your choice")
    first, again = (ada.delete(f"{path}/{rang}").json() for _ in range(2))
    assert (first["undone_at"], again["undone_at"]) == ("2025-06-02T12:00:00Z",) * 2
    assert asking("respond").delete(f"{path}/{trained}").is_success
    assert ada.get(path).json()["items"] == []
    assert [one.verb for one in book.audit_entries(3)] == ["took back own choice"] * 3
    assert asking("read").delete(f"{path}/{rang}").status_code == 403


def test_what_is_recommended_is_no_own_choice(asking: Asking) -> None:
    """The remedy names the recommendation that wants an answer."""
    refused = asking("respond").post("/v1/accounts/acme/own-choices", json={"action": "training"})
    assert refused.status_code == 409
    assert ACME in refused.json()["remedy"]


def test_whose_key_it_is_says_who_acts(asking: Asking) -> None:
    """A key of nobody may name the person; a person's key answers for that person only."""
    path = f"/v1/recommendations/{ACME}/responses"
    plugin = asking("respond").post(path, json={"response": "snoozed", "actor": "bob@us.test", "until": "2025-06-20"})
    assert plugin.json()["actor"] == "bob@us.test"
    ada = asking("respond", person="ada@us.test")
    assert ada.post(path, json={"response": "accepted", "actor": "bob@us.test"}).status_code == 403
    assert ada.post(path, json={"response": "accepted", "actor": "ADA@us.test"}).json()["actor"] == "ada@us.test"


def test_a_copy_that_is_still_good_is_not_sent_again(book: Store, asking: Asking) -> None:
    """304 while nothing was published or answered; a new body once something was, and for another reader."""
    reader = asking("read")
    for path in ("/v1/accounts", "/v1/accounts/acme", "/v1/recommendations"):
        tag = reader.get(path).headers["ETag"]
        same = reader.get(path, headers={"If-None-Match": tag})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
        other = asking("read", person="eve@us.test").get(path, headers={"If-None-Match": tag})
        assert other.status_code == 200
    asking("respond").post(
        f"/v1/recommendations/{ACME}/responses", json={"response": "completed", "actor": "eve@us.test"}
    )
    assert reader.get("/v1/recommendations", headers={"If-None-Match": tag}).status_code == 200
    assert book.state() == "1.1.0"


def test_before_the_first_plan_lists_are_empty(tmp_path: object) -> None:
    """A new workspace answers: nothing yet, without an error."""
    store = Store.open(f"sqlite:///{tmp_path}/new.db")
    secret = store.create_key("crm", ["read"], NOON).secret
    client = TestClient(build_app(store, AppOptions("x", clock=lambda: NOON)), headers={"X-API-Key": secret})
    assert client.get("/v1/health").json()["status"] == "empty"
    assert client.get("/v1/accounts").json()["items"] == []
    store.close()
