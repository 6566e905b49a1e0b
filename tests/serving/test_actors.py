"""In whose name a program acts: somebody of the team, as the table of people has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from consumption.jobs.create import create
from consumption.jobs.keys import create as create_key
from consumption.jobs.keys import store_of
from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from consumption.store.team import UnknownPerson
from tests.serving.conftest import Asking
from tests.store.book import NOON, publication, recommendation_id

RESPOND = f"/v1/recommendations/{recommendation_id('acme')}/responses"
OWN = "/v1/accounts/delta/own-choices"
STARTED, TRAINED = {"response": "accepted"}, {"action": "training"}


def test_whoever_acts_is_written_as_the_table_of_people_writes_them(asking: Asking) -> None:
    """Else their hours and their list would be another person's: the case of an address is no other address."""
    plugin = asking("respond")
    assert plugin.post(RESPOND, json=STARTED | {"actor": "ADA@us.test"}).json()["actor"] == "ada@us.test"
    assert plugin.post(OWN, json=TRAINED | {"actor": "Bob@US.test"}).json()["actor"] == "bob@us.test"
    handed = plugin.post(RESPOND, json={"response": "handed_over", "handed_to": "BOB@us.test"}).json()
    assert handed["handed_to"] == "bob@us.test"


def test_what_one_said_oneself_is_taken_back_with_the_key_that_said_it(asking: Asking) -> None:
    """However the key writes the case of its person's address; another person's key stays refused."""
    ada, made = asking("respond", person="ADA@us.test"), asking("respond", person="ada@us.test")
    for saying, taking in ((ada, ada), (ada, made), (made, ada)):
        said = saying.post(OWN, json=TRAINED).json()
        assert said["actor"] == "ada@us.test"
        assert asking("respond", person="bob@us.test").delete(f"{OWN}/{said['id']}").status_code == 403
        assert taking.delete(f"{OWN}/{said['id']}").status_code == 200


def test_nobody_acts_who_is_not_of_the_team(asking: Asking, book: Store) -> None:
    """Whom the request or the key names: nothing is stored, and the remedy says who may have been meant."""
    plugin, gone = asking("respond"), asking("respond", person="gone@us.test")
    for path, sent in ((RESPOND, STARTED), (OWN, TRAINED)):
        refused = plugin.post(path, json=sent | {"actor": "adda@us.test"})
        assert refused.status_code == 422
        assert "did you mean ada@us.test?" in refused.json()["detail"]
        assert "`actor`" in refused.json()["remedy"]
        by_key = gone.post(path, json=sent)
        assert (by_key.status_code, by_key.json()["title"]) == (422, "Unknown person")
        assert "--person" in by_key.json()["remedy"]
    assert (book.responses(account="acme"), book.own_choices("delta")) == ([], [])


def test_a_program_that_names_nobody_acts_by_its_own_name(asking: Asking) -> None:
    """Not every deed has a person behind it; the key's name is no address and pretends to be none."""
    assert asking("respond").post(RESPOND, json=STARTED).json()["actor"] == "crm"


def test_where_nobody_told_who_is_of_the_team_every_address_is_believed(tmp_path: Path) -> None:
    """Owners of accounts stand in for a table of people then, and they are not all there are."""
    store = Store.open(f"sqlite:///{tmp_path / 'consumption.db'}")
    store.publish(replace(publication(), summary={"team_told": False}))
    key = store.create_key("crm", ["respond"], NOON).secret
    plugin = TestClient(build_app(store, AppOptions("x", clock=lambda: NOON)), headers={"X-API-Key": key})
    assert plugin.post(RESPOND, json=STARTED | {"actor": "new@us.test"}).json()["actor"] == "new@us.test"
    assert plugin.post(RESPOND, json={"response": "handed_over", "handed_to": "new@us.test"}).status_code == 201
    store.close()


def test_a_key_is_made_for_somebody_of_the_team(tmp_path: Path) -> None:
    """Once it is known who is; before the first plan any address will do."""
    workspace = create(tmp_path / "w")

    def key_for(person: str) -> str:
        return create_key(workspace, name="crm", scopes=["read"], person=person, days=1, now=NOON)

    assert "as new@us.test" in key_for("new@us.test")
    with store_of(workspace) as store:
        store.publish(publication())
    assert "as ada@us.test" in key_for("Ada@us.test")
    with pytest.raises(UnknownPerson, match=r"did you mean ada@us\.test") as refused:
        key_for("adda@us.test")
    assert "--person" in refused.value.remedy
