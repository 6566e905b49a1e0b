"""What was signed and decided, week after week, and the same joined into tables at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints
from consumption.world.state import State

NEVER = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class Terms:
    """What was signed, a row a contract and start: an account's first term, a renewal or a change within the term."""

    account: Ints
    starts: Ints
    ends: Ints  # of the term as signed
    term: Ints  # 0 for the first; a change within a term keeps it
    quantity: Floats
    price: Floats
    second: Floats


@dataclass(frozen=True)
class Chosen:
    """What was decided, a row a decision; `chance` is NaN where a rep chose, `chances` then holds NaN throughout."""

    account: Ints
    day: Ints
    action: Ints
    chance: Floats
    chances: Floats  # decisions x actions
    carried_out: Flags


@dataclass
class Books:
    """What happened so far, as lists of arrays to be joined at the end."""

    lost: Ints
    noticed: Ints
    term: Ints
    signed: list[tuple[Ints, Ints, State, Ints]] = field(default_factory=list)
    chosen: list[tuple[Ints, Ints, Ints, Floats, Floats, Flags]] = field(default_factory=list)

    def sign(self, rows: Ints, starts: Ints, state: State) -> None:
        """Note what these accounts have bought from `starts` on."""
        self.signed.append((rows, starts, state.take(rows), self.term[rows]))

    def terms(self) -> Terms:
        """All that was signed, by account and start."""
        rows = np.concatenate([rows for rows, _, _, _ in self.signed])
        starts = np.concatenate([starts for _, starts, _, _ in self.signed])
        order = np.lexsort((starts, rows))

        def of(name: str) -> Floats:
            return np.asarray(np.concatenate([getattr(state, name) for _, _, state, _ in self.signed])[order])

        return Terms(
            account=rows[order],
            starts=starts[order],
            ends=np.concatenate([state.ends for _, _, state, _ in self.signed])[order],
            term=np.concatenate([term for _, _, _, term in self.signed])[order],
            quantity=of("quantity"),
            price=of("price"),
            second=of("second"),
        )

    def decisions(self) -> Chosen:
        """All that was decided, by day and account."""
        account, day, action, chance, chances, carried_out = (
            np.concatenate([entry[i] for entry in self.chosen]) for i in range(6)
        )
        order = np.lexsort((account, day))
        return Chosen(account[order], day[order], action[order], chance[order], chances[order], carried_out[order])
