"""Whether a challenger takes the champion's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from consumption.models.encoding import Matrix
from consumption.models.judging.bootstrap import account_draws, by_account, clusters, interval
from consumption.models.judging.evaluation import BINS, USUAL_CAPACITY, Ordered, captured, order, row_log_loss
from consumption.models.rows import Floats

Decision = Literal["promote", "refresh", "keep"]

DRAWS = 2_000
REFRESH_MARGIN = -0.01
CALIBRATION_MARGIN = 0.005
LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class Verdict:
    """What the gate decided and why, in sentences.

    `gain`, `low`, `high`: dollars captured at k by the challenger less by the champion, of the ideal, with the 95 %
    interval of a paired bootstrap by account. `log_loss_change` and `ece_change`: challenger less champion.
    `overlap`: the share of the challenger's lists that stands on those of what ranks. `waits`: it would take over,
    but under half of the lists would stay, and nobody has approved of that.
    """

    decision: Decision
    gain: float
    low: float
    high: float
    log_loss_change: float
    ece_change: float
    reasons: tuple[str, ...]
    overlap: float = 1.0
    waits: bool = False

    @property
    def wins(self) -> bool:
        """Whether the challenger ranks from now on."""
        return self.decision != "keep" and not self.waits


def compare(
    champion: pl.DataFrame,
    challenger: pl.DataFrame,
    *,
    k: int = USUAL_CAPACITY,
    draws: int = DRAWS,
    seed: int = 0,
    alarms: Sequence[str] = (),
    approved: bool = False,
    listed: pl.DataFrame | None = None,
) -> Verdict:
    """Both models' scores (`scored.score`) of the same test rows.

    Promote when the 2.5 % bound of the gain in dollars captured is over 0; refresh when the gain is over -1 % and the
    log loss lower beyond doubt (its 97.5 % bound is under 0: otherwise every second equal challenger would pass);
    else keep. A challenger whose calibration error is higher by more than .005, and higher beyond chance (that of a
    few hundred accounts swings by more on its own), is never taken, nor one that leans on a signal with a
    leakage alarm (`alarms`, in sentences). Where its lists share less than half of their accounts with the
    champion's, it waits until somebody has `approved`. `listed`: the scores of what ranks today, where that is not
    the one that the challenger is held against: its lists are those that would change. Raises ValueError if the rows
    are not the same.
    """
    champion, challenger, today = (
        s.sort("as_of", "account_id") for s in (champion, challenger, champion if listed is None else listed)
    )
    keys = ["as_of", "account_id"]
    same = [champion.select(keys).equals(other.select(keys)) for other in (challenger, today)]
    if champion.is_empty() or not all(same):
        raise ValueError("champion and challenger must be scored on the same rows, at least one")
    codes, accounts = clusters(champion["account_id"].to_numpy().astype(object))
    old, new = order(champion, k), order(challenger, k)
    sums = by_account(_per_row(old, new), codes, accounts)
    seen = _figures(sums.sum(0, keepdims=True))
    drawn = np.concatenate([_figures(counts @ sums) for counts in account_draws(accounts, draws, seed)])
    verdict = _decide(seen[0], *(interval(drawn[:, i]) for i in range(3)))
    ranks = old if listed is None else order(today, k)
    return _approved(_unalarmed(verdict, alarms), overlap(ranks, new), approved=approved)


def overlap(champion: Ordered, challenger: Ordered) -> float:
    """The share of the challenger's lists that stands on the champion's lists too; 1 where nothing is listed."""
    old, new = champion.place <= champion.length, challenger.place <= challenger.length
    return float((old & new).sum() / new.sum()) if new.any() else 1.0


def _unalarmed(verdict: Verdict, alarms: Sequence[str]) -> Verdict:
    if verdict.decision == "keep" or not alarms:
        return verdict
    kept_out = "It is kept out: it leans on what may be a leak. " + " ".join(alarms)
    return replace(verdict, decision="keep", reasons=(*verdict.reasons[:-1], kept_out))


def _approved(verdict: Verdict, share: float, *, approved: bool) -> Verdict:
    """The verdict with what it says of the lists, as a reason before its conclusion."""
    said = f"{share:.0%} of its lists stand on the champion's lists too."
    waits = verdict.decision != "keep" and share < LEAST_OVERLAP and not approved
    conclusion = _WAITS if waits else verdict.reasons[-1]
    return replace(verdict, overlap=share, waits=waits, reasons=(*verdict.reasons[:-1], said, conclusion))


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
        f"Its calibration error changes by {ece_change:+.4f} ({ece[0]:+.4f} to {ece[1]:+.4f}).",
        conclusion,
    )
    return Verdict(decision, value, *gain, log_loss_change, ece_change, reasons)


_WAITS = (
    "It would take over, but most of the lists would change at once: it waits for somebody's approval "
    "(consumption promote, with --yes)."
)
_CONCLUSIONS = {
    "promote": "It is promoted: the gain is beyond doubt.",
    "refresh": "It takes over as a refresh: no worse by a hundredth, and its probabilities are better beyond doubt.",
    "keep": "It does not take over: nothing is better beyond doubt.",
}
