"""Every route there is gets walked: nothing tells who is held out, nor what they would have got."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from consumption.config import Settings, Workspace
from consumption.jobs.send import log, send, send_again, would_send
from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.serving.taking import nudging, receiver, sender
from tests.store.book import NOON, SECRETS, STANDINGS, recommendation_id

HELD_OUT = "elm"
FILLED = {
    "account_id": HELD_OUT,
    "recommendation_id": recommendation_id(HELD_OUT),
    "own_choice_id": "own_no_such_choice",
}
# What a route that changes something is sent: about the held-out account, where it is about one at all.
SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/look-as"): {"data": {"email": "ada@us.test"}},
    ("POST", "/sign-in"): {"data": {"key": "csk_no_such_key"}},
    ("POST", "/sign-out"): {},
    ("POST", "/recommendations/{recommendation_id}/answer"): {"data": {"response": "accepted"}},
    ("POST", "/accounts/{account_id}/own-choice"): {"data": {"action": "training"}},
    ("POST", "/accounts/{account_id}/own-choice/{own_choice_id}/undo"): {},
    ("DELETE", "/v1/accounts/{account_id}/own-choices/{own_choice_id}"): {},
    ("POST", "/v1/recommendations/{recommendation_id}/responses"): {"json": {"response": "accepted"}},
    ("POST", "/v1/accounts/{account_id}/own-choices"): {"json": {"action": "training"}},
}
ASKED = ("", "?search=elm", "?find=elm", "?by_itself=true", "?updated_since=2020-01-01T00:00:00Z&status=withdrawn")
# A page offers every action of the catalogue on a card, and lists those that lost, for held-out accounts as for all.
OF_THE_CATALOGUE = ("executive_call", "Call the sponsor")
WITHOUT_ACCOUNTS = ("/static", "/openapi.json", "/docs")
PEOPLE = ("ada@us.test", "lea@us.test", None)
OURS = {"Origin": "http://127.0.0.1:8000"}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of every route that is registered, however it came there."""
    yield from _of(app.routes)


def _of(found: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, APIRoute | Route):
            yield from ((method, prefix + route.path) for method in sorted((route.methods or set()) - {"HEAD"}))
        elif isinstance(route, Mount):
            inner = list(_of(list(route.routes), prefix + route.path))
            yield from inner or [("GET", prefix + route.path)]
        else:
            # A router that was included; anything else has no such attributes, and fails here.
            included: Any = route
            yield from _of(list(included.original_router.routes), prefix + included.include_context.prefix)


@pytest.fixture
def app(book: Store) -> FastAPI:
    """The service of a demo, with everything it has."""
    options = AppOptions(session_secret="for tests only", look_as=True, on_loopback=True, clock=lambda: NOON)
    return build_app(book, options)


def as_program(app: FastAPI, book: Store, person: str | None) -> TestClient:
    """With a key that may do all but see the control group."""
    secret = book.create_key("crm", ["read", "respond"], NOON, person=person).secret
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)


def as_person(app: FastAPI, person: str) -> TestClient:
    """With a session in the browser."""
    browser = TestClient(
        app,
        base_url="http://127.0.0.1:8000",
        client=("127.0.0.1", 50000),
        headers=OURS,
        raise_server_exceptions=False,
    )
    browser.post("/look-as", data={"email": person})
    return browser


