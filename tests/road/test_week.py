"""A week on the road: the same cards under the same addresses, and what the week would be with other hours."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.store.filters import RecommendationFilter
from consumption.store.records import Answer, Recommendation
from consumption.store.viewer import OWNER_OF_FILES
from tests.conftest import Command
from tests.road.conftest import AS_OF, NOW

ALL = RecommendationFilter(status=("open", "accepted", "snoozed", "withdrawn"))


def cards(workspace: Workspace) -> dict[str, Recommendation]:
    """Every card ever shown, by its id."""
    with store_of(workspace) as store:
        page = store.recommendations(ALL, visible_to=OWNER_OF_FILES, limit=500)
    return {item.recommendation_id: item for item in page.items if item.shown and item.action != "none"}


def test_a_week_is_stable_from_night_to_night(copy: Workspace, command: Command) -> None:
    """Tuesday shows Monday's cards; a started one stays started, a snoozed one is back on Wednesday, by itself."""
    monday = cards(copy)
    people = sorted(i for i, card in monday.items() if card.hours > 0 and not card.mandatory)
    started, later = people[:2]
    with store_of(copy) as store:
        store.respond(started, Answer("accepted", actor="a@example.com"), NOW)
        store.respond(later, Answer("snoozed", actor="a@example.com", until=date(2026, 6, 3)), NOW)
    assert command("run", "--as-of", "2026-06-02", "-w", copy.root)[0] == 0
    tuesday = cards(copy)
    assert (tuesday[started].status, tuesday[later].status) == ("accepted", "snoozed")
    ended = {i: card.ended_because for i, card in tuesday.items() if card.status == "withdrawn"}
    same = {i for i in monday if i in tuesday and tuesday[i].status == "open"}
    assert same == set(monday) - {started, later} - set(ended)
    assert len(same) > 0.8 * len(monday)
    assert set(ended.values()) <= {"cleared", "displaced"}
    assert all(tuesday[i].created_at == monday[i].created_at for i in same)
    assert {tuesday[i].as_of for i in same} == {AS_OF + timedelta(days=1)}
    assert command("run", "--as-of", "2026-06-03", "-w", copy.root)[0] == 0
    back = cards(copy)[later]
    assert back.status == "open" or back.ended_because in {"cleared", "displaced"}


def test_the_plan_is_told_in_money_and_solved_again_with_other_hours(copy: Workspace, command: Command) -> None:
    """Today's week, what an hour would bring, and what forty more hours would change."""
    code, said, error = command("plan", "--as-of", "2026-06-01", "--with", "hours.training=+40", "-w", copy.root)
    assert code == 0, error
    assert "The best week as of 2026-06-01:" in said
    assert "one more hour of" in said
    assert "With hours.training=+40:" in said
    code, _, error = command("plan", "--as-of", "2026-06-01", "--with", "hours.trainig=+40", "-w", copy.root)
    assert (code, "did you mean training?" in error) == (1, True)


def test_the_catalogue_of_a_workspace_is_checked_with_lines(copy: Workspace, command: Command) -> None:
    """A good one tells for how many accounts each action is; a wrong one where it is wrong."""
    code, said, _ = command("check", "actions", "-w", copy.root)
    assert (code, "no mistakes; by the signals of 2026-06-01" in said) == (0, True)
    assert "claimed: cuts the odds of churn by 30% where `low_adoption` is full; worth 400 accounts" in said
    assert "learned: " in said
    assert "answers: shown " in said
    file = copy.actions_file
    file.write_text(file.read_text("utf-8").replace("notice_given", "corr(arr, arr) > 0", 1), "utf-8")
    code, _, error = command("check", "actions", "-w", copy.root)
    assert code == 1
    assert "actions.toml line" in error
    assert "uses corr()" in error


def test_one_account_is_advised_now_as_the_plan_would(copy: Workspace, command: Command) -> None:
    """From its signals of this moment: what stands on its card is among what is said; of a held-out one, nothing."""
    draft = drafts.load(copy.drafts, AS_OF)
    assert draft is not None
    cards_ = draft.recommendations.filter(pl.col("rank").is_not_null() & ~pl.col("mandatory"))
    account, title = cards_.sort("expected_value", descending=True).select("account_id", "title").row(0)
    code, said, _ = command("advise", account, "--as-of", "2026-06-01", "-w", copy.root)
    assert (code, title in said) == (0, True)
    held = draft.decisions.filter(pl.col("would_be").is_not_null())["account_id"][0]
    assert command("advise", held, "--as-of", "2026-06-01", "-w", copy.root)[1].strip() == (
        f"{held} as of 2026-06-01 00:00: Not in this quarter's plan"
    )
    assert command("advise", "nobody", "--as-of", "2026-06-01", "-w", copy.root)[0] == 1
