"""Day one: accounts and events alone. A rule ranks, and everything says so, why, and when that may change."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from fastapi.testclient import TestClient

from consumption.config import Workspace
from consumption.jobs.daily import DailyDone, daily
from consumption.jobs.doctor import doctor
from consumption.jobs.team import team_of
from consumption.jobs.train import train
from consumption.models.samples.dataset import NoLabels
from consumption.models.samples.horizon import choose_horizon
from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.features.quality.small import AS_OF, book
from tests.jobs.test_doctor import loaded

NOON = AS_OF + timedelta(hours=12)
HERE = "http://127.0.0.1:8000"
OWNER = "ada@ours.example"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two weeks of events, and accounts, of which one came last week."""
    tables = book()
    first = AS_OF - timedelta(days=14)
    came = pl.when(pl.col("account_id") == "a01").then(pl.lit(AS_OF - timedelta(days=6))).otherwise(pl.lit(first))
    accounts = tables["accounts"].with_columns(created_at=came)
    events = tables["events"].filter(pl.col("timestamp") >= first)
    return loaded(tmp_path_factory.mktemp("begun"), {"accounts": accounts, "events": events})


@pytest.fixture(scope="module")
def ran(begun: Workspace) -> DailyDone:
    """The first run."""
    return daily(begun, as_of=AS_OF, now=NOON)


def test_a_training_says_why_there_is_none_yet_and_when_there_may_be(begun: Workspace) -> None:
    """No label window is over; the rule goes on, and the day from which it makes sense is named."""
    with pytest.raises(NoLabels, match="no account has a label yet: telemetry begins on 2026-05-18") as told:
        train(begun, motions=("help", "expand"), as_of=AS_OF)
    assert "rank by the rule until 202" in told.value.remedy


def test_the_first_run_says_that_a_rule_ranks_both_motions(ran: DailyDone) -> None:
    """Whoever runs it reads it, without asking."""
    assert "help: The rule ranks, from what service leads expect: nothing has been trained yet." in ran.text
    assert "expand: The rule ranks" in ran.text


def test_the_doctor_does_not_promise_a_day_where_nobody_was_ever_lost(begun: Workspace) -> None:
    """Without losses no pace can be told; a rule ranks."""
    (found,) = [f for f in doctor(begun, as_of=AS_OF).findings if f.code == "horizon"]
    assert "Where no model ranks yet, a rule does. Nobody is known to have been lost" in found.seen
    lost = pl.DataFrame(schema={"account_id": pl.String, "lost_on": pl.Date})
    assert choose_horizon(AS_OF - timedelta(days=14), AS_OF, lost).learnable_from is None


def test_pages_say_that_a_rule_makes_the_order_and_how_sure_that_is(begun: Workspace, ran: DailyDone) -> None:
    """On the list and on an account; in plain words; owners of accounts are the team where nobody said who is."""
    assert ran.published.published
    store = Store.open(begun.store_url)
    app = build_app(store, AppOptions(session_secret="for tests only", clock=lambda: NOON))
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}) as pages:
        pages.post("/sign-in", data={"key": store.create_key("ada", ["read"], NOON, person=OWNER).secret})
        today, account = pages.get("/today").text, pages.get("/accounts/a01").text
    store.close()
    assert "A simple rule makes the order, from what service leads expect: nothing has been trained yet." in today
    assert "A simple rule makes the order, " in account
    assert "Of accounts like this one, " in account
    assert "It is a new account: until four weeks of use are known" in account


def test_the_api_gives_each_account_its_interval_and_who_ranked_it(begun: Workspace, ran: DailyDone) -> None:
    """Ends around each probability where one account is asked for; a list leaves them out."""
    assert ran.published.published
    store = Store.open(begun.store_url)
    key = store.create_key("crm", ["read"], NOON).secret
    app = build_app(store, AppOptions(session_secret="for tests only", clock=lambda: NOON))
    with TestClient(app, base_url=HERE, headers={"Authorization": f"Bearer {key}"}) as api:
        one, listed = api.get("/v1/accounts/a01").json(), api.get("/v1/accounts?limit=1").json()["items"][0]
    store.close()
    assert one["ranked_by"] == listed["ranked_by"] == "rule"
    for motion in ("help", "expand"):
        assert 0.0 <= one[f"{motion}_low"] < one[f"{motion}_probability"] < one[f"{motion}_high"] < 1.0
    assert "help_low" not in listed


def test_people_are_who_settings_of_the_team_say_and_owners_only_without_them() -> None:
    """Nobody becomes part of a team that was told by owning an account."""
    tables = book()
    accounts = tables["accounts"].with_columns(owner=pl.Series([None, "team", *tables["accounts"]["owner"][2:]]))
    schema = {"email": pl.String, "role": pl.String, "hours_week": pl.Float64}
    made = team_of(pl.DataFrame(schema=schema), accounts)
    assert made.rows() == [(OWNER, "rep", None), ("bo@ours.example", "rep", None)]
    told = pl.DataFrame([{"email": "cy@ours.example", "role": "lead", "hours_week": 4.0}])
    assert team_of(told, accounts).equals(told)
