"""Whether a challenger takes the champion's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from consumption.models.bootstrap import account_draws, by_account, clusters, interval
from consumption.models.encoding import Matrix
from consumption.models.evaluation import BINS, Ordered, captured, order, row_log_loss
from consumption.models.rows import Floats

Decision = Literal["promote", "refresh", "keep"]

DRAWS = 2_000
REFRESH_MARGIN = -0.01
CALIBRATION_MARGIN = 0.005


@dataclass(frozen=True)
class Verdict:
    """What the gate decided and why, in sentences.

    `gain`, `low`, `high`: dollars captured at k by the challenger less by the champion, of the ideal, with the 95 %
    interval of a paired bootstrap by account. `log_loss_change` and `ece_change`: challenger less champion.
    """

    decision: Decision
    gain: float
    low: float
    high: float
    log_loss_change: float
    ece_change: float
    reasons: tuple[str, ...]

    @property
    def wins(self) -> bool:
        """Whether the challenger ranks from now on."""
        return self.decision != "keep"


def compare(
    champion: pl.DataFrame, challenger: pl.DataFrame, *, k: int = 8, draws: int = DRAWS, seed: int = 0
) -> Verdict:
    """Both models' scores (`scored.score`) of the same test rows.

    Promote when the 2.5 % bound of the gain in dollars captured is over 0; refresh when the gain is over -1 % and the
    log loss lower beyond doubt (its 97.5 % bound is under 0: otherwise every second equal challenger would pass);
    else keep. A challenger whose calibration error is higher by more than .005, beyond doubt as well, is never taken.
    Raises ValueError if the rows are not the same.
    """
    champion, challenger = (s.sort("as_of", "account_id") for s in (champion, challenger))
    keys = ["as_of", "account_id"]
    if champion.is_empty() or not champion.select(keys).equals(challenger.select(keys)):
        raise ValueError("champion and challenger must be scored on the same rows, at least one")
    codes, accounts = clusters(champion["account_id"].to_numpy().astype(object))
    sums = by_account(_per_row(order(champion, k), order(challenger, k)), codes, accounts)
    seen = _figures(sums.sum(0, keepdims=True))
    drawn = np.concatenate([_figures(counts @ sums) for counts in account_draws(accounts, draws, seed)])
    return _decide(seen[0], *(interval(drawn[:, i]) for i in range(3)))


def _per_row(champion: Ordered, challenger: Ordered) -> Matrix:
    """What adds up over rows: gain, ideal, log losses apart, a one, and by bin how far off each model is."""
    ideal = np.where(champion.ideal_place <= champion.length, champion.dollars, 0.0)
    losses = [row_log_loss(m.probability, m.happened) for m in (champion, challenger)]
    plain = [captured(challenger) - captured(champion), ideal, losses[1] - losses[0], np.ones_like(ideal)]
    return np.column_stack([*plain, _off(champion), _off(challenger)])


def _off(model: Ordered) -> Matrix:
    bins: Matrix = np.eye(BINS)[model.bins] * (model.probability - model.happened)[:, None]
    return bins


def _figures(sums: Matrix) -> Matrix:
    """Gain of the ideal, change of log loss, change of calibration error; a row a draw."""
    rows = sums[:, 3]
    off = np.abs(sums[:, 4:]) / rows[:, None]
    gain = np.divide(sums[:, 0], sums[:, 1], out=np.zeros_like(rows), where=sums[:, 1] > 0)
    return np.column_stack([gain, sums[:, 2] / rows, off[:, BINS:].sum(1) - off[:, :BINS].sum(1)])


def _decide(
    seen: Floats, gain: tuple[float, float], log_loss: tuple[float, float], ece: tuple[float, float]
) -> Verdict:
    value, log_loss_change, ece_change = (float(v) for v in seen)
    uncalibrated = ece_change > CALIBRATION_MARGIN and ece[0] > 0.0
    better, informed = gain[0] > 0.0, value > REFRESH_MARGIN and log_loss[1] < 0.0
    decision: Decision = "keep" if uncalibrated else "promote" if better else "refresh" if informed else "keep"
    conclusion = (
        f"It is kept out: its probabilities are off by over {CALIBRATION_MARGIN} more than the champion's."
        if uncalibrated
        else _CONCLUSIONS[decision]
    )
    reasons = (
        f"The challenger's lists hold {abs(value):.1%} {'more' if value >= 0 else 'less'} of the value that could "
        f"have been listed (95 % interval {gain[0]:+.1%} to {gain[1]:+.1%}).",
        f"Its log loss changes by {log_loss_change:+.4f} ({log_loss[0]:+.4f} to {log_loss[1]:+.4f}).",
        f"Its calibration error changes by {ece_change:+.4f}.",
        conclusion,
    )
    return Verdict(decision, value, *gain, log_loss_change, ece_change, reasons)


_CONCLUSIONS = {
    "promote": "It is promoted: the gain is beyond doubt.",
    "refresh": "It takes over as a refresh: no worse by a hundredth, and its probabilities are better beyond doubt.",
    "keep": "It does not take over: nothing is better beyond doubt.",
}
