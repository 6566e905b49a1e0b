"""What was published stays what it was, whatever is settled, made or asked for afterwards."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.export import export
from consumption.jobs.handing_out import NothingToSendYet
from consumption.jobs.keys import store_of
from consumption.jobs.number import number
from consumption.jobs.publish import publish
from consumption.jobs.published import PlanIsPublished, PlanNotHere
from consumption.jobs.recommend import current_draft, make_draft, recommend
from tests.jobs import wholly
from tests.jobs.test_doctor import loaded


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three accounts, with a draft of the day that nobody has published."""
    folder = tmp_path_factory.mktemp("published")
    workspace = loaded(folder, {**wholly.tables(), "events": wholly.events(60)})
    make_draft(workspace, as_of=wholly.AS_OF)
    return workspace


@pytest.fixture
def shown(shop: Workspace, tmp_path: Path) -> Workspace:
    """A copy in which the day is published, and an hour costs something else since."""
    shutil.copytree(shop.root, tmp_path / "shown")
    workspace = Workspace.open(tmp_path / "shown")
    publish(workspace, as_of=wholly.AS_OF, now=wholly.NOW)
    file = workspace.root / "consumption.toml"
    file.write_text(file.read_text("utf-8") + "\n[policy]\nhour_cost = 1\n", "utf-8")
    return Workspace.open(workspace.root)


def test_nothing_is_sent_before_its_decision_is_logged(shop: Workspace, tmp_path: Path) -> None:
    """What runs by itself leaves the house: of a draft there is nothing to send, and no file is written."""
    with pytest.raises(NothingToSendYet, match="in no log yet"):
        export(shop, "to_send", tmp_path / "send.csv", as_of=wholly.AS_OF)
    assert list(tmp_path.iterdir()) == []


def test_what_is_sent_is_in_the_log(shown: Workspace, tmp_path: Path) -> None:
    """Of a published plan in which all runs by itself, each row with its decision is sent, and no other."""
    plan = drafts.load(shown.drafts, wholly.AS_OF)
    assert plan is not None
    sent = plan.recommendations.with_columns(delivery=pl.lit("self_service")).filter(pl.col("action") != "none")
    unknown = sent.head(1).with_columns(recommendation_id=pl.lit("never logged"))
    drafts.save(shown.drafts, replace(plan, recommendations=pl.concat([sent, unknown])))
    assert export(shown, "to_send", tmp_path / "send.parquet", as_of=wholly.AS_OF) == sent.height > 0
    assert set(pl.read_parquet(tmp_path / "send.parquet")["recommendation_id"]) == set(sent["recommendation_id"])


def test_a_published_plan_is_not_made_anew(shown: Workspace, tmp_path: Path) -> None:
    """Other settings since then change neither the number of the plan nor what is exported of it."""
    before = number(shown, as_of=wholly.AS_OF).planned
    with pytest.raises(PlanIsPublished, match="is published"):
        recommend(shown, as_of=wholly.AS_OF)
    assert "nothing changed" in publish(shown, as_of=wholly.AS_OF, now=wholly.NOW).text
    after = number(shown, as_of=wholly.AS_OF).planned
    assert before == after
    assert before is not None
    assert before.published
    export(shown, "recommendations", tmp_path / "all.parquet", as_of=wholly.AS_OF)
    with store_of(shown) as store:
        logged = store.decisions_since()["decision_id"]
    chosen = pl.read_parquet(tmp_path / "all.parquet").filter(pl.col("action") != "none")
    assert set(chosen["recommendation_id"]) <= set(logged)
    assert chosen.height > 0


def test_no_other_plan_stands_in_for_a_published_one_that_is_lost(shown: Workspace) -> None:
    """Its files are gone: that is said, and nothing is made in its place."""
    shutil.rmtree(shown.drafts)
    with pytest.raises(PlanNotHere):
        current_draft(shown, wholly.AS_OF)
    assert "nothing changed" in publish(shown, as_of=wholly.AS_OF, now=wholly.NOW).text
