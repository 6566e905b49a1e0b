"""Until outcomes are known, use tells early what an action does: at half weight, and never to judge by."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs import effects, number
from consumption.jobs.decided_quarters import EARLY
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.models import served
from consumption.models.heads.rule import expected_rule
from consumption.models.increments import learned
from consumption.models.increments.learned import Learned
from consumption.models.increments.learning import Judgement
from consumption.models.increments.logged_quarter import LoggedQuarter
from consumption.models.increments.posterior import Posterior
from consumption.models.motion import MOTIONS
from tests.jobs import decided_book
from tests.jobs.decided_book import CLAIMS, DAYS, IDLE, LATER, WORKS

WEEKS_8 = DAYS[0] + timedelta(days=56)
EARLY_KNOWN = WEEKS_8 + timedelta(days=30)  # the last late signature of what had ended by then
OUTCOMES_KNOWN = datetime(2025, 7, 10, tzinfo=LATER.tzinfo)


def read_again(workspace: Workspace, used: dict[str, float], day: datetime = WEEKS_8) -> None:
    """A snapshot eight weeks on: how much of their seats the accounts use, by what they were given."""
    history = lake_of(workspace).history()
    told = history.decisions.filter(pl.col("timestamp") == DAYS[0]).select("account_id", "action").collect()
    share = pl.col("action").replace_strict(used, return_dtype=pl.Float64)
    frame = told.sort("account_id").select(
        "account_id",
        as_of=pl.lit(day).cast(pl.Datetime("us", "UTC")),
        seat_utilisation_28d=share,
        events_trend_28d=pl.lit(0.0),
        trainings_364d=pl.when(pl.col("action") == WORKS).then(1.0).otherwise(0.0),
    )
    lake_of(workspace).write_snapshot(frame, as_of=day, made_from="made up")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One quarter of decisions, a rule that was trained before it, and more use where training was given."""
    made = decided_book.workspace(tmp_path, accounts=600)
    signals = ["seat_utilisation_28d", "events_trend_28d"]
    for motion in MOTIONS:
        rule = expected_rule(motion, signals=signals, fingerprints={}, note="", horizon_days=56)
        trained = replace(rule.about, as_of=DAYS[0] - timedelta(days=28), version="1")
        served.keep(made.models, rule.with_about(trained))
    read_again(made, {WORKS: 0.9, IDLE: 0.1, "none": 0.1})
    return made


def logged(workspace: Workspace) -> LoggedQuarter:
    """The one quarter that was read."""
    (file,) = effects.quarters_folder(workspace).iterdir()
    found = LoggedQuarter.load(file)
    assert found is not None
    return found


def test_what_use_foretells_stands_in_at_half_weight(workspace: Workspace) -> None:
    """Who has left has left; of the others it is the chance that the rule of that time gives to their use by then."""
    done = effects.learn(workspace, as_of=EARLY_KNOWN)
    quarter = logged(workspace).quarter
    churn, here = quarter.happened[:, 0], quarter.happened[:, 0] < 1
    assert set(quarter.weight) == {0.5}
    assert len(quarter.taken) == 600
    assert 0.1 < 1 - here.mean() < 0.3
    trained, alone = (np.unique(churn[here & (quarter.taken == place)].round(9)) for place in (1, -1))
    assert len(trained) == len(alone) == 1
    assert trained[0] < 0.6 * alone[0]
    assert done.learned is not None
    assert done.learned.early[WORKS] == int((quarter.taken == 1).sum())


def test_before_the_last_late_signature_nobody_knows_who_stayed(workspace: Workspace) -> None:
    """Eight weeks and thirty days; a day earlier there is nothing to learn from."""
    assert effects.learn(workspace, as_of=EARLY_KNOWN - timedelta(days=1)).text == effects.NOT_YET


def test_early_signs_are_believed_and_do_not_judge(workspace: Workspace) -> None:
    """The posterior moves towards what use shows, and no action leaves the catalogue for it."""
    done = effects.learn(workspace, as_of=EARLY_KNOWN)
    assert done.learned is not None
    assert done.table is not None
    row = done.table.filter(action=WORKS, outcome="churn").row(0, named=True)
    assert row["learned_odds"] < row["prior_odds"] - 0.01
    assert (row["gain"], row["standard_error"], row["used"]) == (0.0, 0.0, False)
    assert effects.believed(workspace, catalogue_of(workspace)) is None
    assert f"0 of what was done in 1 quarter can be judged, {row['early'] * 2:,}"[:20] in done.text


