"""What contracts with a guarantee earned: their fee, less the penalty where the guarantee was missed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import polars as pl

from consumption.features.exact import from_micro, micro
from consumption.features.family import family
from consumption.features.known import Facts, Known
from consumption.features.outcome_terms import has_guarantee, missed_penalties
from consumption.features.rules import UsageRules
from consumption.features.tiles import Tiles
from consumption.lake.history import History

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def holders(history: History) -> pl.Series:
    """Accounts that ever had a contract with a guarantee and a penalty, and those whose use may count for them."""
    promised = (
        history.contracts.filter(has_guarantee(), pl.col("penalty") > 0).select("account_id").unique().collect()
    )
    if promised.is_empty():
        return promised["account_id"]
    links = history.accounts.select("account_id", "parent_id", "merged_into").collect()
    return family(links, promised["account_id"])


@dataclass(frozen=True)
class Earned:
    """The telemetry that tells which guarantees were missed; none, where nothing is guaranteed.

    A contract in force on a day earned its yearly value, less its penalty if it missed its guarantee in the last
    measured period that was over on that day, of its term or of the one it renewed. One penalty a contract, however
    many periods were missed.
    """

    history: History
    usage: UsageRules
    tiles: Tiles | None

    @staticmethod
    def told_by(history: History, usage: UsageRules) -> Earned:
        """From all events that a history has of the accounts with a guarantee."""
        accounts = holders(history)
        if accounts.is_empty():
            return Earned(history, usage, None)
        mine = history.only(accounts.to_list())
        excluded = Facts(END_OF_TIME, mine).excluded(usage)
        # Money comes as it is to be counted.
        rules = replace(usage, currency=None)
        return Earned(mine, rules, Tiles.of(mine, END_OF_TIME, rules, excluded))

    def of(self, worth: pl.DataFrame, contracts: pl.DataFrame, known_at: datetime, day: date) -> pl.DataFrame:
        """Accounts with their arr, less what contracts in force on the day missed; by telemetry known at a moment.

        `worth` has account_id and arr, `contracts` the rows of the contract's table that make it up, in the same
        money. No account earns less than nothing. Where no telemetry told whether a guarantee was missed, it is null.
        """
        if self.tiles is None:
            return worth
        accounts = Facts(known_at, self.history).accounts
        rows = contracts.join(accounts, on="account_id", how="semi")
        facts = Facts(known_at, self.history, {"contracts": rows})
        known = Known.at(facts, self.tiles, self.usage)
        missed = missed_penalties(known, known.contracts, day)
        untold = pl.col("penalty").is_null().any().alias("_untold")
        sums = missed.group_by("account_id").agg(pl.col("penalty").sum(), untold)
        less = (micro(pl.col("arr")) - pl.col("penalty").fill_null(0)).clip(lower_bound=0)
        earned = pl.when(~pl.col("_untold").fill_null(value=False)).then(from_micro(less)).alias("arr")
        return worth.join(sums, on="account_id", how="left").with_columns(earned).drop("penalty", "_untold")
