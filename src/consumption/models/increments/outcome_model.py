"""What each action would have brought in each row of a log: a model that never saw the row's own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from consumption.models.encoding import Encoding, Matrix
from consumption.models.increments.logged import Logged, Places
from consumption.models.rows import Floats

FOLDS = 5
_PENALTIES = (1.0, 10.0, 100.0, 1_000.0)
_MOST_COLUMNS = 400
_TREES = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 40,
    "lambda_l2": 10.0,
    "cat_smooth": 20.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS = 120

Fit = Callable[[Places, Places], dict[str, Matrix]]
# Rows to fit on and rows to tell about, to what each way of fitting tells: a row a row, a column an action.


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The expected reward of each row (row) under each action (column), and who said so (`ridge`, `trees`)."""

    expected: Matrix
    by: str


def cross_fitted(logged: Logged, *, seed: int = 0) -> Outcomes:
    """Each account's rows told by a model fitted on the other accounts, in five parts.

    Ridge regressions (with and without what an action does to a feature) and LightGBM are tried; the one with the
    least squared error on rows it was not fitted on tells. Rows of one account are never on both sides.
    """
    parts = min(FOLDS, logged.accounts)
    if parts < 2:
        return Outcomes(np.full(logged.target.shape, float(logged.reward.mean())), "mean")
    part = np.random.default_rng(seed).permutation(np.arange(logged.accounts) % parts)[logged.account]
    tried: dict[str, Matrix] = {}
    for fit in _candidates(logged):
        tried |= _told(logged, part, fit)
    best = min(tried, key=lambda name: _loss(logged, tried[name]))
    return Outcomes(tried[best], best.partition(" ")[0])


def _loss(logged: Logged, told: Matrix) -> float:
    """Mean squared error of what was told about what was done."""
    missed = told[np.arange(logged.rows), logged.taken] - logged.reward
    return float((missed**2).mean())


def _told(logged: Logged, part: Places, fit: Fit) -> dict[str, Matrix]:
    told: dict[str, Matrix] = {}
    for number in np.unique(part):
        rows, others = np.flatnonzero(part == number), np.flatnonzero(part != number)
        for name, values in fit(others, rows).items():
            told.setdefault(name, np.empty(logged.target.shape))[rows] = values
    return told


def _candidates(logged: Logged) -> list[Fit]:
    known = _numbers(logged)
    fits = [_ridge(logged, known, crossed=False)]
    if known.shape[1] and (known.shape[1] + 1) * len(logged.actions) <= _MOST_COLUMNS:
        fits.append(_ridge(logged, known, crossed=True))
    if logged.features.width:
        fits.append(_trees(logged))
    return fits


def _ridge(logged: Logged, known: Matrix, *, crossed: bool) -> Fit:
    """Least squares with every coefficient but the mean held back by so many rows' worth of evidence.

    Columns are the features, one an action, and where `crossed` their products.
    """
    chosen = np.eye(len(logged.actions))[logged.taken]
    parts = [known, chosen]
    if crossed:
        parts.append((chosen[:, :, None] * known[:, None, :]).reshape(logged.rows, -1))
    design, width = np.hstack(parts), known.shape[1]

    def fit(others: Places, rows: Places) -> dict[str, Matrix]:
        x, y = design[others], logged.reward[others]
        middle, mean = x.mean(axis=0), float(y.mean())
        values, vectors = np.linalg.eigh((x - middle).T @ (x - middle))
        turned = vectors.T @ ((x - middle).T @ (y - mean))
        told = {}
        for penalty in _PENALTIES:
            by = vectors @ (turned / (np.maximum(values, 0.0) + penalty))
            action = by[width : width + chosen.shape[1]]
            cross = by[width + chosen.shape[1] :].reshape(-1, width) if crossed else np.zeros((len(action), width))
            each = known[rows] @ by[:width]
            told[f"ridge {penalty} {crossed}"] = mean - middle @ by + each[:, None] + action + known[rows] @ cross.T
        return told

    return fit


def _trees(logged: Logged) -> Fit:
    encoding = Encoding.fit(logged.features, logged.features.columns)
    x = encoding.matrix(logged.features)
    last = x.shape[1]
    # LightGBM takes the action as a category, beside the categories of the features.
    told = np.column_stack([x, logged.taken.astype(np.float64)])

    def fit(others: Places, rows: Places) -> dict[str, Matrix]:
        data = lgb.Dataset(
            told[others], label=logged.reward[others], categorical_feature=[*encoding.categorical, last],
            params={"verbosity": -1},
        )  # fmt: skip
        booster = lgb.train(_TREES, data, num_boost_round=_ROUNDS)
        columns = []
        for action in range(len(logged.actions)):
            asked = told[rows].copy()
            asked[:, last] = action
            columns.append(np.asarray(booster.predict(asked, num_threads=1), dtype=np.float64))
        return {"trees": np.column_stack(columns)}

    return fit


def _numbers(logged: Logged) -> Matrix:
    """Features as standardised columns, text as one column a value; what is unknown stands at the mean."""
    if not logged.features.width:
        return np.empty((logged.rows, 0))
    encoding = Encoding.fit(logged.features, logged.features.columns)
    values = encoding.matrix(logged.features)
    columns: list[Floats] = []
    for place, name in enumerate(encoding.columns):
        column = values[:, place]
        codes = encoding.codes.get(name)
        columns += [column] if codes is None else [(column == code).astype(np.float64) for code in codes.values()]
    return np.column_stack([_standard(column) for column in columns])


def _standard(column: Floats) -> Floats:
    known = column[np.isfinite(column)]
    if not len(known) or float(known.std()) == 0.0:
        return np.zeros(len(column))
    return np.asarray(np.nan_to_num((column - known.mean()) / known.std(), nan=0.0))
