"""Every account with every action: where each pair stands, so that what is known of either needs no join."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def places(names: Iterable[str | None], among: Iterable[str]) -> Ints:
    """Where each name stands among others, the last where it stands there twice; -1 where it does not."""
    at: dict[str | None, int] = {name: place for place, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], dtype=np.int64)


@dataclass(frozen=True)
class Grid:
    """A row an account and a column an action; as pairs, one account after the other.

    `actions`: a row an action, with `action` and whatever else is known of it.
    """

    accounts: pl.Series
    actions: pl.DataFrame

    @cached_property
    def of_account(self) -> pl.Series:
        """The row of each pair."""
        return pl.Series(np.repeat(np.arange(len(self.accounts), dtype=np.uint32), self.actions.height))

    @cached_property
    def of_action(self) -> pl.Series:
        """The column of each pair."""
        return pl.Series(np.tile(np.arange(self.actions.height, dtype=np.uint32), len(self.accounts)))

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """account_id, and the columns of `actions`."""
        accounts = self.accounts[self.of_account].alias("account_id")
        return pl.DataFrame([accounts, *(self.actions[name][self.of_action] for name in self.actions.columns)])

    def rows(self, accounts: Iterable[str | None]) -> Ints:
        """The rows of some accounts; -1 where they are not here."""
        return places(accounts, self.accounts.to_list())

    def columns(self, actions: Iterable[str | None]) -> Ints:
        """The columns of some actions; -1 where they are not here."""
        return places(actions, self.actions["action"].to_list())
