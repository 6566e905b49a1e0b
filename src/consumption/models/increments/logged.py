"""A log of actions that were taken with known probabilities, checked and as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.errors import ConsumptionError
from consumption.models.encoding import Matrix
from consumption.models.given import Flags, Reader, is_number, is_text
from consumption.models.judging.bootstrap import clusters
from consumption.models.rows import Floats, Strings

Places = np.ndarray[tuple[int], np.dtype[np.intp]]

FEATURE = "x_"
_NEEDED = ("action", "reward", "propensity")
_ROUNDING = 1e-6
LEAST_CHANCE = 1e-9
"""A propensity under this is a mistake: one such row would weigh more than all others."""
LARGEST_FEATURE = 1e30


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


def read_log(log: pl.DataFrame | pl.LazyFrame, policy: pl.DataFrame | pl.LazyFrame) -> Logged:
    """The log as arrays; `NotALog` names what is missing or wrong, and in how many rows."""
    reader = Reader("log", NotALog)
    given, wanted = reader.frame(log), Reader("policy", NotALog).frame(policy)
    missing = [name for name in _NEEDED if name not in given.columns]
    if missing:
        raise NotALog(
            f"log: no column {', '.join(missing)}",
            "a log has the columns action, reward and propensity, and optionally account_id and features x_*",
        )
    if given.is_empty():
        raise NotALog("log: no rows", "give it at least one decision")
    actions = tuple(wanted.columns)
    if not actions:
        raise NotALog(
            "policy: no columns", "give policy one column an action: its probability in each row of the log"
        )
    target = action_columns("policy", wanted, actions, given.height)
    _check_policy(target)
    names = reader.names("action", given["action"])
    _check_actions(reader, names, actions)
    account, accounts = clusters(_accounts(reader, given))
    places = {name: place for place, name in enumerate(actions)}
    return Logged(
        actions=actions,
        taken=names.replace_strict(places, return_dtype=pl.Int64).to_numpy().astype(np.intp),
        reward=reader.numbers("reward", given["reward"], "leave out rows whose outcome is not known yet"),
        propensity=_propensity(reader, given["propensity"]),
        target=target,
        account=account,
        accounts=accounts,
        features=_features(reader, given),
    )


def action_columns(what: str, given: pl.DataFrame | pl.LazyFrame, actions: tuple[str, ...], rows: int) -> Matrix:
    """The columns of these actions as numbers, a row a row of the log."""
    reader = Reader(what, NotALog)
    frame = reader.frame(given)
    missing = [name for name in actions if name not in frame.columns]
    if missing:
        raise NotALog(f"{what}: no column for {_some(missing)}", f"give {what} one column an action of the policy")
    if frame.height != rows:
        raise NotALog(
            f"{what}: {frame.height} rows where the log has {rows}", f"give {what} the log's rows, in order"
        )
    columns = [reader.numbers(name, frame[name], f"fill every cell of {what}") for name in actions]
    return np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)


def _check_policy(target: Matrix) -> None:
    reader = Reader("policy", NotALog)
    below: Floats = target.min(axis=1)
    reader.refuse_rows("with a probability below zero", below < 0, "probabilities lie between 0 and 1")
    apart: Floats = np.abs(target.sum(axis=1) - 1.0)
    reader.refuse_rows(
        "that do not sum to one",
        apart > _ROUNDING,
        "give one column an action, `none` among them where doing nothing is a choice",
    )


def _check_actions(reader: Reader, names: pl.Series, actions: tuple[str, ...]) -> None:
    reader.refuse_rows("without an action", names.is_null().to_numpy(), "say `none` where nothing was done")
    unknown = sorted(set(names) - set(actions))
    if unknown:
        raise NotALog(
            f"policy: no column for {_some(unknown)}, which the log shows",
            "give the policy a column for every action of the log, zero where it never takes it",
        )


def _accounts(reader: Reader, log: pl.DataFrame) -> Strings:
    """Whose decision each row is; where the log does not say, each row stands for itself."""
    if "account_id" not in log.columns:
        return np.arange(log.height).astype(object)
    ids = reader.names("account_id", log["account_id"])
    reader.refuse_rows(
        "without an account_id",
        ids.is_null().to_numpy(),
        "say whose decision each row is, or leave the column out: then each row is an account of its own",
    )
    return ids.to_numpy().astype(object)


def _propensity(reader: Reader, given: pl.Series) -> Floats:
    """The chance of what was taken."""
    remedy = "propensity is the probability of the action that was taken; leave out what people chose by themselves"
    if not is_number(given.dtype):
        raise NotALog(f"log: propensity is {given.dtype}, not numbers", remedy)
    chance = given.cast(pl.Float64).fill_null(np.nan).to_numpy()
    wrong: Flags = ~((chance >= LEAST_CHANCE) & (chance <= 1 + _ROUNDING))
    reader.refuse_rows(f"whose propensity is absent, zero (or under {LEAST_CHANCE:.0e}) or over one", wrong, remedy)
    return np.asarray(chance, dtype=np.float64)


def _features(reader: Reader, log: pl.DataFrame) -> pl.DataFrame:
    """The columns `x_*`, each numbers or text."""
    features = log.select(name for name in log.columns if name.startswith(FEATURE))
    for name, dtype in features.schema.items():
        if not (is_number(dtype) or is_text(dtype)):
            raise NotALog(f"log: {name} is {dtype}, neither numbers nor text", f"leave {name} out")
        if is_number(dtype):
            sizes = features[name].cast(pl.Float64).fill_null(0.0).abs().to_numpy()
            large = np.isfinite(sizes) & (sizes > LARGEST_FEATURE)
            reader.refuse_rows(
                f"whose {name} is beyond {LARGEST_FEATURE:.0e}", large, f"leave {name} out, or mend it"
            )
    return features


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
