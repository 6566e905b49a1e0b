"""Whose use it is: what a merged account did is the survivor's; what it did not buy itself is its parent's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from consumption.features.in_force import in_force

# A chain of parents longer than this is a circle.
_GENERATIONS = 20
# Stands for "any product": that of events which name none.
_ANY = ""


@dataclass(frozen=True)
class Routes:
    """Where use counts at one moment, if not for the account it happened in.

    `moved`: account_id, to: accounts merged into others. `rolled`: account_id, product, to: use of a product that an
    account has no contract of, and an account above it has; of the nearest such. All ids are texts; the product of
    use that names none is an empty text.
    """

    moved: pl.DataFrame
    rolled: pl.DataFrame

    @staticmethod
    def at(accounts: pl.DataFrame, moved: pl.DataFrame, contracts: Callable[[], pl.DataFrame], day: date) -> Routes:
        """The routes of a day, from the tables as known then; contracts are asked for where accounts have parents."""
        nobody = accounts["parent_id"].null_count() == accounts.height
        above = _NOBODY if nobody else ancestors(accounts, moved)
        if above.is_empty():
            return Routes(moved, _NONE.clear())
        return Routes(moved, _rolled(above, contracts().filter(in_force(day))))

    @property
    def is_empty(self) -> bool:
        """Whether all use counts where it happened."""
        return self.moved.is_empty() and self.rolled.is_empty()

    @property
    def accounts(self) -> frozenset[str]:
        """Accounts whose use is not simply their own: both where it happened and where it counts."""
        ends = [frame[name] for frame in (self.moved, self.rolled) for name in ("account_id", "to")]
        return frozenset(pl.concat(ends))

    def follow(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows (account_id and product as texts, among others) under the accounts that they count for."""
        for frame, keys in ((self.moved, ["account_id"]), (self.rolled, ["account_id", "_product"])):
            named = rows.with_columns(pl.col("product").fill_null(_ANY).alias("_product"))
            found = named.join(frame.rename({"product": "_product"}, strict=False).lazy(), on=keys, how="left")
            rows = found.with_columns(pl.coalesce("to", "account_id").alias("account_id")).drop("to", "_product")
        return rows


_NOBODY = pl.DataFrame(schema={"account_id": pl.String(), "to": pl.String(), "steps": pl.Int32()})
_NONE = pl.DataFrame(schema={"account_id": pl.String(), "product": pl.String(), "to": pl.String()})


def _rolled(above: pl.DataFrame, running: pl.DataFrame) -> pl.DataFrame:
    owned = running.select("account_id", "product").unique()
    owned = pl.concat([owned, owned.select("account_id", pl.lit(_ANY).alias("product")).unique()])
    could = above.join(owned.rename({"account_id": "to"}), on="to").join(
        owned, on=["account_id", "product"], how="anti"
    )  # fmt: skip
    nearest = could.sort("account_id", "product", "steps").unique(["account_id", "product"], keep="first")
    return nearest.select("account_id", "product", "to").sort("account_id", "product")


def ancestors(accounts: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """One row an account and each account above it: account_id, to, steps (1: its parent).

    A parent that was merged into another account (`moved`: account_id, to) is that one.
    """
    accounts = _with_survivors(accounts, moved)
    named = accounts.filter(pl.col("parent_id").is_not_null(), pl.col("parent_id") != pl.col("account_id"))
    parents = named.select("account_id", pl.col("parent_id").alias("to")).join(
        accounts.select(pl.col("account_id").alias("to")), on="to", how="semi"
    )  # fmt: skip
    levels = [parents.with_columns(pl.lit(1).alias("steps"))]
    if parents.is_empty():
        return levels[0]
    while not levels[-1].is_empty() and len(levels) < _GENERATIONS:
        up = levels[-1].rename({"to": "_at"}).join(parents.rename({"account_id": "_at"}), on="_at")
        further = up.filter(pl.col("to") != pl.col("account_id")).with_columns(pl.col("steps") + 1)
        levels.append(further.select(levels[0].columns))
    return pl.concat(levels)


def _with_survivors(accounts: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    if moved.is_empty():
        return accounts
    merged = moved.rename({"account_id": "parent_id", "to": "_survivor"})
    found = accounts.join(merged, on="parent_id", how="left", maintain_order="left")
    return found.with_columns(pl.coalesce("_survivor", "parent_id").alias("parent_id")).drop("_survivor")
