"""A generated book of accounts with a known mechanism: snapshots, labels and populations by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS
from consumption.models.heads.boosting import Boosting
from consumption.models.samples.dataset import Beside, TrainingSet, build
from consumption.models.samples.horizon import Horizon, choose_horizon
from consumption.models.samples.split import training_dates
from consumption.models.training_rules import TrainingRules
from consumption.tables import LABELS, POPULATION, TIMESTAMP

AS_OF = datetime(2026, 1, 5, tzinfo=UTC)
# A training of few trees and few draws, where it is asked what a training does and not how well.
QUICK = TrainingRules(
    gate_draws=300,
    metric_draws=50,
    boosting=Boosting(rounds=80, patience=15, seeds=1),
    ordering=Boosting(rounds=40, patience=15, seeds=1),
)
STEP = timedelta(days=28)
SEGMENTS = np.array(["small", "mid", "large"], dtype=object)


@dataclass(frozen=True)
class Book:
    """What happened, by step of 28 days: arrays with a row a step and a column an account."""

    start: datetime
    adoption: np.ndarray
    friction: np.ndarray
    need: np.ndarray
    to_decision: np.ndarray
    arr: np.ndarray  # at the beginning of each step; 0 once lost
    segment: np.ndarray

    @property
    def steps(self) -> int:
        """Steps of 28 days."""
        return len(self.arr)

    @property
    def accounts(self) -> int:
        """Accounts at the start."""
        return int(self.arr.shape[1])

    def step(self, date: datetime) -> int:
        """The step that a date lies in."""
        return int((date - self.start) // STEP)


def book(*, accounts: int = 500, steps: int = 26, seed: int = 0, loss: float = -5.2, effect: float = 1.0) -> Book:
    """Accounts whose adoption, friction and need drift slowly; trees can see more in them than a sum can.

    Loss is likely where adoption is low and the decision near, or where friction is high and adoption is not;
    growth where need meets adoption.
    """
    random = np.random.default_rng(seed)
    adoption, friction, need = (np.empty((steps, accounts)) for _ in range(3))
    state = random.normal(size=(3, accounts))
    renewal = random.integers(0, 13, size=accounts)
    arr = np.empty((steps, accounts))
    now = np.round(np.exp(random.normal(10.3, 0.7, size=accounts)), 2)
    for step in range(steps):
        adoption[step], friction[step], need[step] = state
        arr[step] = now
        low, rough = state[0] < -0.5, state[1] > 0.8
        near = (renewal - step) % 13 <= 3
        odds = loss + effect * (2.6 * (low & near) + 1.8 * (rough & ~low) + 0.7 * low)
        lost = random.random(accounts) < _expit(odds)
        grown = random.random(accounts) < _expit(-4.6 + effect * 2.8 * ((state[2] > 0.6) & ~low))
        shrunk = random.random(accounts) < _expit(-5.0 + effect * 2.4 * (low & (state[2] < 0.0)))
        change = np.where(lost, 0.0, np.where(grown, 1.3, np.where(shrunk, 0.65, 1.0)))
        now = now * change
        state = 0.93 * state + np.sqrt(1 - 0.93**2) * random.normal(size=state.shape)
    to_decision = 28.0 * ((renewal[None, :] - np.arange(steps)[:, None]) % 13) + 7.0
    segment = SEGMENTS[np.clip(np.digitize(arr[0], [20_000, 50_000]), 0, 2)]
    return Book(AS_OF - STEP * steps, adoption, friction, need, to_decision, arr, segment)


def training_set(of: Book, *, signals: tuple[Signal, ...] = SIGNALS, horizon: Horizon | None = None) -> TrainingSet:
    """The training set that `build` makes of a book."""
    plan = horizon or horizon_of(of)
    return build(
        [snapshot(of, d) for d in plan.dates],
        [labels(of, d, plan.days) for d in plan.dates],
        [population(of, d) for d in plan.dates],
        horizon=plan,
        signals=signals,
        as_of=AS_OF,
        versions={"events": 3},
        beside=Beside(losses=losses(of)),
    )


def horizon_of(of: Book, options: tuple[int, ...] = (91, 56)) -> Horizon:
    """The horizon that a book allows."""
    return choose_horizon(of.start, AS_OF, losses(of), options=options)


def losses(of: Book) -> pl.DataFrame:
    """account_id, lost_on: the end of the step in which an account was lost."""
    gone = (of.arr[1:] == 0) & (of.arr[:-1] > 0)
    step, account = np.nonzero(gone)
    days = [(of.start + STEP * int(s + 1)).date() for s in step]
    return pl.DataFrame({"account_id": [_name(a) for a in account], "lost_on": days},
                        schema={"account_id": pl.String, "lost_on": pl.Date})  # fmt: skip


def dates(of: Book) -> list[datetime]:
    """Every snapshot date of a book."""
    return training_dates(of.start, AS_OF)


def snapshot(of: Book, date: datetime) -> pl.DataFrame:
    """A SNAPSHOT of every signal; those outside the mechanism are noise or unknown."""
    step = of.step(date)
    random = np.random.default_rng([step, of.accounts])
    adoption, friction, need = of.adoption[step], of.friction[step], of.need[step]
    known = {
        "active_users_7d": np.round(40 * np.exp(0.5 * adoption)),
        "active_users_28d": np.round(60 * np.exp(0.5 * adoption)),
        "events_28d": np.round(900 * np.exp(0.6 * adoption + 0.2 * random.normal(size=of.accounts))),
        "seat_utilisation_28d": 0.6 * np.exp(0.3 * adoption),
        "days_since_last_event": np.round(np.exp(1.0 - adoption)),
        "tickets_84d": np.round(3 * np.exp(0.6 * friction)),
        "open_severe_ticket_days": np.round(np.clip(10 * friction, 0, None)),
        "errors_per_100_events_84d": np.exp(0.5 * friction),
        "projected_utilisation": 0.8 + 0.3 * need,
        "users_beyond_seats_28d": np.round(np.clip(4 * need, 0, None)),
        "user_growth_84d": 0.2 * need,
        "days_to_decision": of.to_decision[step],
        "arr": of.arr[step],
    }
    columns = {"account_id": [_name(a) for a in range(of.accounts)]}
    frame = pl.DataFrame(columns).with_columns(pl.lit(date).cast(TIMESTAMP).alias("as_of"))
    for signal in SIGNALS:
        noise = np.abs(random.normal(size=of.accounts))
        unknown = signal.name not in known and len(signal.name) % 2 == 0
        values = pl.lit(None, dtype=pl.Float64) if unknown else pl.Series(known.get(signal.name, noise))
        frame = frame.with_columns(values.alias(signal.name))
    return frame


def population(of: Book, date: datetime, *, money: bool = True) -> pl.DataFrame:
    """The POPULATION of accounts with yearly value in force."""
    step = of.step(date)
    there = np.flatnonzero(of.arr[step] > 0)
    arr = of.arr[step][there]
    frame = pl.DataFrame({
        "account_id": [_name(a) for a in there],
        "segment": of.segment[there].tolist(),
        "owner": [f"rep{a % 6}@example.com" for a in there],
        "arr": arr if money else [None] * len(there),
        "weight": arr if money else np.ones(len(there)),
    }).with_columns(
        pl.col("arr").cast(pl.Float64),
        created_at=pl.lit(of.start - timedelta(days=400)).cast(TIMESTAMP),
        decision_on=pl.Series([date.date() + timedelta(days=int(d)) for d in of.to_decision[step][there]]),
        top_parent=pl.col("account_id"),
        notice_given=pl.lit(value=False),
    )  # fmt: skip
    absent = [pl.lit(None, dtype=t).alias(n) for n, t in POPULATION.schema.items() if n not in frame.columns]
    return POPULATION.check(frame.with_columns(absent))


def labels(of: Book, date: datetime, horizon_days: int, lead_days: int = 14) -> pl.DataFrame:
    """LABELS: value at the end of the window against value at the snapshot."""
    step = of.step(date)
    end = date + timedelta(days=lead_days + horizon_days)
    there = np.flatnonzero(of.arr[step] > 0)
    before, after = of.arr[step][there], of.arr[min(of.step(end), of.steps - 1)][there]
    y = np.clip(after / before - 1.0, -1.0, 2.0)
    outcome = np.select([y <= -0.95, y <= -0.1, y >= 0.1], ["churn", "contraction", "expansion"], "stayed")
    return LABELS.check(pl.DataFrame({
        "account_id": [_name(a) for a in there],
        "as_of": [date] * len(there),
        "window_end": [end] * len(there),
        "arr0": before,
        "arr1": after,
        "y": y,
        "outcome": outcome.tolist(),
        "moved_in_lead": np.zeros(len(there), dtype=bool),
    }).with_columns(pl.col("as_of", "window_end").cast(TIMESTAMP)))  # fmt: skip


def _name(account: int | np.intp) -> str:
    return f"acc{account:05d}"


def _expit(odds: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))
