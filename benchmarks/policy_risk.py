"""How likely each account moves if nobody does anything, by the project's own heads, from quarters that are over.

They learn from accounts for which nobody did anything: where a plan serves the same kind of account every quarter,
heads that learn from all take what it does for what these accounts are like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.models.heads.boosting import Boosting
from consumption.models.heads.head import Head, fit_head
from consumption.models.heads.severity import Severity, mean_severity
from consumption.models.increments.belief import OUTCOMES, Floats, Moves
from consumption.models.motion import Outcome
from policy_seen import NOT_SIGNALS, Seen

LATEST = 6  # quarters that heads learn from
# Tens of thousands of rows: learns faster than the usual, to the same depth; one booster a head, for time's sake.
SETTINGS = Boosting(rounds_without_validation=120, learning_rate=0.08, leaves=6, rows_in_leaf=100, seeds=1)


@dataclass(frozen=True)
class Risk:
    """Heads for churn, contraction and expansion, and the usual sizes of the moves."""

    heads: tuple[Head, ...]
    sizes: tuple[Severity, Severity]

    @classmethod
    def fit(cls, quarters: Sequence[Seen], keep: Sequence[NDArray[np.bool_]] | None = None, *, seed: int) -> Risk:
        """From the latest quarters with outcomes, where nobody did anything; `keep`: of which rows."""
        known = [q for q in quarters if q.due][-LATEST:]
        masks = [q.untreated if keep is None else q.untreated & keep[n] for n, q in enumerate(known)]
        rows = pl.concat([q.snapshot.filter(pl.Series(m)) for q, m in zip(known, masks, strict=True)])
        happened = np.vstack([q.happened[m] for q, m in zip(known, masks, strict=True)])
        y = np.concatenate([q.y[m] for q, m in zip(known, masks, strict=True)])
        columns = [c for c in rows.columns if c not in NOT_SIGNALS]
        heads = []
        for outcome in range(len(OUTCOMES)):
            there = ~np.isnan(happened[:, outcome])
            part = rows.filter(pl.Series(there))
            heads.append(
                fit_head(part, happened[there, outcome], columns=columns, seed=seed + outcome, settings=SETTINGS)
            )
        return cls(tuple(heads), (_size(rows, y, happened, "contraction"), _size(rows, y, happened, "expansion")))

    def moves(self, seen: Seen) -> Moves:
        """What is to be expected of each account if nobody does anything."""
        rows, (shrink, grow) = seen.snapshot, self.sizes
        chances = np.column_stack([head.predict(rows) for head in self.heads])
        return Moves(np.clip(chances, 1e-4, 1 - 1e-4), shrink.predict(rows), grow.predict(rows))


def _size(rows: pl.DataFrame, y: Floats, happened: Floats, outcome: Outcome) -> Severity:
    moved = happened[:, OUTCOMES.index(outcome)] == 1
    part = rows.filter(pl.Series(moved))
    return mean_severity(part, np.abs(y[moved]), outcome=outcome, weights=np.ones(part.height))


def crossed(quarters: Sequence[Seen], *, seed: int, folds: int = 2) -> list[Moves]:
    """For each of these quarters what was to be expected, from the other accounts alone."""
    account = [q.snapshot["account_id"].str.slice(1).cast(pl.Int64).to_numpy() % folds for q in quarters]
    found: list[list[Moves]] = []
    for fold in range(folds):
        risk = Risk.fit(quarters, [a != fold for a in account], seed=seed)
        found.append([risk.moves(q) for q in quarters])
    return [
        Moves(*(np.where((a == 0).reshape(-1, *[1] * (x.ndim - 1)), x, y) for x, y in _pairs(first, second)))
        for a, first, second in zip(account, *found, strict=True)
    ]


def _pairs(first: Moves, second: Moves) -> list[tuple[Floats, Floats]]:
    return [(first.chances, second.chances), (first.shrink, second.shrink), (first.grow, second.grow)]
