"""What people did comes back to the lake once, and each night only what is new is read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs import remembered
from consumption.jobs.create import create
from consumption.jobs.daily import remember
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.store.records import Answer
from tests.store.book import DAY, MONDAY, NOON, STANDINGS, publication, recommendation_id


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Monday's plan is published and in the lake."""
    made = create(tmp_path / "w")
    with store_of(made) as store:
        store.publish(publication())
    assert remember(made) == (len(STANDINGS), 0)
    return made


def read(workspace: Workspace, table: str) -> int:
    """How many rows of the store the next night reads."""
    since = remembered.since(workspace.root, lake_of(workspace), table)
    with store_of(workspace) as store:
        return (store.decisions_since if table == "decisions" else store.responses_since)(since).height


def test_older_plans_are_not_read_again(workspace: Workspace) -> None:
    """Of four plans the last is looked at once more, and adds nothing."""
    for day in (1, 2, 3):
        with store_of(workspace) as store:
            store.publish(publication(MONDAY + day * DAY))
        assert remember(workspace)[0] > 0
    assert read(workspace, "decisions") < 2 * len(STANDINGS)
    assert remember(workspace) == (0, 0)
    with store_of(workspace) as store:
        logged = set(store.decisions_since()["decision_id"])
    assert set(lake_of(workspace).scan("decisions").select("decision_id").collect()["decision_id"]) == logged


def test_an_answer_that_was_stored_late_is_not_missed(workspace: Workspace) -> None:
    """One of an hour before the last that is in the lake comes too, and none twice."""
    ids = [recommendation_id(one.account_id) for one in STANDINGS if one.action != "none" and not one.held_out][:2]
    with store_of(workspace) as store:
        store.respond(ids[0], Answer("accepted", actor="a@example.com"), NOON)
    assert remember(workspace) == (0, 1)
    with store_of(workspace) as store:
        store.respond(ids[1], Answer("accepted", actor="a@example.com"), NOON - timedelta(hours=1))
    assert remember(workspace) == (0, 1)
    assert remember(workspace) == (0, 0)


def test_a_lake_that_lost_its_rows_gets_all_of_them_again(workspace: Workspace) -> None:
    """What is remembered is believed only while the row it names is in the lake; so is a file that is not whole."""
    file = workspace.root / remembered.FILE
    text = file.read_text("utf-8")
    file.write_text(text.replace('"key": "', '"key": "another-'), "utf-8")
    assert remembered.since(workspace.root, lake_of(workspace), "decisions") is None
    file.write_text(text[:-5], "utf-8")
    assert remembered.since(workspace.root, lake_of(workspace), "decisions") is None
    assert remember(workspace) == (0, 0)
    assert remembered.since(workspace.root, lake_of(workspace), "decisions") == MONDAY - remembered.LATE["decisions"]


def test_the_salt_of_a_workspace_is_its_own(tmp_path: Path) -> None:
    """Written with the settings, in their section; without one it is the constant that older workspaces have."""
    own = create(tmp_path / "own", salt="0f3a").settings.holdout
    assert (own.salt, own.share) == ("0f3a", 0.1)
    assert create(tmp_path / "plain").settings.holdout.salt == "consumption"