def walked(client: TestClient, app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Every answer of every route to one who asks: the request, and what came back."""
    for method, path in routes(app):
        filled = path.format(**FILLED)
        if path.startswith(WITHOUT_ACCOUNTS):
            continue
        if method == "GET":
            yield from ((f"GET {filled}{asked}", client.get(filled + asked)) for asked in ASKED)
        else:
            yield f"{method} {filled}", client.request(method, filled, **SENT[method, path])


@pytest.mark.parametrize("person", PEOPLE)
def test_no_door_shows_what_is_withheld(app: FastAPI, book: Store, person: str | None) -> None:
    """API and pages, read and written, by key and by session: no word of arm, propensity or withheld action."""
    clients = [as_program(app, book, person), *([as_person(app, person)] if person else [])]
    for client in clients:
        answers = list(walked(client, app))
        assert len(answers) > 5 * len(ASKED)
        for request, answer in answers:
            page = answer.headers.get("content-type", "").startswith("text/html")
            hidden = [secret for secret in SECRETS if not (page and secret in OF_THE_CATALOGUE)]
            assert [secret for secret in hidden if secret in answer.text] == [], request


def test_the_page_of_a_held_out_account_reads_like_one_without_hours(app: FastAPI) -> None:
    """Word for word, but for its own name: neither what stands there nor what is missing tells them apart."""
    browser = as_person(app, "ada@us.test")
    held_out, no_hours = (
        browser.get(f"/accounts/{account}").text.replace(account, "X").replace(account.title(), "X")
        for account in (HELD_OUT, "delta")
    )
    assert held_out == no_hours


def test_an_own_choice_is_taken_in_the_same_words_whoever_is_held_out(app: FastAPI, book: Store) -> None:
    """By page and by program, taken or refused, and on the page afterwards: but for its own name, no difference."""
    sent: tuple[dict[str, str], ...] = (
        {"action": "training"}, {"own_words": "Rang them up"}, {"action": "executive_call"},
        {"action": "trainin"}, {}, {"action": "training", "timestamp": "2025-07-01T00:00:00Z"},
    )  # fmt: skip
    told = []
    for account in (HELD_OUT, "delta"):
        program, browser = as_program(app, book, "ada@us.test"), as_person(app, "ada@us.test")
        answers = [program.post(f"/v1/accounts/{account}/own-choices", json=one) for one in sent]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 422, 422, 422]
        by_page = browser.post(f"/accounts/{account}/own-choice", data={"action": "add_seats"})
        listed = program.get(f"/v1/accounts/{account}/recommendations")
        path = f"/v1/accounts/{account}/own-choices"
        stored = program.get(path)
        undone = program.delete(f"{path}/{answers[0].json()['id']}")
        left, page = program.get(path), browser.get(f"/accounts/{account}")
        assert (len(stored.json()["items"]), len(left.json()["items"])) == (4, 3)
        texts = [answer.text for answer in (*answers, by_page, listed, stored, undone, left, page)]
        plain = re.sub(r'own_\w{32}|"request_id":"\w+"', "", "\n".join(texts))
        told.append(plain.replace(account, "X").replace(account.title(), "X"))
    assert told[0] == told[1]
    assert told[0].count("Own choice.") == 4 + 3
    assert "<dt>Last contact</dt><dd>Today: " in told[0]


def test_every_route_is_walked(app: FastAPI) -> None:
    """A route with a parameter or a body that this test cannot fill makes it fail: say here how it is asked."""
    found = list(routes(app))
    assert {("GET", "/today"), ("GET", "/v1/accounts"), ("GET", "/static")} <= set(found)
    for method, path in found:
        path.format(**FILLED)
        assert method == "GET" or (method, path) in SENT, f"{method} {path} is walked by nobody"


def test_no_webhook_says_what_is_withheld(tmp_path: Path) -> None:
    """Events leave the house too: with all actions of the book sent, none is about the held-out account but its duty.

    Nor has any a word of arms, propensities or what would have been; files are held to the same by `handing_out`.
    """
    workspace = Workspace(tmp_path, Settings(store_url=f"sqlite:///{tmp_path / 'sends.db'}"))
    store = Store.open(workspace.store_url)
    store.publish(nudging(alone=[one.account_id for one in STANDINGS]))
    with receiver() as taken, sender(taken.url) as to:
        assert send(workspace, to, clock=lambda: NOON).arrived == 4
        assert send_again(workspace, to, since=NOON, clock=lambda: NOON).arrived == 4
    assert {json.loads(body)["subject"] for body in taken.bodies} == {"acme", "birch", "cedar", "gum"}
    said = [body.decode() + str(head) for body, head in zip(taken.bodies, taken.headers, strict=True)]
    assert [secret for secret in (*SECRETS, HELD_OUT) if any(secret in text for text in said)] == []
    assert HELD_OUT not in would_send(workspace, at=NOON) + log(workspace)
    store.close()


def test_the_walk_sees_what_is_there(app: FastAPI, book: Store) -> None:
    """The same walk by an engineer finds the withheld action: it is not blind."""
    said = " ".join(answer.text for _, answer in walked(as_person(app, "eve@us.test"), app))
    assert "Held out" in said
    client = as_program(app, book, "eve@us.test")
    assert "executive_call" in client.get("/v1/recommendations?withheld=true").text
