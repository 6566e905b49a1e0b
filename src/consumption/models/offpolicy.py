"""What another policy would have earned, from a log of actions taken with known probabilities.

With w the policy's probability of the logged action over the log's, q(x, a) an outcome model that was not fitted on
the row, and q(x, pi) its mean over the policy's choices:

    ipw    mean of w r                                 Horvitz and Thompson 1952
    snips  sum of w r / sum of w                       Swaminathan and Joachims 2015
    dm     mean of q(x, pi)
    dr     mean of q(x, pi) + w (r - q(x, a))          Dudik, Langford and Li 2011
    switch as dr, with w = 0 where it is over 10       Wang, Agarwal and Dudik 2017
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.models.encoding import Matrix
from consumption.models.given import seed_of
from consumption.models.increments.logged import Logged, NotALog, action_columns, read_log
from consumption.models.increments.outcome_model import cross_fitted
from consumption.models.judging.bootstrap import account_draws, by_account, interval
from consumption.models.rows import Floats

CLIP = 10.0
"""The largest weight in DR on a short log, and the one over which `switch` trusts the model alone."""
SHORT_LOG = 5_000
LEAST_ESS = 200.0
MOST_APART = 2.0
"""Standard errors of their difference by which DR and SNIPS may disagree."""
MOST_NEVER_TAKEN = 0.01
MOST_OFF = 4.0
"""Standard errors by which the mean weight may be off 1, where it lies if the propensities are true."""
DRAWS = 1_000
LEAST_ACCOUNTS = 30
"""Accounts under which drawing them again says nothing of how far an estimate may be off."""

_ROUNDING = 1e-9
_WRITTEN = 1e-3  # that the mean weight may be off 1 by how propensities are written down: a third as .333
_ALWAYS = ("dm", "switch")
SCHEMA = pl.Schema(
    {
        "estimator": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "ess": pl.Float64(),
        "largest_weight": pl.Float64(),
        "refused": pl.String(),
    }
)


def evaluate(
    log: pl.DataFrame | pl.LazyFrame,
    policy: pl.DataFrame | pl.LazyFrame,
    reward_model: pl.DataFrame | pl.LazyFrame | None = None,
    *,
    switch: bool = False,
    seed: int = 0,
) -> pl.DataFrame:
    """What `policy` would have earned a row: one row an estimator (ipw, snips, dm, dr).

    `log`: action, reward, propensity (of the action taken), optionally account_id (the unit that is resampled) and
    features x_*. `policy`: a column an action, its probability in each row of the log. `reward_model`: a column an
    action, the expected reward, made without the row's own outcome; None: cross-fitted on x_*.

    Columns: estimator, value, low, high (95 %, bootstrap of accounts), ess (effective sample size of the weights),
    largest_weight, refused. IPW, SNIPS and DR are refused, with null figures and the reason in words, where the
    effective sample size is under 200, where DR and SNIPS disagree by over two standard errors of their difference,
    where the weights do not average 1, where the policy takes what the log never shows, or where the rows are of
    under 30 accounts. What rests on the model alone (`dm`, and `switch` where asked for) is reported and decides
    nothing: its interval does not know how wrong the model is, and is null under 30 accounts. Lazy frames are
    collected. Raises `NotALog`.
    """
    seed = seed_of(seed, NotALog)
    logged = read_log(log, policy)
    if reward_model is None:
        expected = cross_fitted(logged, seed=seed).expected
    else:
        expected = action_columns("reward_model", reward_model, logged.actions, logged.rows)
    terms = _terms(logged, expected)
    if not switch:
        del terms["switch"]
    weight = Term(logged.weights, np.ones(logged.rows))
    draws = _draws(logged, {**terms, "weight": weight}, seed)
    overlap = Overlap.of(logged)
    reason = (
        _few_accounts(logged)
        or overlap.problem
        or _off_one(weight.value, draws["weight"])
        or _disagreement(terms, draws)
    )
    return pl.DataFrame(
        [_row(name, term.value, _bounds(logged, draws[name]), overlap, reason) for name, term in terms.items()],
        schema=SCHEMA,
        orient="row",
    )


@dataclass(frozen=True)
class Overlap:
    """How far the log can speak for the policy."""

    ess: float
    largest_weight: float
    never_taken: float

    @staticmethod
    def of(logged: Logged) -> Overlap:
        """Effective sample size (sum w)^2 / sum w^2, the largest weight, and what the log never shows."""
        weights = logged.weights
        squares = float((weights**2).sum())
        ess = float(weights.sum()) ** 2 / squares if squares else 0.0
        return Overlap(ess, float(weights.max()), logged.never_taken)

    @property
    def problem(self) -> str | None:
        """Why the log cannot speak for the policy; None where it can."""
        if self.never_taken > MOST_NEVER_TAKEN:
            return f"{self.never_taken:.0%} of the policy's choices are actions that the log never shows"
        if self.ess < LEAST_ESS:
            return f"effective sample size {self.ess:.0f}, under {LEAST_ESS:.0f}: the log did too little of the same"
        return None


@dataclass(frozen=True, eq=False)
class Term:
    """An estimate as the ratio of two sums over rows."""

    above: Floats
    below: Floats

    @property
    def value(self) -> float:
        """The ratio; NaN where there is nothing below."""
        below = float(self.below.sum())
        return float(self.above.sum()) / below if below else float("nan")


def _terms(logged: Logged, expected: Matrix) -> dict[str, Term]:
    weights, each = logged.weights, np.ones(logged.rows)
    clipped = np.minimum(weights, CLIP) if logged.rows < SHORT_LOG else weights
    modelled = (logged.target * expected).sum(axis=1)
    missed = logged.reward - expected[np.arange(logged.rows), logged.taken]
    return {
        "ipw": Term(weights * logged.reward, each),
        "snips": Term(weights * logged.reward, weights),
        "dm": Term(modelled, each),
        "dr": Term(modelled + clipped * missed, each),
        "switch": Term(modelled + np.where(weights > CLIP, 0.0, weights) * missed, each),
    }


def _draws(logged: Logged, terms: dict[str, Term], seed: int) -> dict[str, Floats]:
    """Every estimate in every draw of the accounts, the same draws for all."""
    columns = np.column_stack([side for term in terms.values() for side in (term.above, term.below)])
    sums = by_account(columns, logged.account, logged.accounts)
    drawn = np.vstack([block @ sums for block in account_draws(logged.accounts, DRAWS, seed)])
    below = np.where(drawn[:, 1::2] == 0, np.nan, drawn[:, 1::2])
    ratios = drawn[:, 0::2] / below
    return {name: ratios[:, place] for place, name in enumerate(terms)}


def _off_one(mean: float, draws: Floats) -> str | None:
    """Whether the mean weight is off 1, where true propensities put it."""
    if abs(mean - 1.0) <= max(MOST_OFF * float(draws.std()), _WRITTEN):
        return None
    return f"weights average {mean:.3f} and not 1: propensities are not those that actions were taken with"


def _disagreement(terms: dict[str, Term], draws: dict[str, Floats]) -> str | None:
    apart = abs(terms["dr"].value - terms["snips"].value)
    spread = float(np.nanstd(draws["dr"] - draws["snips"]))
    if apart <= max(MOST_APART * spread, _ROUNDING * (abs(terms["dr"].value) + abs(terms["snips"].value))):
        return None
    times = f"{apart / spread:.1f}" if spread else "many"
    return f"DR and SNIPS disagree by {times} standard errors: a propensity or the overlap is not what the log says"


def _few_accounts(logged: Logged) -> str | None:
    """Whether too few accounts share the rows; where each row is an account, the effective sample size says it."""
    if logged.accounts >= min(LEAST_ACCOUNTS, logged.rows):
        return None
    told = f"account_id names {logged.accounts} account{'s' if logged.accounts > 1 else ''} in {logged.rows:,} rows"
    return (
        f"{told}, and {LEAST_ACCOUNTS} are needed: give a log of more accounts, or leave account_id out if each row "
        "stands for itself"
    )


def _bounds(logged: Logged, draws: Floats) -> tuple[float | None, float | None]:
    """The middle 95 % of the draws; none where there are too few accounts to draw."""
    return interval(draws) if logged.accounts >= LEAST_ACCOUNTS else (None, None)


def _row(
    name: str, value: float, bounds: tuple[float | None, float | None], overlap: Overlap, reason: str | None
) -> tuple[object, ...]:
    beside = (overlap.ess, overlap.largest_weight)
    if reason and name not in _ALWAYS:
        return (name, None, None, None, *beside, reason)
    return (name, value, *bounds, *beside, None)
