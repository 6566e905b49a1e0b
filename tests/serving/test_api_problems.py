"""Errors are problems (RFC 9457) that say what happened, then what to do."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from consumption.serving.app import build_app
from consumption.serving.guards import LARGEST_BODY
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.serving.conftest import Asking
from tests.store.book import NOON, recommendation_id

ACME = f"/v1/recommendations/{recommendation_id('acme')}/responses"
OWN, LATER = "/v1/accounts/delta/own-choices", "Own choice out of time"
ADA, STRANGER = "ada@us.test", "adda@us.test"
FIELDS = {"type", "title", "status", "detail", "remedy", "instance", "request_id"}

WRONG: list[tuple[str, str, dict[str, object], int, str]] = [
    ("GET", "/v1/nowhere", {}, 404, "Not found"),
    ("GET", "/v1/accounts/nobody", {}, 404, "Unknown account"),
    ("GET", "/v1/accounts/nobody/recommendations", {}, 404, "Unknown account"),
    ("GET", "/v1/recommendations/none", {}, 404, "Unknown recommendation"),
    ("DELETE", "/v1/accounts", {}, 405, "Method not allowed"),
    ("GET", "/v1/accounts?limit=0", {}, 422, "Wrong fields"),
    ("GET", "/v1/accounts?limit=201", {}, 422, "Wrong fields"),
    ("GET", "/v1/accounts?motion=sideways", {}, 422, "Wrong fields"),
    ("GET", "/v1/accounts?cursor=made-up", {}, 400, "Wrong cursor"),
    ("GET", "/v1/recommendations?cursor=%C3%A9", {}, 400, "Wrong cursor"),
    ("POST", ACME, {"json": {"response": "liked", "actor": ADA}}, 422, "Wrong fields"),
    ("POST", ACME, {"json": {"response": "replaced", "actor": ADA}}, 422, "Response incomplete"),
    ("POST", ACME, {"json": {"respnse": "accepted"}}, 422, "Wrong fields"),
    ("POST", ACME, {"json": {"response": "handed_over", "actor": ADA}}, 422, "Response incomplete"),
    ("POST", ACME, {"json": {"response": "handed_over", "handed_to": STRANGER}}, 422, "Unknown person"),
    ("POST", ACME, {"json": {"response": "accepted", "actor": STRANGER}}, 422, "Unknown person"),
    ("POST", OWN, {"json": {"action": "training", "actor": STRANGER}}, 422, "Unknown person"),
    ("POST", OWN, {"json": {"action": "training", "actor": ADA, "timestamp": "2025-06-03T00:00:00Z"}}, 422, LATER),
    ("POST", OWN, {"json": {"action": "trainin", "actor": ADA}}, 422, "Unknown action"),
    ("POST", OWN, {"json": {}}, 422, "Own choice incomplete"),
    ("POST", OWN, {"json": {"action": "training", "actor": ADA, "timestamp": "2025-06-02"}}, 422, "Wrong fields"),
    ("POST", "/v1/accounts/nobody/own-choices", {"json": {"action": "training"}}, 404, "Unknown account"),
    ("GET", "/v1/accounts/nobody/own-choices", {}, 404, "Unknown account"),
    ("DELETE", f"{OWN}/own_no", {}, 404, "Unknown own choice"),
    ("GET", "/v1/accounts?motin=help", {}, 422, "Unknown parameter"),
    ("GET", "/v1/accounts/acme?as_of=2025-06-02", {}, 422, "Unknown parameter"),
    ("POST", f"{ACME}?actor=ada", {"json": {"response": "accepted"}}, 422, "Unknown parameter"),
    ("POST", ACME, {"content": b"{not json"}, 422, "Wrong fields"),
    ("POST", ACME, {"content": b"x" * (LARGEST_BODY + 1)}, 413, "Content too large"),
]


@pytest.mark.parametrize(("method", "path", "more", "status", "title"), WRONG)
def test_every_error_says_what_to_do(
    asking: Asking, method: str, path: str, more: dict[str, Any], status: int, title: str
) -> None:
    """Whatever is wrong: the right status, our media type, a title, what happened, and a remedy."""
    answer = asking("read", "respond").request(method, path, **more)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert problem["title"].lower() in {title.lower(), "request entity too large"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) - {"errors"} == FIELDS
    assert all(problem[name] for name in FIELDS)
    assert problem["request_id"] == answer.headers["X-Request-ID"]


def test_wrong_fields_are_named_one_by_one(asking: Asking) -> None:
    """Where, and what is wrong with it; once for each field, in the caller's names."""
    problem = asking("read").get("/v1/recommendations?motion=x&limit=0&status=open&status=odd").json()
    assert {wrong["field"] for wrong in problem["errors"]} == {"query.motion", "query.limit", "query.status.1"}


