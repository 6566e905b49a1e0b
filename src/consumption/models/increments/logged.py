"""A log of actions that were taken with known probabilities, checked and as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.errors import ConsumptionError
from consumption.models.encoding import Matrix
from consumption.models.judging.bootstrap import clusters
from consumption.models.rows import Floats

Places = np.ndarray[tuple[int], np.dtype[np.intp]]

FEATURE = "x_"
_NEEDED = ("action", "reward", "propensity")
_ROUNDING = 1e-6


class NotALog(ConsumptionError):
    """A log, a policy or a reward model from which no other policy can be valued."""


@dataclass(frozen=True, eq=False)
class Logged:
    """Rows of a log beside what the policy to be valued would have done in them.

    `taken`: the place of the action taken among `actions`; `target`: a row a row of the log, a column an action, the
    policy's probabilities; `account`: a number for each row's account, of `accounts`; `features`: the columns `x_*`.
    """

    actions: tuple[str, ...]
    taken: Places
    reward: Floats
    propensity: Floats
    target: Matrix
    account: Places
    accounts: int
    features: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many decisions there are."""
        return len(self.taken)

    @property
    def weights(self) -> Floats:
        """How much likelier the policy takes the logged action than the log did."""
        return np.asarray(self.target[np.arange(self.rows), self.taken] / self.propensity)

    @property
    def never_taken(self) -> float:
        """The share of the policy's choices that are actions the log never shows."""
        unseen = np.setdiff1d(np.arange(len(self.actions)), self.taken)
        return float(self.target[:, unseen].sum() / max(self.rows, 1))


def read_log(log: pl.DataFrame, policy: pl.DataFrame) -> Logged:
    """The log as arrays; `NotALog` names what is missing or wrong, and in how many rows."""
    missing = [name for name in _NEEDED if name not in log.columns]
    if missing:
        raise NotALog(
            f"log: no column {', '.join(missing)}",
            "a log has the columns action, reward and propensity, and optionally account_id and features x_*",
        )
    if log.is_empty():
        raise NotALog("log: no rows", "give it at least one decision")
    actions = tuple(policy.columns)
    target = action_columns("policy", policy, actions, log.height)
    _check_policy(target)
    names = log["action"].cast(pl.String)
    _check_actions(names, actions)
    rows = log.select(pl.col("reward", "propensity").cast(pl.Float64))
    _check_numbers(rows)
    ids = log["account_id"].cast(pl.String).to_numpy() if "account_id" in log.columns else np.arange(log.height)
    account, accounts = clusters(np.asarray(ids, dtype=object))
    places = {name: place for place, name in enumerate(actions)}
    return Logged(
        actions=actions,
        taken=names.replace_strict(places, return_dtype=pl.Int64).to_numpy().astype(np.intp),
        reward=rows["reward"].to_numpy(),
        propensity=rows["propensity"].to_numpy(),
        target=target,
        account=account,
        accounts=accounts,
        features=log.select(name for name in log.columns if name.startswith(FEATURE)),
    )


def action_columns(what: str, frame: pl.DataFrame, actions: tuple[str, ...], rows: int) -> Matrix:
    """The columns of these actions as numbers, a row a row of the log."""
    missing = [name for name in actions if name not in frame.columns]
    if missing:
        raise NotALog(f"{what}: no column for {_some(missing)}", f"give {what} one column an action of the policy")
    if frame.height != rows:
        raise NotALog(
            f"{what}: {frame.height} rows where the log has {rows}", f"give {what} the log's rows, in order"
        )
    values = frame.select(pl.col(name).cast(pl.Float64).alias(name) for name in actions).to_numpy()
    unknown = int((~np.isfinite(values)).any(axis=1).sum())
    if unknown:
        raise NotALog(f"{what}: {unknown} rows with a value that is no number", f"fill every cell of {what}")
    return np.ascontiguousarray(values, dtype=np.float64)


def _check_policy(target: Matrix) -> None:
    below = int((target < 0).any(axis=1).sum())
    if below:
        raise NotALog(f"policy: {below} rows with a probability below zero", "probabilities lie between 0 and 1")
    off = int((np.abs(target.sum(axis=1) - 1.0) > _ROUNDING).sum())
    if off:
        raise NotALog(
            f"policy: {off} rows that do not sum to one",
            "give one column an action, `none` among them where doing nothing is a choice",
        )


def _check_actions(names: pl.Series, actions: tuple[str, ...]) -> None:
    if names.null_count():
        raise NotALog(f"log: {names.null_count()} rows without an action", "say `none` where nothing was done")
    unknown = sorted(set(names) - set(actions))
    if unknown:
        raise NotALog(
            f"policy: no column for {_some(unknown)}, which the log shows",
            "give the policy a column for every action of the log, zero where it never takes it",
        )


def _check_numbers(rows: pl.DataFrame) -> None:
    wrong = rows.filter(pl.col("reward").is_null() | ~pl.col("reward").is_finite()).height
    if wrong:
        raise NotALog(f"log: {wrong} rows whose reward is no number", "leave out rows whose outcome is not known yet")
    chance = pl.col("propensity")
    unknown = rows.filter(chance.is_null() | chance.is_nan() | (chance <= 0) | (chance > 1 + _ROUNDING)).height
    if unknown:
        raise NotALog(
            f"log: {unknown} rows whose propensity is absent, zero or over one",
            "propensity is the probability of the action that was taken; leave out what people chose by themselves",
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
