"""Books, training sets and models that several tests read and none changes."""

from __future__ import annotations

import pytest

from consumption.models.heads.fitting import fit_ranker, fit_rule
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.samples.dataset import TrainingSet
from tests.models.book import Book, book, training_set


@pytest.fixture(scope="session")
def small() -> Book:
    """A book of 700 accounts over two years."""
    return book(accounts=700, seed=4)


@pytest.fixture(scope="session")
def data(small: Book) -> TrainingSet:
    """Its training set."""
    return training_set(small)


@pytest.fixture(scope="session")
def ranker(data: TrainingSet) -> Ranker:
    """LightGBM for help."""
    return fit_ranker("help", data, seed=0)


@pytest.fixture(scope="session")
def grower(data: TrainingSet) -> Ranker:
    """LightGBM for expand."""
    return fit_ranker("expand", data, seed=0)


@pytest.fixture(scope="session")
def rule(data: TrainingSet) -> Rule:
    """The rule for help."""
    return fit_rule("help", data)