def test_a_parameter_that_nobody_knows_is_named(asking: Asking) -> None:
    """A filter that is misspelled must not give everything; what may have been meant is said, and what there is."""
    reader = asking("read")
    problem = reader.get("/v1/recommendations?limit=3&motin=help").json()
    assert problem["detail"] == "there is no parameter 'motin' here, did you mean motion?"
    assert problem["remedy"].startswith("send only by_itself, cursor, limit, motion, owner, segment, service_line")
    nothing = reader.get("/v1/health?probe=1").json()
    assert nothing["remedy"] == "leave the query out: nothing can be asked for here"
    asked = reader.get("/openapi.json").json()["paths"]["/v1/recommendations"]["get"]["parameters"]
    known = [parameter["name"] for parameter in asked if parameter["in"] == "query"]
    assert problem["remedy"] == f"send only {', '.join(sorted(known))}"


def test_a_stranger_is_not_told_what_may_be_asked_for(asking: Asking) -> None:
    """Who they are comes first, on every way in; health, which is open, still says what it does not know."""
    stranger, reader = asking(), asking("read")
    doors = ("GET", "/v1/accounts"), ("GET", "/v1/recommendations"), ("POST", ACME), ("DELETE", f"{OWN}/x")
    for method, path in doors:
        assert stranger.request(method, f"{path}?motin=help").status_code == 401, path
        refused = stranger.request(method, f"{path}?motin=help", headers={"X-API-Key": "csk_no"})
        assert (refused.status_code, "motin" in refused.text) == (401, False), path
    assert stranger.get("/v1/health?probe=1").status_code == 422
    assert reader.get("/v1/accounts?motin=help").status_code == 422


def test_null_is_the_same_as_nothing(asking: Asking) -> None:
    """Programs that send every field of theirs are understood, on both ways in."""
    sender, empty = asking("respond", person="ada@us.test"), {"reason": None, "actor": None, "idempotency_key": None}
    assert sender.post(ACME, json={"response": "accepted", "until": None} | empty).status_code == 201
    own = {"action": "training", "own_words": None, "timestamp": None} | empty
    assert sender.post(OWN, json=own).status_code == 201


def test_a_stranger_is_told_how_to_come_in(asking: Asking) -> None:
    """Without a key every route but health is closed: 401, and which header to send."""
    stranger = asking()
    paths = stranger.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in operations:
            answer = stranger.request(method, path)
            if path == "/v1/health":
                assert answer.status_code == 200
                continue
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "Authorization" in answer.json()["remedy"]


@pytest.mark.parametrize(("scope", "method", "path"), [("respond", "GET", "/v1/accounts"), ("read", "POST", ACME)])
def test_a_key_opens_what_its_scopes_name(asking: Asking, scope: str, method: str, path: str) -> None:
    """A key that may read may not respond, nor the other way round; admin may both."""
    body = {"response": "accepted", "actor": "ada@us.test"} if method == "POST" else None
    refused = asking(scope).request(method, path, json=body)
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    assert asking("admin").request(method, path, json=body).is_success


def test_a_surprise_gives_nothing_away(book: Store) -> None:
    """Where our own code fails the caller gets a request id, and not a word of what is inside."""
    secret = book.create_key("crm", ["read"], NOON).secret
    broken = build_app(book, AppOptions("x", clock=lambda: NOON))

    @broken.get("/v1/broken")
    def broken_route() -> None:
        raise ZeroDivisionError("inner secret")

    client = TestClient(broken, headers={"X-API-Key": secret}, raise_server_exceptions=False)
    answer = client.get("/v1/broken", headers={"X-Request-ID": "mine-1"})
    assert (answer.status_code, answer.json()["request_id"]) == (500, "mine-1")
    assert "inner secret" not in answer.text


def test_a_request_id_that_could_do_harm_is_replaced(asking: Asking) -> None:
    """The caller's id is kept where it is harmless, so that both logs can be joined."""
    client = asking()
    assert client.get("/v1/health", headers={"X-Request-ID": "abc.1"}).json()["request_id"] == "abc.1"
    assert client.get("/v1/health", headers={"X-Request-ID": "a b<script>"}).json()["request_id"] != "a b<script>"


def test_every_response_is_guarded(asking: Asking) -> None:
    """Nothing from elsewhere, no frames, no sniffing: on answers, problems, documents and files alike."""
    for path in ("/v1/health", "/v1/accounts", "/openapi.json", "/static/htmx/htmx.min.js", "/v1/nowhere"):
        headers = asking().get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
