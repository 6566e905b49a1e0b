"""What became of decided accounts, as rows of the learner: by outcomes, or before these by what use foretells."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from consumption.features.labels import ASK_TELEMETRY, LabelRules, applicable, label
from consumption.features.signal import DRIVERS
from consumption.jobs.as_seen import AsSeen
from consumption.jobs.decided import Decided
from consumption.lake.history import History
from consumption.models.increments import early
from consumption.models.increments.belief import OUTCOMES, Floats, Moves
from consumption.models.increments.evidence import Ints, Quarter
from consumption.models.increments.expected_moves import crossfitted
from consumption.tables import TIMESTAMP

_SIZES = ("s_contraction", "s_expansion")
_CHANCES = tuple(f"p_{outcome}" for outcome in OUTCOMES)


@dataclass(frozen=True)
class QuarterRows:
    """Reads decisions as rows; `seen`: how accounts looked; `history`: what labels read; `late_days`: see `early`."""

    seen: AsSeen
    history: History
    rules: LabelRules
    late_days: int

    def settled(self, log: Decided) -> Quarter:
        """Rows whose account was in force, was seen in a snapshot, and did not move before its window began."""
        rows = self.seen.of(log.rows)
        states = [self._state(moment) for moment in rows["seen_at"].unique().sort()]
        labels = [self._label(moment, self.rules) for moment in rows["moment"].unique().sort()]
        if not states:
            return _empty(len(log.actions))
        found = (
            rows.join(pl.concat(states), on=["account_id", "seen_at"])
            .join(pl.concat(labels), on=["account_id", "moment"])
            .filter(~pl.col("moved_in_lead"))
            .sort("place")
        )
        return _quarter(found, log.chances, _happened(found["outcome"]), 1.0)

    def early(self, log: Decided, as_of: datetime) -> Quarter:
        """The same rows by early signs, as far as these are there at `as_of`: none where telemetry tells outcomes.

        What had happened by the day of the later snapshot has happened; of the others, what use foretells. That
        somebody stayed is known so many `late_days` later, after the last late signature.
        """
        if applicable(self.history, self.rules).source in ASK_TELEMETRY:
            return _empty(len(log.actions))
        rows = self.seen.later(self.seen.of(log.rows))
        rows = rows.filter(pl.col("later_at") <= as_of - timedelta(days=self.late_days))
        if rows.is_empty():
            return _empty(len(log.actions))
        parts = [self._foretold(part) for part in rows.partition_by("seen_at", "moment", "later_at")]
        found = [part for part in parts if part is not None]
        if not found:
            return _empty(len(log.actions))
        states = [self._state(moment) for moment in rows["seen_at"].unique().sort()]
        told = pl.concat(found).join(pl.concat(states), on=["account_id", "seen_at"]).sort("place")
        return _quarter(told, log.chances, _foretold(told), early.WEIGHT)

    def _foretold(self, rows: pl.DataFrame) -> pl.DataFrame | None:
        """Rows of one moment and later day: the outcome so far, and `ahead`, the chance that it leaves yet."""
        seen_at, moment, later_at = rows.select("seen_at", "moment", "later_at").row(0)
        days = (later_at - moment).days - self.rules.lead_days
        chances = self.seen.foretold(later_at, seen_at) if days > 0 else None
        if chances is None:
            return None
        so_far = self._label(moment, replace(self.rules, horizon_days=days)).filter(~pl.col("moved_in_lead"))
        ahead = chances.rename({"p_churn": "ahead"})
        both = rows.join(so_far, on=["account_id", "moment"]).join(ahead, on="account_id", how="left")
        return both.filter((pl.col("outcome") == "churn") | pl.col("ahead").is_not_null())

    def _state(self, moment: datetime) -> pl.DataFrame:
        state = self.seen.state(moment).select("account_id", *DRIVERS, *_CHANCES, *_SIZES)
        return state.with_columns(seen_at=pl.lit(moment).cast(TIMESTAMP))

    def _label(self, moment: datetime, rules: LabelRules) -> pl.DataFrame:
        rows = label(self.history, moment, rules)
        return rows.select("account_id", "outcome", "moved_in_lead", moment="as_of")


def _quarter(rows: pl.DataFrame, chances: Floats, happened: Floats, weight: float) -> Quarter:
    drivers = rows.select(DRIVERS).to_numpy().astype(np.float64)
    account, taken = _numbers(rows["account_id"]), rows["taken"].to_numpy()
    moves = crossfitted(Moves.of(rows), drivers, happened, account, taken)
    said = chances[rows["place"].to_numpy()]
    return Quarter(drivers, moves, taken, said, happened, np.full(rows.height, weight), account=account)


def _empty(actions: int) -> Quarter:
    nothing = np.empty(0)
    moves = Moves(np.empty((0, len(OUTCOMES))), nothing, nothing)
    none = np.empty(0, dtype=np.int64)
    shape = np.empty((0, len(DRIVERS))), np.empty((0, actions)), np.empty((0, len(OUTCOMES)))
    return Quarter(shape[0], moves, none, shape[1], shape[2], nothing, account=none)


def _happened(outcome: pl.Series) -> Floats:
    """0 or 1 for each of OUTCOMES; what a lost account can no longer do is not known."""
    said = np.column_stack([(outcome == name).to_numpy().astype(np.float64) for name in OUTCOMES])
    said[said[:, 0] == 1, 1:] = np.nan
    return said


def _foretold(rows: pl.DataFrame) -> Floats:
    """Of churn 1 where it happened, else the chance; of other outcomes nothing, see docs/effects.md."""
    left = (rows["outcome"] == "churn").to_numpy()
    churn = np.where(left, 1.0, rows["ahead"].to_numpy())
    return np.column_stack((churn, np.full((len(churn), len(OUTCOMES) - 1), np.nan)))


def _numbers(accounts: pl.Series) -> Ints:
    """A number for each account, the same in every quarter, from which no id can be read."""
    known = {one: _number(one) for one in accounts.unique()}
    return np.array([known[one] for one in accounts], dtype=np.int64)


def _number(account: str) -> int:
    return int.from_bytes(hashlib.blake2b(account.encode(), digest_size=8).digest(), "big") >> 1
