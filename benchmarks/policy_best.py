"""The best function of what is observed: what each action would bring, averaged over all that an account may be.

The latent state is estimated from the signals on accounts whose state is known (other worlds than any that is
compared), and what each action brings is averaged over states that lie about the estimate as its errors do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from consumption.models.increments.belief import Floats
from consumption.world.trial import KINDS, Trial
from consumption.world.trial.latent import CHAMPION, FRICTION, SKILL, Latent
from policy_catalogue import default_actions

SAMPLES = 8
REFERENCE_SEEDS = (9_001, 9_002, 9_003, 9_004)
RIDGE = 3.0
_LOGS = ("seat_utilisation_28d", "projected_utilisation", "pacing", "value_events_per_user_28d",
         "errors_per_100_events_84d", "tickets_per_100_users_84d", "arr", "tenure_days")  # fmt: skip
_COUNTS = ("days_since_last_event", "busiest_user_silent_days", "champion_silent_days", "days_since_last_meeting",
           "severe_tickets_84d", "open_severe_ticket_days")  # fmt: skip
_SHARES = ("recent_active_share_14d", "feature_breadth_84d", "top_feature_share_28d", "busiest_user_share_28d")
_PLAIN = ("events_trend_28d", "user_growth_84d", "csat_last", "unassigned_seat_share")


@dataclass(frozen=True)
class Estimate:
    """A quadratic function of the signals for each part of the latent state, and the errors it makes."""

    middle: Floats
    spread: Floats
    weights: Floats
    errors: Floats

    @classmethod
    def fit(cls, snapshots: list[pl.DataFrame], states: list[Latent]) -> Estimate:
        """From accounts whose state is known."""
        plain = np.vstack([_plain(frame) for frame in snapshots])
        middle, spread = plain.mean(axis=0), plain.std(axis=0) + 1e-9
        design, target = _squares((plain - middle) / spread), np.vstack([_parts(state) for state in states])
        gram = design.T @ design + RIDGE * np.eye(design.shape[1])
        weights = np.asarray(np.linalg.solve(gram, design.T @ target), dtype=np.float64)
        return cls(middle, spread, weights, np.asarray(target - design @ weights, dtype=np.float64))

    def states(self, snapshot: pl.DataFrame, state: Latent, rng: np.random.Generator) -> Latent:
        """One state for each account that the signals allow; from `state` only what everyone knows is taken."""
        said = _squares((_plain(snapshot) - self.middle) / self.spread) @ self.weights
        drawn = said + self.errors[rng.integers(0, len(self.errors), len(said))]
        nothing = np.zeros((len(said), 3))
        return replace(
            state,
            fit=drawn[:, 0], skill=drawn[:, 1], champion=drawn[:, 2], friction=drawn[:, 3], need=drawn[:, 4],
            trend=drawn[:, 5], idle=np.clip(drawn[:, 6], 0.0, 0.6),
            shrinks_by=np.full(len(said), 0.35), grows_by=np.full(len(said), 0.31),
            coming=nothing, lift=nothing, rising=nothing, shown=nothing,
        )  # fmt: skip


def reference(folder: Path, accounts: int, noise: float = KINDS["right"].noise) -> Estimate:
    """The estimate from worlds of their own, whose signals are as noisy."""
    snapshots, states = [], []
    for seed in REFERENCE_SEEDS:
        trial = Trial(
            replace(KINDS["right"], noise=noise), default_actions().claims, folder / str(seed), accounts, seed
        )
        trial.begin()
        snapshots.append(pl.read_parquet(trial.seen(trial.quarter) / "snapshot.parquet"))
        states.append(trial.state)
    return Estimate.fit(snapshots, states)


def best_increments(trial: Trial, estimate: Estimate) -> Floats:
    """What each action is expected to bring, given the signals of this quarter: accounts x actions, share of ARR."""
    snapshot = pl.read_parquet(trial.seen(trial.quarter) / "snapshot.parquet")
    rng = np.random.default_rng([trial.seed, trial.quarter + 100, 5])
    truth, total = trial.state, np.zeros((trial.accounts, len(trial.actions)))
    try:
        for _ in range(SAMPLES):
            trial.state = estimate.states(snapshot, truth, rng)
            total += trial.increments()
    finally:
        trial.state = truth
    return total / SAMPLES


def _plain(frame: pl.DataFrame) -> Floats:
    """Signals on the scales on which their noise is even."""
    asked = frame["nps_last"].is_not_null().to_numpy().astype(np.float64)
    score = frame["nps_last"].fill_null(6.8).to_numpy()
    columns = [
        np.log(frame[c].to_numpy() + 1.0) if c == "tenure_days" else np.log(frame[c].to_numpy()) for c in _LOGS
    ]
    columns += [np.log(frame[c].to_numpy() + 0.5) for c in _COUNTS]
    columns += [np.log(frame[c].to_numpy() / (1.0 - frame[c].to_numpy())) for c in _SHARES]
    columns += [frame[c].to_numpy() for c in _PLAIN]
    return np.column_stack([*columns, asked * (score - 6.8)])


def _squares(plain: Floats) -> Floats:
    """1, the columns, and their products."""
    first, second = np.triu_indices(plain.shape[1])
    return np.hstack((np.ones((len(plain), 1)), plain, np.clip(plain[:, first] * plain[:, second], -9, 9)))


def _parts(state: Latent) -> Floats:
    skill = state.skill + state.shown[:, SKILL]
    champion = state.champion + state.shown[:, CHAMPION]
    friction = state.friction - state.shown[:, FRICTION]
    return np.column_stack((state.fit, skill, champion, friction, state.need, state.trend, state.idle))
