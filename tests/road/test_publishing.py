"""Publishing: once a day, logged first, and what people did comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.daily import remember
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.recommend import current_draft, make_draft
from consumption.store.filters import RecommendationFilter
from consumption.store.records import Answer
from consumption.store.viewer import OWNER_OF_FILES
from tests.conftest import Command
from tests.road.conftest import AS_OF, NOW


def test_the_same_day_published_again_changes_nothing(copy: Workspace, command: Command) -> None:
    """What people see is decided once a day."""
    with store_of(copy) as store:
        before = store.state()
    code, said, _ = command("publish", "--as-of", "2026-06-01", "-w", copy.root)
    with store_of(copy) as store:
        assert store.state() == before
    assert (code, "nothing changed" in said) == (0, True)


def test_an_earlier_day_stays_a_draft(copy: Workspace, command: Command) -> None:
    """A plan of the past can be made and looked at, but is not shown."""
    code, said, _ = command("publish", "--as-of", "2026-05-25", "-w", copy.root)
    with store_of(copy) as store:
        assert store.latest_as_of() == AS_OF
    assert (code, "stays a draft" in said) == (0, True)
    assert (copy.drafts / "2026-05-25" / "plan.json").is_file()


def test_every_recommendation_was_logged_before_it_was_shown(made: Workspace) -> None:
    """The proof rests on the log: each row that people may see has its decision, with a propensity."""
    with store_of(made) as store:
        page = store.recommendations(RecommendationFilter(), visible_to=OWNER_OF_FILES, limit=200)
        log = store.decisions_since()
    logged = dict(log.select("decision_id", "propensity").iter_rows())
    assert page.items
    assert all(logged[item.recommendation_id] is not None for item in page.items)


def test_what_people_did_comes_back_to_the_lake_once(copy: Workspace) -> None:
    """Decisions and responses reach the lake, and a second run adds none."""
    with store_of(copy) as store:
        page = store.recommendations(RecommendationFilter(), visible_to=OWNER_OF_FILES, limit=1)
        store.respond(page.items[0].recommendation_id, Answer("accepted", actor="a@example.com"), NOW)
    responses = lake_of(copy).scan("responses").collect().height
    decisions, first = remember(copy)
    assert decisions > 0
    assert first == 1
    assert remember(copy) == (0, 0)
    assert lake_of(copy).scan("responses").collect().height == responses + 1


def test_the_daily_job_of_the_next_day_publishes_a_new_plan(copy: Workspace, command: Command) -> None:
    """One command a day: what came in, what people did, a new plan, shown."""
    code, said, error = command("run", "--as-of", "2026-06-02", "-w", copy.root)
    assert code == 0, error
    assert "published as of 2026-06-02" in said
    with store_of(copy) as store:
        assert store.latest_as_of() == AS_OF + timedelta(days=1)


def test_the_models_stand_in_mlflow_under_their_names(made: Workspace) -> None:
    """Runs, versions and the alias champion are in the workspace's own MLflow database."""
    from mlflow import MlflowClient  # noqa: PLC0415 - seconds to import, and for this test alone

    client = MlflowClient(tracking_uri=made.tracking_uri, registry_uri=made.tracking_uri)
    for name in ("consumption-help", "consumption-expand"):
        champion = client.get_model_version_by_alias(name, "champion")
        run = client.get_run(str(champion.run_id))
        assert run.data.params["horizon_days"] in {"182", "91", "56"}
        assert any(tag.startswith("signal.") for tag in run.data.tags)
        assert pl.Series(run.data.metrics.values()).is_finite().all()


def test_a_draft_of_models_that_rank_no_more_is_made_anew(copy: Workspace) -> None:
    """What is exported or published is ranked by what ranks today; what was published stays as it was shown."""
    earlier = AS_OF - timedelta(days=7)
    draft = make_draft(copy, as_of=earlier)
    assert current_draft(copy, earlier) is not None
    old = replace(draft, about={**draft.about, "model_versions": {"help": "0", "expand": "0"}})
    drafts.save(copy.drafts, old)
    assert current_draft(copy, earlier) is None
    assert current_draft(copy, AS_OF) is not None
