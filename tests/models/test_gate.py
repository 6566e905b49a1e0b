"""Whether a challenger takes the champion's place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from consumption.models.gate import compare
from consumption.models.gate_trials import equal_challengers, two_models

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_clearly_better_challenger_is_promoted() -> None:
    """It sees what the champion hardly sees."""
    verdict = compare(*two_models(2, champion=4.0, challenger=0.3), draws=500, approved=True)
    assert (verdict.decision, verdict.wins) == ("promote", True)
    assert 0 < verdict.low < verdict.gain < verdict.high
    assert verdict.reasons[-1] == "It is promoted: the gain is beyond doubt."


def test_an_equal_challenger_is_kept_out() -> None:
    """Luck on three snapshots is not enough: at most 2 of 40 equal challengers get through."""
    found = equal_challengers(40, draws=400)
    assert found.promoted <= 2
    assert found.took_over <= 3


def test_the_same_model_again_changes_nothing() -> None:
    """No gain, no loss: the champion stays."""
    champion, _ = two_models(3, champion=1.0, challenger=1.0)
    verdict = compare(champion, champion, draws=200)
    assert (verdict.decision, verdict.gain, verdict.log_loss_change) == ("keep", 0.0, 0.0)


def test_better_probabilities_on_equal_lists_are_a_refresh() -> None:
    """The same order, but a champion that is far too sure: the challenger informs better and loses nothing."""
    _, challenger = two_models(5, champion=1.0, challenger=1.0)
    sure = challenger.with_columns(probability=(pl.col("probability") * 2.2).clip(0, 0.99))
    verdict = compare(sure, challenger, draws=500)
    assert verdict.decision == "refresh"
    assert verdict.ece_change < 0


def test_a_challenger_that_ranks_better_but_says_wrong_probabilities_is_kept_out() -> None:
    """Money and plans are sums of probabilities: calibration error may not grow by .005."""
    champion, challenger = two_models(2, champion=4.0, challenger=0.3)
    verdict = compare(
        champion, challenger.with_columns(probability=(pl.col("probability") * 2.5).clip(0, 0.99)), draws=500
    )
    assert verdict.decision == "keep"
    assert "off by over" in verdict.reasons[-1]


def test_only_the_same_rows_can_be_compared() -> None:
    """Another test set is another question."""
    champion, challenger = two_models(1, champion=1.0, challenger=1.0)
    with pytest.raises(ValueError, match="same rows"):
        compare(champion, challenger.head(10))


def test_a_winner_that_turns_the_lists_over_waits_for_approval() -> None:
    """Under half of its lists stand on the champion's: somebody has to say yes; then it ranks."""
    champion, challenger = two_models(2, champion=4.0, challenger=0.3)
    champion = champion.with_columns(value=-pl.col("value"))
    waiting = compare(champion, challenger, draws=500)
    assert (waiting.decision, waiting.waits, waiting.wins) == ("promote", True, False)
    assert waiting.overlap < 0.5
    assert "train --approve" in waiting.reasons[-1]
    assert compare(champion, challenger, draws=500, approved=True).wins


def test_the_overlap_is_the_share_of_the_challengers_lists_on_the_champions() -> None:
    """A list of one of ten accounts each: the same account, or another."""
    rows = pl.DataFrame(
        {
            "account_id": [f"a{n}" for n in range(10)] * 2,
            "as_of": [MONDAY] * 10 + [MONDAY + timedelta(days=28)] * 10,
            "owner": "rep",
            "probability": 0.1,
            "value": [float(n) for n in range(10)] * 2,
            "happened": [0.0, 1.0] * 10,
            "dollars": [0.0, 9.0] * 10,
        }
    )
    other = rows.with_columns(value=pl.when(pl.col("as_of") > MONDAY).then(-pl.col("value")).otherwise("value"))
    assert compare(rows, other, k=1, draws=20).overlap == 0.5
    assert compare(rows, rows, k=1, draws=20).overlap == 1.0


def test_nothing_is_promoted_on_what_may_be_a_leak() -> None:
    """However much better it looks; approval of the lists is no approval of a leak."""
    models = two_models(2, champion=4.0, challenger=0.3)
    verdict = compare(*models, draws=500, alarms=["Leak 2: `soon` is a late alarm."], approved=True)
    assert verdict.decision == "keep"
    assert "late alarm" in verdict.reasons[-2] + verdict.reasons[-1]
