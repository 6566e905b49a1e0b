"""Models beside the one that ranks, and the lists they would make."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.config import Workspace
from consumption.features.signal_set import fingerprints
from consumption.jobs.create import create
from consumption.jobs.lists import staying
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.shadow import beside, folder
from consumption.models import served
from consumption.models.heads.rule import Rule, Weights
from consumption.models.loading import versioned
from consumption.models.motion import Motion
from consumption.models.rows import KNOWN
from consumption.models.served import day_one

DAY = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with two rules for help, 1 and 2, kept beside the store; 2 ranks."""
    made = create(tmp_path / "w")
    for version in ("1", "2"):
        put(made, version)
    return made


def rule(workspace: Workspace, motion: Motion = "help") -> Rule:
    """A rule on the workspace's signals."""
    return day_one(motion, signals_of(workspace), usage_rules(workspace))


def put(workspace: Workspace, version: str) -> None:
    """Let a rule rank."""
    served.keep(workspace.models, versioned(rule(workspace), version))
    served.promote(workspace.models, "help", version)


def test_the_one_before_and_a_challenger_are_looked_at(workspace: Workspace) -> None:
    """Both as models, and nothing is left out."""
    served.keep(workspace.models, versioned(rule(workspace), "3"))
    folder(workspace).mkdir()
    (folder(workspace) / "challenger-help.json").write_text('{"version": "3"}')
    found = beside(workspace, "help")
    assert {what: model.about.version for what, model in found.models.items()} == {"previous": "1", "challenger": "3"}
    assert not found.left_out


def test_a_model_of_another_edition_is_left_out_with_a_reason(workspace: Workspace) -> None:
    """After an upgrade and a retraining the one before cannot be read: no list waits for it."""
    file = workspace.models / "help" / "1" / "model.json"
    values = json.loads(file.read_text("utf-8"))
    del values["weights"]
    file.write_text(json.dumps(values), "utf-8")
    found = beside(workspace, "help")
    assert not found.models
    assert "another edition" in found.left_out["1"]


def test_a_model_on_other_signals_is_left_out_with_a_reason(workspace: Workspace) -> None:
    """The signal is named."""
    of = rule(workspace)
    prints = {**fingerprints(signals_of(workspace), usage_rules(workspace)), "seat_utilisation_28d": "another"}
    served.keep(workspace.models, versioned(of.with_about(replace(of.about, fingerprints=prints)), "3"))
    served.promote(workspace.models, "help", "3")
    served.promote(workspace.models, "help", "2")
    assert "seat_utilisation_28d" in beside(workspace, "help").left_out["3"]


def accounts(workspace: Workspace, number: int = 60) -> pl.DataFrame:
    """So many accounts of one owner, of equal worth, whose drivers differ."""
    random = np.random.default_rng(3)
    known = dict.fromkeys(KNOWN)
    signals = {
        s.name: random.random(number) for s in signals_of(workspace) if s.unit != "word" and s.name not in known
    }
    return pl.DataFrame({"account_id": [f"a{n:02d}" for n in range(number)], **signals}).with_columns(
        as_of=pl.lit(DAY),
        segment=pl.lit("one"),
        owner=pl.lit("ada@example.com"),
        arr=pl.lit(1_000.0),
        weight=pl.lit(1_000.0),
        created_at=pl.lit(datetime(2024, 1, 1, tzinfo=UTC)),
        renewal_on=pl.lit(None, dtype=pl.Date),
        decision_on=pl.lit(None, dtype=pl.Date),
        notice_given=pl.lit(value=False),
        age_days=pl.lit(800.0),
    )


def other(of: Rule) -> Rule:
    """The same rule with a churn that goes by how few features are used, and by nothing else."""
    only = dict.fromkeys(of.churn.drivers, 0.0)
    return replace(of, churn=Weights(-6.0, {**only, "shallow_breadth": 12.0}))


def test_lists_of_growth_go_by_the_help_models_churn(workspace: Workspace) -> None:
    """Two that differ in their own churn alone make the same lists, for neither's is read."""
    rows, one = accounts(workspace), rule(workspace, "expand")
    assert staying(workspace, rows, one, other(one), None) < 1.0
    assert staying(workspace, rows, one, other(one), rule(workspace)) == 1.0


def with_hours(workspace: Workspace, hours: float) -> Workspace:
    """The same workspace whose owners have so many hours a week."""
    capacity = workspace.settings.capacity.model_copy(update={"hours_per_week": hours})
    return replace(workspace, settings=workspace.settings.model_copy(update={"capacity": capacity}))


def test_who_gave_notice_stands_on_no_list(workspace: Workspace) -> None:
    """Only the others are listed: eight of eight stay where eight are left."""
    workspace = with_hours(workspace, 40)
    rows, one = accounts(workspace), rule(workspace)
    assert staying(workspace, rows, one, other(one), None) < 1.0
    gone = rows.with_columns(notice_given=pl.col("account_id") >= "a08")
    assert staying(workspace, gone, one, other(one), None) == 1.0
    assert staying(workspace, gone.filter("notice_given"), one, other(one), None) == 1.0


def test_lists_are_as_long_as_the_hours_of_settings_allow(workspace: Workspace) -> None:
    """Hours for every account put all of them on the list, and then nothing can change; few hours do not."""
    rows, one = accounts(workspace), rule(workspace)
    assert staying(with_hours(workspace, 8), rows, one, other(one), None) < 1.0
    assert staying(with_hours(workspace, 600), rows, one, other(one), None) == 1.0
