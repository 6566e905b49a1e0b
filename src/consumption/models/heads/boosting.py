"""One LightGBM booster: small trees, strong regularisation, the same on every run and any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.capacity import Lists
from consumption.models.heads.stopping import Watch, Watched
from consumption.models.rows import Floats


@dataclass(frozen=True)
class Boosting:
    """How a booster grows, and how many are averaged.

    `seeds`: boosters of a head, each from a seed of its own; `patience`: rounds without gain on validation;
    `rows_tried`: share of the rows that a tree sees; `ridge` counts rows of mean weight; `threads`: more than one
    pays only on idle cores and long tables.
    """

    rounds: int = 400
    rounds_without_validation: int = 120
    patience: int = 40
    learning_rate: float = 0.1
    leaves: int = 4
    rows_in_leaf: int = 40
    ridge: float = 40.0
    columns_tried: float = 0.15
    rows_tried: float = 0.6
    seeds: int = 2
    threads: int = 1


USUAL_BOOSTING = Boosting()
# Of the rows that bins are drawn from, where there are over 200,000; LightGBM's own default.
BINS_SEED = 1


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows to learn from or to stop by: the encoded signals, what happened, and the weight of each row.

    `lists`: the rows as the lists of a team, so that growing stops by the dollars they hold. `sizes`: rows of each
    list, one list after the other, and `start`: log odds to begin with, for what learns an order.
    """

    matrix: Matrix
    target: Floats
    weights: Floats
    lists: Lists | None = None
    sizes: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
    start: Floats | None = None


def boost(
    train: Sample,
    valid: Sample | None,
    encoding: Encoding,
    *,
    objective: str,
    seed: int,
    settings: Boosting,
    monotone: Sequence[int] = (),
    more: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
) -> lgb.Booster:
    """The one booster of a seed: see `boost_each`."""
    (grown,) = boost_each(
        train, valid, encoding, objective=objective, seeds=[seed], settings=settings, monotone=monotone, more=more,
        watch=watch,
    )  # fmt: skip
    return grown


def boost_each(
    train: Sample,
    valid: Sample | None,
    encoding: Encoding,
    *,
    objective: str,
    seeds: Sequence[int],
    settings: Boosting,
    monotone: Sequence[int] = (),
    more: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
) -> tuple[lgb.Booster, ...]:
    """A booster for each seed, grown on `train` until `valid` gains nothing more, read back from its own text.

    `objective`: LightGBM's own name (`binary`, `gamma`); the metric is the objective's deviance, and dollars held by
    `valid.lists` where there are any (see `stopping`). `monotone`: a sign for each column, where business law gives
    one. `more`: parameters of the objective. `watch`: hears the metric as it goes on. What is saved as text is thus
    what predicts here, bit for bit. Rows are put into bins once, for all seeds.
    """
    columns = [f"s{i}" for i in range(len(encoding.columns))]  # LightGBM refuses some characters in names
    data = _dataset(train, columns, encoding)
    held = _dataset(valid, columns, encoding, data) if valid else None
    found = []
    for seed in seeds:
        watched = Watched(settings.patience, watch)
        callbacks: list[Callable[..., Any]] = [watched] if valid else []
        booster = lgb.train(
            _parameters(objective, seed, settings, monotone) | dict(more or {}),
            data,
            num_boost_round=settings.rounds if valid else settings.rounds_without_validation,
            valid_sets=[held] if held else None,
            feval=_dollars(valid.lists) if valid and valid.lists else None,
            callbacks=callbacks,
        )
        found.append(read_booster(booster.model_to_string(num_iteration=watched.best + 1 if valid else -1)))
    return tuple(found)


def read_booster(text: str) -> lgb.Booster:
    """The booster that LightGBM's text describes."""
    return lgb.Booster(model_str=text)


def _dollars(lists: Lists) -> Callable[[Floats, lgb.Dataset], tuple[str, float, bool]]:
    def captured(said: Floats, _data: lgb.Dataset) -> tuple[str, float, bool]:
        return "captured", lists.captured(said), True

    return captured


def _dataset(
    sample: Sample, columns: list[str], encoding: Encoding, reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    return lgb.Dataset(
        sample.matrix,
        label=sample.target,
        weight=sample.weights / sample.weights.mean(),
        group=sample.sizes,
        init_score=sample.start,
        feature_name=columns,
        categorical_feature=encoding.categorical,
        reference=reference,
        params={"verbosity": -1, "data_random_seed": BINS_SEED},
        free_raw_data=True,
    )


def _parameters(objective: str, seed: int, settings: Boosting, monotone: Sequence[int]) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "objective": objective,
        "metric": {"binary": "binary_logloss", "lambdarank": "ndcg"}.get(objective, objective),
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
        # Bins are of the rows, and not of the seed: boosters of a head share them.
        "data_random_seed": BINS_SEED,
        "verbosity": -1,
    }
    if settings.rows_tried < 1.0:
        parameters |= {"bagging_fraction": settings.rows_tried, "bagging_freq": 1}
    if any(monotone):
        parameters |= {"monotone_constraints": list(monotone), "monotone_constraints_method": "basic"}
    return parameters
