"""Searching for settings: an extra, within a budget, never on test rows."""

from __future__ import annotations

import importlib
import math
import time
from dataclasses import replace
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from consumption.models.heads.boosting import Boosting
from consumption.models.heads.search import Found, SearchNotInstalled, _giving_up, search
from consumption.models.samples.dataset import TrainingSet

START = Boosting(rounds=40, patience=10)


def found(data: TrainingSet, **more: Any) -> Found:
    """A search of five trials."""
    pytest.importorskip("optuna")
    return search("help", data, seconds=600, seed=3, start=START, trials=5, **more)


@pytest.fixture(scope="module")
def once(data: TrainingSet) -> Found:
    """What a search of five trials finds."""
    return found(data)


def test_what_is_found_is_never_worse_than_what_there_was(once: Found) -> None:
    """The settings there were are tried first, so the best has at most their log loss."""
    first, *others = once.tried
    best = min(t.log_loss for t in once.tried if not t.pruned)
    assert first.settings == replace(START)
    assert not first.pruned
    assert best <= first.log_loss
    assert once.settings in [t.settings for t in once.tried if t.log_loss == best]
    assert len(others) == 4
    assert all(math.isnan(t.captured) == t.pruned for t in once.tried)


def test_the_same_seed_and_trials_find_the_same(data: TrainingSet, once: Found) -> None:
    """Time decides only how many trials there are."""
    assert str(found(data).tried) == str(once.tried)


def test_no_test_row_is_read(data: TrainingSet, once: Found) -> None:
    """Test rows may be anything at all: the gate alone reads them."""
    nonsense = pl.when(pl.col("part") == "test").then(pl.lit("churn")).otherwise("outcome")
    other = replace(data, rows=data.rows.with_columns(outcome=nonsense))
    assert str(found(other).tried) == str(once.tried)


def test_no_trial_begins_after_the_budget_is_spent(data: TrainingSet) -> None:
    """With no time at all, only the settings there were are tried."""
    pytest.importorskip("optuna")
    assert len(search("help", data, seconds=0.01, seed=0, start=START).tried) == 1


def test_progress_tells_how_much_of_the_budget_is_spent(data: TrainingSet) -> None:
    """One bar, moved on with each trial, in seconds of the budget."""
    told: list[tuple[str, int, int]] = []
    pytest.importorskip("optuna")
    search("expand", data, seconds=600, seed=0, start=START, trials=2, progress=lambda *p: told.append(p))
    assert [what for what, _, _ in told] == ["expand: searching for settings, seconds"] * 3
    assert all(0 <= done <= of == 600 for _, done, of in told)


def test_a_trial_that_is_under_way_when_time_is_over_is_given_up(data: TrainingSet) -> None:
    """The settings there were are tried to their end, whatever time there is; those after them are not."""
    optuna = pytest.importorskip("optuna")
    asked = search("help", data, seconds=1e-9, seed=0, start=START)
    assert [one.pruned for one in asked.tried] == [False]
    now = time.monotonic()
    with pytest.raises(optuna.TrialPruned):
        _giving_up(optuna.trial.FixedTrial({}), optuna.TrialPruned, over=now - 1.0)(20, 0.5)
    _giving_up(optuna.trial.FixedTrial({}), optuna.TrialPruned, over=now + 600.0)(20, 0.5)


def test_a_table_has_a_row_for_every_trial(once: Found) -> None:
    """What was tried, what it gave, and which one was taken: what a run of MLflow shows."""
    table = once.table()
    assert {len(column) for column in table.values()} == {5}
    assert table["became"].count("found") == 1
    taken = table["became"].index("found")
    assert table["ridge"][taken] == once.settings.ridge
    assert table["log_loss"][taken] == min(loss for loss in table["log_loss"] if loss is not None)


def test_without_the_extra_the_error_names_it(data: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Optuna is not there unless it was asked for."""

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SearchNotInstalled, match=r"consumption\[search\]"):
        search("help", data, seconds=1, seed=0)
