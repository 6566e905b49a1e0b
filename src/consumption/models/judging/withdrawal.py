"""Whether the model before ranked better than the one in charge, beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.models.judging.bootstrap import account_draws, by_account, clusters, interval
from consumption.models.judging.evaluation import USUAL_CAPACITY, row_log_loss
from consumption.models.judging.gate import DRAWS, compare


@dataclass(frozen=True)
class Evidence:
    """What outcomes say of the one before, against the one in charge; `beyond_doubt`: both bounds are on its side.

    `gain`, `low`: dollars captured, of the ideal, with the 2.5 % bound; `loss`, `high`: log loss, with the 97.5 %
    bound; both are of the one before less of the one in charge.
    """

    gain: float
    low: float
    loss: float
    high: float

    @property
    def beyond_doubt(self) -> bool:
        """Its lists hold more, and its probabilities are truer."""
        return self.low > 0.0 and self.high < 0.0

    @property
    def text(self) -> str:
        """In a sentence."""
        return (
            f"On what became known since, the lists of the one before hold {self.gain:+.1%} of the value that could "
            f"have been listed (at least {self.low:+.1%}), and its log loss is {self.loss:+.4f} (at most "
            f"{self.high:+.4f})."
        )


def evidence(
    in_charge: pl.DataFrame, before: pl.DataFrame, *, k: int = USUAL_CAPACITY, draws: int = DRAWS, seed: int = 0
) -> Evidence:
    """From both models' scores (`scored.score`) of the same rows; bounds are of the gate's bootstrap by account."""
    now, then = (scores.sort("as_of", "account_id") for scores in (in_charge, before))
    verdict = compare(now, then, k=k, draws=draws, seed=seed, approved=True)
    happened = now["happened"].to_numpy()
    losses = [row_log_loss(scores["probability"].to_numpy(), happened) for scores in (then, now)]
    codes, accounts = clusters(now["account_id"].to_numpy().astype(object))
    sums = by_account(np.column_stack([losses[0] - losses[1], np.ones(now.height)]), codes, accounts)
    drawn = np.concatenate([counts @ sums for counts in account_draws(accounts, draws, seed)])
    _, high = interval(drawn[:, 0] / drawn[:, 1])
    return Evidence(verdict.gain, verdict.low, verdict.log_loss_change, high)
