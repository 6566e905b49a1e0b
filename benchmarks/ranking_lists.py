"""LightGBM's learning-to-rank example through our ranking code: graded rows, an order within each query."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import ndcg_score

from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.boosting import Boosting, Sample, boost
from consumption.models.heads.head import seeds_from
from consumption.models.heads.lambdarank import list_parameters
from consumption.models.rows import Floats
from report import Figure

COLUMNS = 300
# The places that are read, 1 and 3, lie within it.
CAPACITY = 5
FOLDS = 5
# Chosen by `--validate`, see docs/quality.md.
SETTINGS = Boosting(
    rounds_without_validation=150, learning_rate=0.05, leaves=4, rows_in_leaf=20, ridge=5.0, columns_tried=0.15,
    rows_tried=1.0, seeds=5,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Queries:
    """Rows of queries, one after the other: their signals, their grades and the rows of each."""

    matrix: Matrix
    grades: Floats
    sizes: np.ndarray[tuple[int], np.dtype[np.int64]]

    def only(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Queries:
        """Some of the queries."""
        rows = np.repeat(kept, self.sizes)
        return Queries(self.matrix[rows], self.grades[rows], self.sizes[kept])

    def ndcg(self, said: Floats, k: int) -> float:
        """Mean over queries of NDCG at k with gains 2^grade - 1; as LightGBM does, 1 where no row has a grade."""
        ends = np.cumsum(self.sizes)
        parts = [slice(end - size, end) for end, size in zip(ends, self.sizes, strict=True)]
        return float(np.mean([_ndcg(self.grades[part], said[part], k) for part in parts]))


def figures(source: Path, *, validate: bool = False) -> list[Figure]:
    """NDCG at 1 and 3 on the given test queries, or within folds of the training queries."""
    train = read(source, "train")
    splits = folds(train) if validate else [(train, read(source, "test"))]
    found = np.mean([ndcg(*split) for split in splits], axis=0)
    return [
        Figure("lambdarank example", float(found[0]), "NDCG@1", 0.65, beside="floor .5674, plain .653"),
        Figure("lambdarank example", float(found[1]), "NDCG@3", 0.615, beside="floor .578, plain .616"),
    ]


def ndcg(train: Queries, test: Queries, settings: Boosting = SETTINGS) -> tuple[float, float]:
    """NDCG at 1 and at 3 of what boosters say of the test queries, on average."""
    encoding = Encoding(tuple(f"c{i}" for i in range(COLUMNS)))
    sample = Sample(train.matrix, train.grades, np.ones(len(train.grades)), sizes=train.sizes)
    boosters = [
        boost(
            sample,
            None,
            encoding,
            objective="lambdarank",
            seed=seed,
            settings=settings,
            more=list_parameters(CAPACITY),
        )
        for seed in seeds_from(0, settings.seeds)
    ]
    said = np.mean([np.asarray(booster.predict(test.matrix)) for booster in boosters], axis=0)
    return test.ndcg(said, 1), test.ndcg(said, 3)


def folds(queries: Queries) -> Sequence[tuple[Queries, Queries]]:
    """The training queries in five parts, each read once."""
    fold = np.random.default_rng(0).permutation(len(queries.sizes)) % FOLDS
    return [(queries.only(fold != f), queries.only(fold == f)) for f in range(FOLDS)]


def read(source: Path, part: str) -> Queries:
    """One part of the example; what a row does not name is 0, as LightGBM takes it."""
    with gzip.open(source / f"rank.{part}.gz", "rt") as lines:
        rows = [line.split() for line in lines]
    matrix = np.zeros((len(rows), COLUMNS + 1))
    for number, (_, *pairs) in enumerate(rows):
        for pair in pairs:
            column, value = pair.split(":")
            matrix[number, int(column)] = float(value)
    sizes = np.loadtxt(source / f"rank.{part}.query", dtype=np.int64)
    return Queries(matrix[:, 1:], np.array([float(row[0]) for row in rows]), sizes)


def _ndcg(grades: Floats, said: Floats, k: int) -> float:
    if len(grades) < 2 or not grades.any():
        return 1.0
    return float(ndcg_score([2.0**grades - 1.0], [said], k=k, ignore_ties=True))
