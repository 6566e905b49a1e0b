"""Whether a challenger takes the champion's place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.models.gate import compare
from consumption.models.logistic import probability

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def trial(seed: int, *, champion: float, challenger: float, accounts: int = 600) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two models on three snapshots: each sees the true log odds through noise of that size."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2.6, 1.3, size=accounts)
    arr = np.exp(random.normal(10, 0.8, size=accounts))
    ever = random.random(accounts) < probability(odds)
    rows = [_scored(random, odds, arr, ever, noise) for noise in (champion, challenger)]
    return rows[0], rows[1]


def _scored(
    random: np.random.Generator, odds: np.ndarray, arr: np.ndarray, ever: np.ndarray, noise: float
) -> pl.DataFrame:
    seen = odds + noise * random.normal(size=len(odds))
    shrunk = -2.6 + (seen + 2.6) * 1.69 / (1.69 + noise**2)  # what is best believed of a noisy look
    said = probability(shrunk)
    one = pl.DataFrame({
        "account_id": [f"a{i:04d}" for i in range(len(odds))],
        "segment": "all",
        "owner": [f"rep{i % 6}" for i in range(len(odds))],
        "probability": said,
        "value": said * arr,
        "happened": ever.astype(float),
        "dollars": ever * arr,
    })  # fmt: skip
    dates = [one.with_columns(as_of=pl.lit(DAY + timedelta(days=28 * i))) for i in range(3)]
    return pl.concat(dates)


def test_a_clearly_better_challenger_is_promoted() -> None:
    """It sees what the champion hardly sees."""
    verdict = compare(*trial(2, champion=4.0, challenger=0.3), draws=500)
    assert (verdict.decision, verdict.wins) == ("promote", True)
    assert 0 < verdict.low < verdict.gain < verdict.high
    assert verdict.reasons[-1] == "It is promoted: the gain is beyond doubt."


def test_an_equal_challenger_is_kept_out() -> None:
    """Luck on three snapshots is not enough: at most 2 of 40 equal challengers get through."""
    decisions = [
        compare(*trial(seed, champion=1.0, challenger=1.0), draws=400, seed=seed).decision for seed in range(40)
    ]
    assert decisions.count("promote") <= 2
    assert decisions.count("keep") >= 37


def test_the_same_model_again_changes_nothing() -> None:
    """No gain, no loss: the champion stays."""
    champion, _ = trial(3, champion=1.0, challenger=1.0)
    verdict = compare(champion, champion, draws=200)
    assert (verdict.decision, verdict.gain, verdict.log_loss_change) == ("keep", 0.0, 0.0)


def test_better_probabilities_on_equal_lists_are_a_refresh() -> None:
    """The same order, but a champion that is far too sure: the challenger informs better and loses nothing."""
    _, challenger = trial(5, champion=1.0, challenger=1.0)
    sure = challenger.with_columns(probability=(pl.col("probability") * 2.2).clip(0, 0.99))
    verdict = compare(sure, challenger, draws=500)
    assert verdict.decision == "refresh"
    assert verdict.ece_change < 0


def test_a_challenger_that_ranks_better_but_says_wrong_probabilities_is_kept_out() -> None:
    """Money and plans are sums of probabilities: calibration error may not grow by .005."""
    champion, challenger = trial(2, champion=4.0, challenger=0.3)
    verdict = compare(
        champion, challenger.with_columns(probability=(pl.col("probability") * 2.5).clip(0, 0.99)), draws=500
    )
    assert verdict.decision == "keep"
    assert "off by over" in verdict.reasons[-1]


def test_only_the_same_rows_can_be_compared() -> None:
    """Another test set is another question."""
    champion, challenger = trial(1, champion=1.0, challenger=1.0)
    with pytest.raises(ValueError, match="same rows"):
        compare(champion, challenger.head(10))
