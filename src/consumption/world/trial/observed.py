"""What telemetry, tickets and surveys show of the latent state: a snapshot, with noise, under the signals' names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from consumption.world.arrays import Floats, logistic
from consumption.world.trial.latent import CHAMPION, FRICTION, SKILL, Latent, adoption

SEGMENTS = ("small", "middle", "large")


def account_ids(state: Latent) -> pl.Series:
    """The id of each account."""
    return "T" + pl.Series("account_id", state.number + 1_000_001).cast(pl.String)


def snapshot(state: Latent, as_of: datetime, noise: float, rng: np.random.Generator) -> pl.DataFrame:
    """One row an account: what can be seen of it. `noise`: 1 is usual, 0 shows the latent state as it is."""
    n = len(state.number)

    def near(value: Floats, sd: float) -> Floats:
        return np.asarray(value + noise * sd * rng.standard_normal(n))

    columns = _use(state, near) | _people(state, near) | _friction(state, near, rng) | _terms(state)
    times = pl.Series("as_of", [as_of]).cast(pl.Datetime("us", "UTC")).new_from_index(0, n)
    segment = pl.Series("segment", SEGMENTS).gather(state.segment)
    frame = pl.DataFrame({"account_id": account_ids(state), "as_of": times, "segment": segment, **columns})
    return frame.with_columns(pl.col("nps_last").fill_nan(None))


def _use(state: Latent, near: Callable[[Floats, float], Floats]) -> dict[str, Floats]:
    use = adoption(state)
    log_use = np.log(use)
    skill = state.skill + state.shown[:, SKILL]
    broad = 0.85 * skill + 0.35 * state.fit
    return {
        "seat_utilisation_28d": np.exp(near(log_use, 0.13)),
        "projected_utilisation": np.exp(near(log_use + 0.2 * state.trend, 0.18)),
        "pacing": np.exp(near(log_use + np.log1p(-0.6 * state.idle), 0.15)),
        "events_trend_28d": near(0.30 * state.trend, 0.18),
        "user_growth_84d": near(0.12 * state.trend + 0.04 * state.need, 0.10),
        "recent_active_share_14d": logistic(near(1.6 * log_use + 0.8, 0.5)),
        "days_since_last_event": np.floor(np.exp(near(-0.6 - 2.6 * log_use, 0.7)).clip(0, 80)),
        "feature_breadth_84d": logistic(near(-0.15 + 0.75 * broad, 0.35)),
        "top_feature_share_28d": logistic(near(-0.1 - 0.5 * broad, 0.4)),
        "value_events_per_user_28d": np.exp(near(0.5 + 0.45 * state.fit + 0.2 * skill, 0.5)),
        "csat_last": near(3.8 + 0.45 * state.fit - 0.3 * state.friction, 0.8).clip(1, 5),
        "unassigned_seat_share": near(state.idle, 0.06).clip(0, 1),
    }


def _people(state: Latent, near: Callable[[Floats, float], Floats]) -> dict[str, Floats]:
    champion = state.champion + state.shown[:, CHAMPION]
    return {
        "busiest_user_silent_days": np.floor(np.exp(near(1.55 - 1.15 * champion, 0.6)).clip(0, 180)),
        "champion_silent_days": np.floor(np.exp(near(1.85 - 1.15 * champion, 0.6)).clip(0, 180)),
        "busiest_user_share_28d": logistic(near(-0.4 - 0.5 * champion - 0.2 * state.skill, 0.4)),
        "days_since_last_meeting": np.floor(np.exp(near(3.4 - 0.5 * champion, 0.6)).clip(0, 400)),
    }


def _friction(state: Latent, near: Callable[[Floats, float], Floats], rng: np.random.Generator) -> dict[str, Floats]:
    friction = state.friction - state.shown[:, FRICTION]
    score = near(6.8 + 0.9 * state.fit - 1.0 * friction, 1.4).clip(0, 10)
    return {
        "errors_per_100_events_84d": np.exp(near(0.75 + 0.85 * friction, 0.4)),
        "severe_tickets_84d": rng.poisson(np.exp(near(-0.6 + 0.95 * friction, 0.2)).clip(0, 20)).astype(np.float64),
        "open_severe_ticket_days": np.floor(np.exp(near(0.9 + 1.25 * friction, 0.7)).clip(0, 120)),
        "tickets_per_100_users_84d": np.exp(near(2.4 + 0.5 * friction, 0.5)),
        "nps_last": np.where(rng.random(len(score)) < 0.6, np.round(score), np.nan),
    }


def _terms(state: Latent) -> dict[str, Floats]:
    return {
        "days_to_decision": 91.0 * state.due + 7.0 * state.week,
        "term_days": 91.0 * state.term,
        "tenure_days": 91.0 * state.age,
        "arr": state.arr,
    }
