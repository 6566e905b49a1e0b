"""What the probability that a list shows is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import expit

from consumption.models.encoding import Matrix
from consumption.models.heads.attribution import combine
from consumption.models.heads.parts import FLOOR, Parts
from consumption.models.logistic import log_odds
from consumption.models.model import Model
from consumption.models.motion import Motion
from consumption.models.ranking import at_its_word
from consumption.models.rows import Floats

# Not a signal: what an account has said itself.
NOTICE = "notice_given"


@dataclass(frozen=True, eq=False)
class Listed:
    """The log odds of one motion's probability, as `ranking.rank` lists it: a row an account.

    `base` and the columns of `parts` (one each of `signals`, the last is `NOTICE`) add up to `log_odds`.
    """

    accounts: pl.Series
    signals: tuple[str, ...]
    base: Floats
    log_odds: Floats
    parts: Matrix

    @property
    def probability(self) -> Floats:
        """What the list shows."""
        return np.asarray(expit(self.log_odds), dtype=np.float64)

    def of(self, signals: Sequence[str]) -> Matrix:
        """The parts of these signals, a column each, in their order."""
        return self.parts[:, [self.signals.index(name) for name in signals]]


def listed(rows: pl.DataFrame, *, help: Model, expand: Model) -> dict[Motion, Listed]:  # noqa: A002 - the motion's name
    """By the heads that lists go by: churn and contraction of `help`, the same churn and expansion of `expand`.

    `rows`: to score (`rows.scoring_rows`). Signals are those of both models. Raises StaleModel where a signal is not
    there.
    """
    names = (*help.about.signals, *(n for n in expand.about.signals if n not in set(help.about.signals)), NOTICE)
    shrink, grow = help.parts(rows), expand.parts(rows, ("move",))
    churn = _noticed(_over(names, help.about.signals, shrink["churn"]), rows)
    moves: dict[Motion, Parts] = {
        "help": _over(names, help.about.signals, shrink["move"]),
        "expand": _over(names, expand.about.signals, grow["move"]),
    }
    accounts = rows["account_id"]
    joined = {motion: combine(motion, churn, move) for motion, move in moves.items()}
    return {motion: Listed(accounts, names, p.base, p.full, p.signals) for motion, p in joined.items()}


def _over(names: Sequence[str], own: Sequence[str], parts: Parts) -> Parts:
    """The same with a column for each of the names; 0 for what the head does not read."""
    signals = np.zeros((len(parts.base), len(names)))
    signals[:, [names.index(name) for name in own]] = parts.signals
    return replace(parts, signals=signals)


def _noticed(churn: Parts, rows: pl.DataFrame) -> Parts:
    """With what a notice adds, in the last column, to what the signals say."""
    said = expit(churn.full)
    counts = at_its_word(said, rows)
    added = np.where(counts > said, log_odds(counts, FLOOR) - churn.full, 0.0)
    signals = churn.signals.copy()
    signals[:, -1] = added
    return Parts(churn.base, churn.full + added, signals)
