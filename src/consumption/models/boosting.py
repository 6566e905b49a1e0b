"""One LightGBM booster: small trees, strong regularisation, the same on every run and any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb

from consumption.models.encoding import Encoding, Matrix
from consumption.models.rows import Floats


@dataclass(frozen=True)
class Boosting:
    """How a booster grows.

    `threads`: more than one pays only on idle cores and long tables; `patience`: rounds without gain on validation.
    """

    rounds: int = 400
    rounds_without_validation: int = 120
    patience: int = 40
    learning_rate: float = 0.05
    leaves: int = 5
    rows_in_leaf: int = 40
    ridge: float = 5.0
    columns_tried: float = 0.5
    threads: int = 1


USUAL_BOOSTING = Boosting()


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows to learn from or to stop by: the encoded signals, what happened, and the weight of each row."""

    matrix: Matrix
    target: Floats
    weights: Floats


def boost(
    train: Sample,
    valid: Sample | None,
    encoding: Encoding,
    *,
    objective: str,
    seed: int,
    settings: Boosting,
    monotone: Sequence[int] = (),
) -> lgb.Booster:
    """A booster grown on `train` until `valid` gains nothing more, read back from its own text.

    `objective`: LightGBM's own name (`binary`, `gamma`); the metric is the objective's deviance. `monotone`: a sign
    for each column, where business law gives one. What is saved as text is thus what predicts here, bit for bit.
    """
    columns = [f"s{i}" for i in range(len(encoding.columns))]  # LightGBM refuses some characters in names
    data = _dataset(train, columns, encoding)
    stop: list[Callable[..., Any]] = [lgb.early_stopping(settings.patience, verbose=False)] if valid else []
    booster = lgb.train(
        _parameters(objective, seed, settings, monotone),
        data,
        num_boost_round=settings.rounds if valid else settings.rounds_without_validation,
        valid_sets=[_dataset(valid, columns, encoding, data)] if valid else None,
        callbacks=stop,
    )
    return read_booster(booster.model_to_string(num_iteration=booster.best_iteration if valid else -1))


def read_booster(text: str) -> lgb.Booster:
    """The booster that LightGBM's text describes."""
    return lgb.Booster(model_str=text)


def _dataset(
    sample: Sample, columns: list[str], encoding: Encoding, reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    return lgb.Dataset(
        sample.matrix,
        label=sample.target,
        weight=sample.weights,
        feature_name=columns,
        categorical_feature=encoding.categorical,
        reference=reference,
        params={"verbosity": -1},
        free_raw_data=True,
    )


def _parameters(objective: str, seed: int, settings: Boosting, monotone: Sequence[int]) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "objective": objective,
        "metric": {"binary": "binary_logloss"}.get(objective, objective),
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.rows_in_leaf,
        "lambda_l2": settings.ridge,
        "feature_fraction": settings.columns_tried,
        "cat_smooth": 20.0,
        "min_data_per_group": 50,
        "max_cat_to_onehot": 4,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": settings.threads,
        "seed": seed,
        "verbosity": -1,
    }
    if any(monotone):
        parameters |= {"monotone_constraints": list(monotone), "monotone_constraints_method": "basic"}
    return parameters
