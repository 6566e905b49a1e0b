"""What the project is compared with: accounts x actions of what each goes by; the planner is the same for all."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
import polars as pl

from consumption.features.drivers import DRIVERS
from consumption.models.increments.belief import Floats, Moves
from policy_catalogue import PLAYBOOK, Actions
from policy_seen import NOT_SIGNALS, Seen

LATEST = 6
_HEALTH = ("low_adoption", "silent_champion", "friction", "shallow_breadth")


def by_playbook(seen: Seen, actions: Actions, score: Floats) -> Floats:
    """One action an account, by the reason that stands out; worth the account's score."""
    reasons = seen.drivers[:, [DRIVERS.index(driver) for driver in PLAYBOOK]]
    action = np.array([actions.names.index(a) for a in PLAYBOOK.values()])[reasons.argmax(axis=1)]
    value = np.zeros((len(score), len(actions.names)))
    value[np.arange(len(score)), action] = score
    return value


def risk_times_arr(seen: Seen, actions: Actions, moves: Moves) -> Floats:
    """Expected loss, as a renewal team would list it."""
    lost = moves.chances[:, 0] + (1 - moves.chances[:, 0]) * moves.chances[:, 1] * moves.shrink
    return by_playbook(seen, actions, seen.arr * lost)


def health_score(seen: Seen, actions: Actions) -> Floats:
    """A hand-weighted score of what is wrong, without a model and without money."""
    poor = seen.drivers[:, [DRIVERS.index(driver) for driver in _HEALTH]].sum(axis=1)
    return by_playbook(seen, actions, poor)


def at_random(seen: Seen, actions: Actions, seed: int) -> Floats:
    """Any action anywhere."""
    return np.random.default_rng([seed, 3]).random((seen.snapshot.height, len(actions.names))) + 1e-9


def propensity_times_value(past: Sequence[Seen], seen: Seen, actions: Actions, *, seed: int) -> Floats:
    """The chance that an account with this action stays and does not shrink, times its ARR: as decisioning suites do.

    One LightGBM on signals and action, learned from the same logs.
    """
    known = [q for q in past if q.due][-LATEST:]
    names = {a: float(i) for i, a in enumerate(actions.names)}
    none = float(len(names))
    columns = [c for c in seen.snapshot.columns if c not in (*NOT_SIGNALS, "segment")]
    tables, good = [], []
    for quarter in known:
        action = quarter.decisions.select(pl.coalesce("action", "own_action").alias("a"))["a"]
        number = action.replace_strict(names, default=none, return_dtype=pl.Float64).to_numpy()
        tables.append(np.column_stack((_signals(quarter, columns), number)))
        good.append((quarter.y > -0.10).astype(np.float64))
    model = lgb.LGBMClassifier(
        n_estimators=120, learning_rate=0.08, num_leaves=12, min_child_samples=100, random_state=seed, n_jobs=1,
        verbose=-1, deterministic=True, force_row_wise=True,
    )  # fmt: skip
    model.fit(np.vstack(tables), np.concatenate(good), categorical_feature=[len(columns)])
    signals = _signals(seen, columns)
    said = np.empty((len(signals), len(names)))
    for code in range(len(names)):
        rows = np.column_stack((signals, np.full(len(signals), float(code))))
        said[:, code] = np.asarray(model.booster_.predict(rows))
    return np.asarray(said * seen.arr[:, None], dtype=np.float64)


def _signals(seen: Seen, columns: list[str]) -> Floats:
    return seen.snapshot.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