def test_outcomes_take_the_place_of_early_signs(workspace: Workspace) -> None:
    """Once they are known the quarter is made anew from them, and nothing is left of the signs."""
    effects.learn(workspace, as_of=EARLY_KNOWN)
    assert [file.stem.endswith(EARLY) for file in effects.quarters_folder(workspace).iterdir()] == [True]
    done = effects.learn(workspace, as_of=OUTCOMES_KNOWN)
    quarter = logged(workspace).quarter
    assert set(quarter.weight) == {1.0}
    assert set(np.unique(quarter.happened[:, 0])) == {0.0, 1.0}
    assert done.learned is not None
    assert (done.learned.version, done.learned.early) == (2, {})
    assert "early signs" not in done.text


def test_the_same_signs_again_are_no_news(workspace: Workspace) -> None:
    """Read anew each time, and the same: the version stays."""
    first = effects.learn(workspace, as_of=EARLY_KNOWN)
    (file,) = effects.quarters_folder(workspace).iterdir()
    before = file.stat().st_mtime_ns
    again = effects.learn(workspace, as_of=EARLY_KNOWN + timedelta(days=1))
    assert first.learned is not None
    assert again.learned is not None
    assert again.learned.version == first.learned.version == 1
    assert file.stat().st_mtime_ns == before


def test_a_training_is_a_contact_and_no_sign_that_it_worked(workspace: Workspace) -> None:
    """What is made of contacts is read as it was at the decision, even where a model leans on it."""
    signals = ["seat_utilisation_28d", "events_trend_28d", "trainings_364d"]
    for motion in MOTIONS:
        rule = expected_rule(motion, signals=signals, fingerprints={}, note="", horizon_days=56)
        served.keep(
            workspace.models,
            rule.with_about(replace(rule.about, as_of=DAYS[0], version="2", signals=tuple(signals))),
        )
    read_again(workspace, {WORKS: 0.1, IDLE: 0.1, "none": 0.1})
    seen = lake_of(workspace).read_snapshot(DAYS[0])
    assert seen is not None
    lake_of(workspace).write_snapshot(seen.with_columns(trainings_364d=pl.lit(0.0)), as_of=DAYS[0], made_from="again")
    effects.learn(workspace, as_of=EARLY_KNOWN)
    churn = logged(workspace).quarter.happened[:, 0]
    assert len(np.unique(churn[churn < 1].round(9))) == 1


def test_without_a_model_of_that_time_there_are_no_signs(workspace: Workspace) -> None:
    """What was never held against an outcome foretells none, and what was trained later may know too much."""
    for motion in MOTIONS:
        file = workspace.models / motion / "1" / "model.json"
        told = file.read_text("utf-8").replace("2025-01-06", "2025-04-01")
        file.write_text(told, "utf-8")
    assert effects.learn(workspace, as_of=EARLY_KNOWN).text == effects.NOT_YET


def test_a_plan_says_what_its_effects_are_learned_from(workspace: Workspace) -> None:
    """How many accounts, and how many of them by early signs; without anything learned, the catalogue."""
    assert effects.sources(workspace) == "effects: as the catalogue claims"
    priors = catalogue_of(workspace).priors
    judgements = (Judgement(WORKS, 1.0, 0.5, 1_203), Judgement(IDLE, -0.6, 0.5, 900))
    kept = Learned(0, LATER.isoformat(), "claims", "evidence", (), judgements, {WORKS: 340})
    learned.keep(effects.folder(workspace), kept, Posterior.from_priors(priors, np.full(3, 0.1)))
    assert effects.sources(workspace) == (
        "effects (version 1): of 1 action learned from 1,203 accounts, 340 of them by early signs; "
        "of all others as the catalogue claims"
    )


def test_the_number_reads_no_early_sign() -> None:
    """What is proven comes from contracts: nothing that makes the number imports what was learned, or early signs."""
    source = Path(number.__file__).parents[1]
    files = [*(source / "actions" / "number").glob("*.py"), source / "jobs" / "number.py"]
    read = {node.module for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)}  # fmt: skip
    barred = {"early", "learned", "learning", "posterior", "effects", "quarter_rows", "decided_quarters"}
    assert len(files) > 5
    assert not {name for name in read if name and name.rpartition(".")[2] in barred}


def test_the_actions_of_the_test_work_through_use() -> None:
    """Otherwise nothing would be read early."""
    assert {name for name, _ in CLAIMS} == {WORKS, IDLE}
