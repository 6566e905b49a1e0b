"""A world that a policy acts in, quarter by quarter: what may be seen in files, the truth in files of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from consumption.world.arrays import Floats, Ints, stack
from consumption.world.trial.kinds import Claim, Kind
from consumption.world.trial.latent import QUARTER_WEEKS, Latent, conditions, newcomers, step
from consumption.world.trial.mechanism import Mechanism, mechanism, shifted
from consumption.world.trial.observed import account_ids, snapshot
from consumption.world.trial.outcomes import carried, expected, happen, next_term
from consumption.world.trial.reps import feel

FIRST_DAY = datetime(2023, 1, 2, tzinfo=UTC)
HISTORY = 6
ACCOUNTS_AN_OWNER = 120
COMPLIES = 0.9  # share of what is decided that is carried out
DUE_AFTER = 3  # quarters until an outcome is known: half a year, and 30 days for late signatures
BASE = np.array([-2.35, -2.60, -3.65])  # how usual churn, contraction and expansion are, in log odds
_SHIFTED_BASE = np.array([0.25, 0.15, -0.20])
_OWN_CHOICES = 0.05  # of the accounts that nobody was told to act on, a quarter
_OWN_CHOICES_BEFORE = 0.20  # while there was no policy
_TELEMETRY = ({"low_adoption", "shallow_breadth", "under_use"}, {"silent_champion"}, {"friction"})


@dataclass
class Trial:
    """One world under one policy. Quarter 0 is the policy's first; the history lies before it.

    `folder`/seen holds what may be seen, a folder a quarter: snapshot, decisions, and outcomes once they are due;
    `folder`/truth what each action is expected to bring. The same seed meets every policy with the same accounts,
    noise and luck.
    """

    kind: Kind
    claims: Mapping[str, Sequence[Claim]]
    folder: Path
    accounts: int
    seed: int
    quarter: int = field(default=-HISTORY, init=False)
    state: Latent = field(init=False)
    _changes: dict[int, tuple[Ints, Floats]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Lives through the history, in which reps do as they feel."""
        self._before = mechanism(self.kind, self.claims, self.seed)
        self._shown = np.array([_shows(said) for said in self.claims.values()])
        self.state = newcomers(np.arange(self.accounts), self._rng(0), settled=True)
        while self.quarter < 0:
            self.begin()
            self.carry_out(None)

    @property
    def actions(self) -> tuple[str, ...]:
        """All actions, in the order of the columns of propensities and of the truth."""
        return self._before.actions

    @property
    def mechanism(self) -> Mechanism:
        """What actions do in this quarter."""
        return shifted(self._before, self.seed) if self._has_shifted(self.quarter) else self._before

    def seen(self, quarter: int) -> Path:
        """Where what may be seen of a quarter lies."""
        return self.folder / "seen" / f"{quarter:+03d}"

    def begin(self) -> None:
        """Writes the snapshot of the quarter that begins: signals, segment, owner; in the order of the accounts."""
        as_of = FIRST_DAY + timedelta(weeks=QUARTER_WEEKS * (self.quarter + HISTORY))
        owners = pl.Series(np.arange(self.accounts) // ACCOUNTS_AN_OWNER).cast(pl.String)
        frame = snapshot(self.state, as_of, self.kind.noise, self._rng(1))
        self._write("snapshot", frame.with_columns(owner="rep " + owners))

    def increments(self) -> Floats:
        """What each action assigned today brings within half a year: accounts x actions, as a share of ARR."""
        shifts = self.mechanism.shifts(conditions(self.state))
        base = self._base(self.quarter), self._base(self.quarter + 1)
        would = expected(self.state, shifts, base, self._rng(2))
        return COMPLIES * (would[:, :-1] - would[:, -1:])

    def tell(self) -> None:
        """Writes the truth of this quarter: account_id, arr, and what each action would bring, a column an action."""
        gains = pl.DataFrame(dict(zip(self.actions, self.increments().T, strict=True)))
        file = self.folder / "truth" / f"{self.quarter:+03d}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"account_id": account_ids(self.state), "arr": self.state.arr}).hstack(gains).write_parquet(file)

    def carry_out(self, decided: pl.DataFrame | None) -> None:
        """Does what was decided, lets a quarter pass, and writes the outcomes that have become due.

        `decided`: account_id, action (null: none), in the order of the snapshot, and each action's propensity in a
        column of its name; None while there is no policy. Reps act of their own accord where nothing was decided.
        """
        rng = self._rng(3)
        codes = self._codes(decided)
        felt = feel(self.state, self.actions, _OWN_CHOICES_BEFORE if decided is None else _OWN_CHOICES, rng)
        own = np.where(codes < 0, felt, -1)
        self._write("decisions", self._logged(decided, codes, own))
        done = np.where((codes >= 0) & (rng.random(self.accounts) < COMPLIES), codes, own)
        acted = self._pushed(done)
        luck = happen(acted, self._base(self.quarter), self._rng(4))
        self._changes[self.quarter] = self.state.number, luck.change
        self.state = self._after(acted, luck.change, luck.left)
        self.quarter += 1
        self._outcomes_due()

    def _codes(self, decided: pl.DataFrame | None) -> Ints:
        if decided is None:
            return np.full(self.accounts, -1)
        codes = pl.DataFrame({"action": self.actions, "code": np.arange(len(self.actions))})
        found = decided.select("action").join(codes, on="action", how="left", maintain_order="left")["code"]
        return found.fill_null(-1).to_numpy()

    def _logged(self, decided: pl.DataFrame | None, codes: Ints, own: Ints) -> pl.DataFrame:
        """account_id, action, own_action (of a rep), and the propensity of each action, null without a policy."""
        names = pl.Series([*self.actions, None], dtype=pl.String)
        frame = pl.DataFrame(
            {
                "account_id": account_ids(self.state),
                "action": names.gather(np.where(codes < 0, len(self.actions), codes)),
                "own_action": names.gather(np.where(own < 0, len(self.actions), own)),
            }
        )
        if decided is None:
            return frame.with_columns(pl.lit(None, pl.Float64).alias(action) for action in self.actions)
        return frame.hstack(decided.select(self.actions))

    def _pushed(self, done: Ints) -> Latent:
        """The state with what was carried out still to come."""
        state, acts = self.state, np.flatnonzero(done >= 0)
        shifts = self.mechanism.shifts(conditions(state))[acts, done[acts]]
        coming, rising = state.coming.copy(), state.rising.copy()
        coming[acts] += shifts
        rising[acts] += shifts[:, :1] * self._shown[done[acts]]
        return replace(state, coming=coming, rising=rising)

    def _after(self, acted: Latent, change: Floats, left: Ints) -> Latent:
        """The state when the quarter is over: who left is followed by somebody new."""
        stayed = replace(next_term(carried(acted)), arr=acted.arr * np.maximum(1.0 + change, 0.2))
        ahead = step(stayed, self._rng(5))
        numbers = self.accounts * (self.quarter + HISTORY + 1) + left
        new = newcomers(numbers, self._rng(6), settled=False)
        at = np.arange(self.accounts)
        at[left] = self.accounts + np.arange(len(left))
        return stack([ahead, new]).take(at)

    def _outcomes_due(self) -> None:
        """account_id and y, the change of ARR within half a year, of the quarter whose outcomes have become known."""
        known = self.quarter - DUE_AFTER
        if known not in self._changes:
            return
        number, first = self._changes[known]
        later, second = self._changes[known + 1]
        kept = (1.0 + first) * np.where(later == number, 1.0 + second, 0.0)
        ids = "T" + pl.Series("account_id", number + 1_000_001).cast(pl.String)
        pl.DataFrame({"account_id": ids, "y": kept - 1.0}).write_parquet(self.seen(known) / "outcomes.parquet")

    def _write(self, name: str, frame: pl.DataFrame) -> None:
        self.seen(self.quarter).mkdir(parents=True, exist_ok=True)
        frame.write_parquet(self.seen(self.quarter) / f"{name}.parquet")

    def _has_shifted(self, quarter: int) -> bool:
        return self.kind.shifts_at is not None and quarter >= self.kind.shifts_at

    def _base(self, quarter: int) -> Floats:
        return BASE + _SHIFTED_BASE if self._has_shifted(quarter) else BASE

    def _rng(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.quarter + HISTORY, stream])


def _shows(said: Sequence[Claim]) -> Floats:
    """How much of an action's effect on churn telemetry shows, as skill, champion and friction."""
    drivers = {claim.driver for claim in said}
    works = np.array([1.0 if drivers & channel else 0.0 for channel in _TELEMETRY])
    return np.asarray(works / np.maximum(works.sum(), 1.0) / 0.45)
