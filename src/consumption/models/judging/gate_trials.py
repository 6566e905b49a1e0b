"""How often the gate lets luck through: two models that are equally good, over and over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from consumption.models.judging.gate import DRAWS, Verdict, compare
from consumption.models.logistic import probability
from consumption.models.rows import Floats

ACCOUNTS = 600
SNAPSHOTS = 3
OWNERS = 6
# Log odds of a usual book: 10 % in half a year on average, from under 1 % to over 50 %.
_LEVEL, _SPREAD = -2.6, 1.3
_FIRST = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Promoted:
    """Of so many trials, how often the challenger was promoted, and how often it took over at all."""

    trials: int
    promoted: int
    took_over: int

    @property
    def share(self) -> float:
        """Of all trials, those in which it took over."""
        return self.took_over / self.trials


def equal_challengers(trials: int = 300, *, draws: int = DRAWS, seed: int = 0) -> Promoted:
    """Champion and challenger see the truth through noise of the same size: neither is better."""
    verdicts = [trial(seed + number, draws=draws) for number in range(trials)]
    promoted = sum(verdict.decision == "promote" for verdict in verdicts)
    return Promoted(trials, promoted, sum(verdict.decision != "keep" for verdict in verdicts))


def trial(
    seed: int, *, champion: float = 1.0, challenger: float = 1.0, accounts: int = ACCOUNTS, draws: int = DRAWS
) -> Verdict:
    """What the gate says of two models, each of which sees the true log odds through noise of that size."""
    return compare(*two_models(seed, champion=champion, challenger=challenger, accounts=accounts), draws=draws,
                   seed=seed, approved=True)  # fmt: skip


def two_models(
    seed: int, *, champion: float, challenger: float, accounts: int = ACCOUNTS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores (see `scored.score`) of both: the same accounts on three snapshots, with the same outcomes."""
    random = np.random.default_rng(seed)
    odds = random.normal(_LEVEL, _SPREAD, size=accounts)
    arr = np.exp(random.normal(10, 0.8, size=accounts))
    happened = (random.random(accounts) < probability(odds)).astype(np.float64)
    first, second = (_scored(random, odds, arr, happened, noise) for noise in (champion, challenger))
    return first, second


def _scored(random: np.random.Generator, odds: Floats, arr: Floats, happened: Floats, noise: float) -> pl.DataFrame:
    seen = odds + noise * random.normal(size=len(odds))
    trust = _SPREAD**2 / (_SPREAD**2 + noise**2)  # what is best believed of a noisy look
    said = probability(_LEVEL + (seen - _LEVEL) * trust)
    one = pl.DataFrame(
        {
            "account_id": [f"a{i:05d}" for i in range(len(odds))],
            "segment": "all",
            "owner": [f"rep{i % OWNERS}" for i in range(len(odds))],
            "probability": said,
            "value": said * arr,
            "happened": happened,
            "dollars": happened * arr,
        }
    )
    dates = (_FIRST + timedelta(days=28 * number) for number in range(SNAPSHOTS))
    return pl.concat(one.with_columns(as_of=pl.lit(date)) for date in dates)
