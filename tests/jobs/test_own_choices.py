"""What reps choose by themselves goes where it belongs: into the lake, into learning, and not into the proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from consumption.actions.facts import Known
from consumption.actions.number.counted import counted
from consumption.actions.standing import taken_up
from consumption.config import Workspace
from consumption.jobs.check_actions import check_actions
from consumption.jobs.create import create
from consumption.jobs.daily import remember
from consumption.jobs.decided import decided
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.remembered import since
from consumption.lake.erasing import erase_from_lake
from consumption.lake.persons import Person
from consumption.store.own_choices import Deed
from tests.store.book import DAY, MONDAY, NOON, STANDINGS, publication

ADA = "ada@us.test"
TUESDAY = MONDAY + DAY


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Monday's plan is published and in the lake; elm is held out, and nothing was chosen for delta and fir."""
    made, plan = create(tmp_path / "w"), publication()
    arms = {one.account_id: "holdout" if one.held_out else "treated" for one in STANDINGS}
    logged = plan.decisions.with_columns(arm=pl.col("account_id").replace_strict(arms))
    with store_of(made) as store:
        store.publish(replace(plan, decisions=logged))
    remember(made)
    return made


def choose(workspace: Workspace, account: str, at: datetime = NOON, **what: Any) -> None:
    """Ada's own choice, told at noon."""
    with store_of(workspace) as store:
        store.choose(Deed(account, ADA, **what), at)


def test_they_come_to_the_lake_once_however_late_they_are_told(workspace: Workspace) -> None:
    """What was done long before, and what was stored a moment late, is not missed, and nothing comes twice."""
    choose(workspace, "delta", action="training")
    assert remember(workspace) == (1, 0)
    choose(workspace, "elm", NOON - timedelta(seconds=1), action="training")
    assert remember(workspace) == (1, 0)
    choose(workspace, "fir", TUESDAY, action="training", done_at=MONDAY - 20 * DAY)
    with store_of(workspace) as store:
        store.publish(publication(TUESDAY))
    assert remember(workspace) == (1 + len(STANDINGS), 0)
    assert remember(workspace) == (0, 0)


def test_nobody_knew_before_it_was_told(workspace: Workspace) -> None:
    """A plan of this morning, made again tomorrow, does not know of what was done last week and told at noon."""
    choose(workspace, "delta", action="training", done_at=MONDAY - 7 * DAY)
    remember(workspace)
    history = lake_of(workspace).history()
    known = [
        history.before(moment).decisions.filter(pl.col("decided_by") == "rep").collect().height
        for moment in (MONDAY, NOON, NOON + timedelta(microseconds=1))
    ]
    assert known == [0, 0, 1]


def test_a_held_out_account_stays_in_its_arm_whatever_is_done_for_it(workspace: Workspace) -> None:
    """It counts among the held out from the day something was withheld: who acted all the same did not comply."""
    before = counted(lake_of(workspace).history().before(TUESDAY).decisions)
    assert dict(before.select("account_id", "arm").iter_rows())["elm"] == "holdout"
    for account in ("elm", "delta", "fir"):
        choose(workspace, account, action="executive_call")
    remember(workspace)
    assert counted(lake_of(workspace).history().before(TUESDAY).decisions).equals(before)
    with store_of(workspace) as store:
        assert store.holdout_members().filter(pl.col("arm") == "control")["account_id"].to_list() == ["elm", "gum"]


def test_they_inform_through_the_biased_block(workspace: Workspace) -> None:
    """With no chance of their own; words are no action, so nothing is learned of them."""
    choose(workspace, "delta", action="training")
    choose(workspace, "fir", own_words="Took them to lunch")
    remember(workspace)
    log = decided(lake_of(workspace).history().before(TUESDAY).decisions.collect(), held_out=0.1)
    own = log.rows.filter(pl.Series(np.isnan(log.chances).all(axis=1)))
    assert own.filter(pl.col("account_id") == "delta").height == 1
    assert "fir" not in own["account_id"]
    assert "Took them to lunch" not in log.actions


def test_a_person_is_taken_out_of_the_words_in_the_lake(workspace: Workspace) -> None:
    """Of what was done and of why; who of us did it, and when, stays."""
    choose(workspace, "fir", own_words="Called Ada Lovelace", reason="al-4711 asked")
    remember(workspace)
    person = Person(user_ids=("al-4711",), emails=(), names=("Ada Lovelace",), accounts=(), texts=())
    erase_from_lake(lake_of(workspace), person)
    own = lake_of(workspace).scan("decisions").filter(pl.col("decided_by") == "rep").collect()
    said = '{"actor":"ada@us.test","in_own_words":true,"reason":"[erased] asked"}'
    assert own.select("action", "attributes", "timestamp").rows() == [("Called [erased]", said, NOON)]


def test_words_are_listed_for_whoever_keeps_the_catalogue(workspace: Workspace) -> None:
    """As those of a card are, so that they can become an entry."""
    choose(workspace, "fir", own_words="Took them to lunch")
    choose(workspace, "elm", own_words="Took them to lunch")
    choose(workspace, "delta", action="training")
    assert check_actions(workspace).instead == [("Took them to lunch", 2)]


def test_what_was_taken_back_is_corrected_in_the_lake(workspace: Workspace) -> None:
    """Until that was known it counts, from then on it is no deed any more; once, however often the job runs."""
    choose(workspace, "delta", action="training")
    assert remember(workspace) == (1, 0)
    with store_of(workspace) as store:
        store.take_back("delta", store.own_choices("delta")[0].decision_id, TUESDAY)
    assert [remember(workspace) for _ in range(2)] == [(1, 0), (0, 0)]
    history, later = lake_of(workspace).history(), timedelta(microseconds=1)

    def rested(moment: datetime) -> list[str]:
        known = Known.of(history, moment)
        return taken_up(known.decisions.filter(pl.col("decided_by") == "rep"), known.responses)["action"].to_list()

    assert (rested(NOON + later), rested(TUESDAY), rested(TUESDAY + later)) == (["training"], ["training"], [])


def test_what_was_taken_back_before_the_job_ran_never_comes_to_the_lake(workspace: Workspace) -> None:
    """Nobody upstream ever learns of it, and the next night still reads only what is new."""
    choose(workspace, "delta", action="training")
    with store_of(workspace) as store:
        store.take_back("delta", store.own_choices("delta")[0].decision_id, NOON)
    assert remember(workspace) == (0, 0)
    assert since(workspace.root, lake_of(workspace), "decisions") is not None
