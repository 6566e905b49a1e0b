"""Searching for settings: an extra, within a budget, never on test rows."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest

from consumption.models.boosting import Boosting
from consumption.models.dataset import TrainingSet
from consumption.models.search import Found, SearchNotInstalled, search

START = Boosting(rounds=40, patience=10)


def found(data: TrainingSet, **more: object) -> Found:
    """A search of five trials."""
    pytest.importorskip("optuna")
    return search("help", data, seconds=600, seed=3, start=START, trials=5, **more)  # type: ignore[arg-type]


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
    """One line a trial, in seconds of the budget."""
    told: list[tuple[str, int, int]] = []
    pytest.importorskip("optuna")
    search("expand", data, seconds=600, seed=0, start=START, trials=2, progress=lambda *p: told.append(p))
    assert [what for what, _, _ in told] == ["expand: 1 settings tried", "expand: 2 settings tried"]
    assert all(0 <= done <= of == 600 for _, done, of in told)


def test_without_the_extra_the_error_names_it(data: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Optuna is not there unless it was asked for."""

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SearchNotInstalled, match=r"consumption\[search\]"):
        search("help", data, seconds=1, seed=0)
