"""What is withheld from a held-out account goes through no door of the service."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.serving.conftest import Asking
from tests.store.book import SECRETS, recommendation_id

PEOPLE = ["ada@us.test", "lea@us.test", None]
PARAMETERS = {"account_id": "elm", "recommendation_id": recommendation_id("elm")}


def paths_of(client: TestClient) -> list[str]:
    """Every path that can be read, with the held-out account and its withheld recommendation filled in."""
    document = client.get("/openapi.json").json()
    readable = [path for path, operations in document["paths"].items() if "get" in operations]
    return [path.format(**PARAMETERS) for path in readable]


@pytest.mark.parametrize("person", PEOPLE)
def test_no_route_tells_a_rep_who_is_held_out(asking: Asking, person: str | None) -> None:
    """Every route there is, asked by rep, lead and plugin: no word of arm, propensity or withheld action."""
    reader = asking("read", "respond", person=person)
    paths = paths_of(reader)
    assert len(paths) >= 6
    for path in [*paths, "/v1/recommendations?updated_since=2020-01-01T00:00:00Z", "/v1/accounts?search=elm"]:
        found = [secret for secret in SECRETS if secret in reader.get(path).text]
        assert found == [], path


@pytest.mark.parametrize("person", PEOPLE)
def test_held_out_and_without_hours_read_the_same(asking: Asking, person: str | None) -> None:
    """Same fields, same words, same headers: only the account's own name, ranks and page differ."""
    reader = asking("read", person=person)
    for path in ("/v1/accounts/{}", "/v1/accounts/{}/recommendations", "/v1/recommendations/rec-20250602-{}"):
        held_out, no_hours = (reader.get(path.format(account)) for account in ("elm", "delta"))
        assert held_out.status_code == no_hours.status_code
        assert same_words(held_out.text, "elm") == same_words(no_hours.text, "delta")
        assert set(held_out.headers) == set(no_hours.headers)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_withheld_recommendation_cannot_be_answered(asking: Asking, person: str | None) -> None:
    """Whoever guesses its id learns no more than from an id that never was."""
    sender = asking("read", "respond", person=person)
    sent = {"response": "accepted", "actor": person or "ada@us.test"}
    told = {
        same_words(sender.post(f"/v1/recommendations/{recommendation_id(a)}/responses", json=sent).text, a)
        for a in ("elm", "delta", "nobody")
    }
    assert len(told) == 1
    assert "404" in told.pop()


def test_asking_for_what_was_withheld_is_for_engineers(asking: Asking) -> None:
    """A rep is told no; an engineer gets the decision with its arm, its propensity and what would have been."""
    path = "/v1/recommendations?withheld=true"
    assert asking("read", person="ada@us.test").get(path).status_code == 403
    seen = {item["account_id"]: item for item in asking("read", person="eve@us.test").get(path).json()["items"]}
    assert (seen["elm"]["held_out"], seen["elm"]["would_be"]) == (True, "executive_call")
    assert seen["acme"]["propensity"] == 0.9


def test_duties_reach_everybody(asking: Asking) -> None:
    """A mandatory action of a held-out account is a recommendation like any."""
    page = asking("read", person="ada@us.test").get("/v1/accounts/gum/recommendations").json()
    assert [item["action"] for item in page["items"]] == ["training"]
    assert not {"held_out", "propensity", "would_be"} & set(page["items"][0])


def same_words(text: str, account: str) -> str:
    """A response without what is an account's own: name, ranks, the motion they imply, request id."""
    text = text.replace(account, "X").replace(account.title(), "X")
    text = re.sub(r'"(help_rank|expand_rank)":\d+', r'"\1":0', text)
    text = re.sub(r'"motion":"\w+"', '"motion":"any"', text)
    return re.sub(r'"request_id":"\w+"', '"request_id":""', text)
