"""Who may come in: keys, sessions, and "Look as" on one's own machine."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from consumption.serving.app import build_app
from consumption.serving.auth import COOKIE, is_loopback, session_secret
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.store.book import DAY, NOON, recommendation_id

HOME = "http://127.0.0.1:8000"
OWN = {"Origin": HOME}


def browser(
    book: Store, *, look_as: bool = True, on_loopback: bool = True, client: str = "127.0.0.1", home: str = HOME
) -> TestClient:
    """A browser that asks from an address, under the name of the server it typed."""
    options = AppOptions("for tests only", look_as=look_as, on_loopback=on_loopback, clock=lambda: NOON)
    app = build_app(book, options)
    return TestClient(app, base_url=home, client=(client, 50_000), follow_redirects=False)


def looks_as(found: TestClient, email: str = "ada@us.test", **headers: str) -> bool:
    """Whether "Look as" opened a session that reads."""
    found.post("/look-as", data={"email": email}, headers=OWN | headers)
    return found.get("/v1/accounts").is_success


def test_on_ones_own_machine_a_demo_opens_without_a_password(book: Store) -> None:
    """Settings allow it, the server listens on this machine only, the visitor is on this machine."""
    assert looks_as(browser(book))
    assert book.audit_entries()[0].verb == "looked as"


def test_look_as_is_closed_to_everybody_else(book: Store) -> None:
    """Without the setting, on a server others reach, from elsewhere, through a proxy, or under a foreign name."""
    assert not looks_as(browser(book, look_as=False))
    assert not looks_as(browser(book, on_loopback=False))
    assert not looks_as(browser(book, client="10.0.0.7"))
    assert not looks_as(browser(book), **{"X-Forwarded-For": "10.0.0.7"})
    assert not looks_as(browser(book, home="http://rebound.test:8000"), Origin="http://rebound.test:8000")
    assert not looks_as(browser(book), email="stranger@us.test")


def test_a_demo_session_ends_with_the_demo(book: Store) -> None:
    """A cookie from "Look as" is worth nothing once the server no longer allows it."""
    before = browser(book)
    assert looks_as(before)
    after = browser(book, look_as=False)
    after.cookies = before.cookies
    assert after.get("/v1/accounts").status_code == 401


def test_a_person_signs_in_with_a_key(book: Store) -> None:
    """The session has the person's role, and ends when the key is revoked."""
    made = book.create_key("ada", ["read"], NOON, person="ada@us.test")
    found = browser(book, look_as=False)
    assert found.post("/sign-in", data={"key": made.secret}, headers=OWN).status_code == 303
    assert found.get("/v1/recommendations").is_success
    book.revoke_key(made.key.key_id, NOON)
    assert found.get("/v1/recommendations").status_code == 401


def test_a_key_of_nobody_opens_no_page(book: Store) -> None:
    """A plugin's key is for programs: signing in with it is refused, and so is a wrong one."""
    found = browser(book)
    for secret in (book.create_key("crm", ["read"], NOON).secret, "csk_wrong"):
        assert found.post("/sign-in", data={"key": secret}, headers=OWN).is_error
        assert COOKIE not in found.cookies


def test_signing_out_forgets(book: Store) -> None:
    """After it the browser is a stranger."""
    found = browser(book)
    assert looks_as(found)
    found.post("/sign-out", headers=OWN)
    assert found.get("/v1/accounts").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(book: Store) -> None:
    """HttpOnly, SameSite, and Secure where the page came over TLS."""
    sent = browser(book).post("/look-as", data={"email": "ada@us.test"}, headers=OWN).headers["set-cookie"].lower()
    assert "httponly" in sent
    assert "samesite=lax" in sent
    assert "secure" not in sent
    safe = browser(book, home="https://127.0.0.1:8000").post(
        "/look-as", data={"email": "ada@us.test"}, headers={"Origin": "https://127.0.0.1:8000"}
    )
    assert "secure" in safe.headers["set-cookie"].lower()


@pytest.mark.parametrize("change", ["x", "", "a.b.c"])
def test_a_forged_cookie_is_no_session(book: Store, change: str) -> None:
    """Only what this server signed is believed."""
    found = browser(book)
    found.cookies.set(COOKIE, change)
    assert found.get("/v1/accounts").status_code == 401


def test_another_sites_page_cannot_answer(book: Store) -> None:
    """A session changes something only from our own pages; a key, which no browser sends by itself, from anywhere."""
    found = browser(book)
    assert looks_as(found)
    path, sent = f"/v1/recommendations/{recommendation_id('acme')}/responses", {"response": "accepted"}
    hostile: list[dict[str, str]] = [
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": HOME},
        {"Origin": "null"},
        {"Referer": "https://evil.test/127.0.0.1:8000"},
        {},
    ]
    for headers in hostile:
        assert found.post(path, json=sent, headers=headers).status_code == 403, headers
    assert book.responses(recommendation=recommendation_id("acme")) == []
    assert found.post(path, json=sent, headers=OWN).status_code == 201


def test_a_stranger_is_led_to_the_sign_in_page(book: Store) -> None:
    """Pages lead there; the API says 401."""
    found = browser(book)
    assert found.get("/today").headers["location"] == "/sign-in"
    assert found.get("/v1/accounts").status_code == 401


def test_a_key_sees_what_its_person_may_see(book: Store) -> None:
    """An engineer's key sees the control group; one of somebody unknown sees what a rep sees."""
    found = browser(book)

    def withheld(person: str | None, *scopes: str) -> int:
        secret = book.create_key("key", scopes, NOON, person=person).secret
        answer = found.get("/v1/recommendations?withheld=true", headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code

    assert withheld("eve@us.test", "read") == 200
    assert withheld(None, "admin") == 200
    for person in ("ada@us.test", "lea@us.test", "gone@us.test", None):
        assert withheld(person, "read") == 403
    assert withheld("ada@us.test", "admin") == 403


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer csk_no"}, {"X-API-Key": "no"}, {"Authorization": "Basic x"}]
)
def test_a_wrong_key_is_refused(book: Store, headers: dict[str, str]) -> None:
    """Whatever the header, what opens nothing is 401; so is a key that has ended."""
    found = browser(book)
    assert found.get("/v1/accounts", headers=headers).status_code == 401
    ended = book.create_key("old", ["read"], NOON - DAY, expires_at=NOON).secret
    assert found.get("/v1/accounts", headers={"X-API-Key": ended}).status_code == 401


def test_the_session_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    """A file nobody else may read; the second start finds what the first one made."""
    file = tmp_path / ".session-secret"
    first = session_secret(file)
    assert session_secret(file) == first
    assert len(first) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_workers_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    """A session signed by one worker is believed by the others."""
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: session_secret(tmp_path / "secret"), range(8)))
    assert len(made) == 1
    assert len(made.pop()) >= 43


def test_only_this_machine_is_loopback() -> None:
    """Names and addresses that mean this machine and nothing else."""
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1"))
    others = ("", "0.0.0.0", "::", "10.0.0.1", "localhost.evil.test", "127.0.0.1.x")  # noqa: S104  (nothing binds)
    assert not any(is_loopback(host) for host in others)
