"""What accounts did after a moment: the answers that models learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import polars as pl

from consumption.features.earned import END_OF_TIME, holders
from consumption.features.exact import from_micro, micro
from consumption.features.population import population
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.use_told import consumed, customers_events, heard
from consumption.features.worth import Worth
from consumption.lake.history import History
from consumption.tables import LABELS, RECEIVED_AT, TIMESTAMP

LabelSource = Literal["contracts", "outcomes", "silence", "consumption"]

# What an outcome without an amount is taken for, as a share of what the account is worth.
_SHARES = {"churn": -1.0, "contraction": -0.25, "expansion": 0.25, "renewal": 0.0}
# Of what is consumed, a change of less than a fifth is none.
_CONSUMPTION_BAND = 0.20


# What an account's yearly value, or its use, told after the moment: by events, or by the other tables.
ASK_TELEMETRY = ("silence", "consumption")


@dataclass(frozen=True)
class LabelRules:
    """What counts as an outcome, and when.

    The label window is `[as_of + lead, as_of + lead + horizon)`. `churn`: at most that share of the yearly value is
    left. `contraction`, `expansion`: the value moved by at least that share. A gap of `gap_days` before a new
    contract is no loss. `usage` says in which currency money is told, and what meters read of guarantees.
    """

    horizon_days: int
    source: LabelSource = "contracts"
    lead_days: int = 14
    gap_days: int = 30
    churn: float = 0.05
    contraction: float = 0.10
    expansion: float = 0.10
    usage: UsageRules = NO_RULES

    def window(self, as_of: datetime) -> tuple[datetime, datetime]:
        """Beginning and end of the label window."""
        start = as_of + timedelta(days=self.lead_days)
        return start, start + timedelta(days=self.horizon_days)


def label(history: History, as_of: datetime, rules: LabelRules) -> pl.DataFrame:
    """One row an account in force at `as_of`: the LABELS frame, sorted by account.

    The yearly value at `as_of` is as known then, that at the window's end by all that `history` knows; `y` is the
    change as a share, from -1 to 2. Both ends are told at the rates of exchange known at `as_of`; an account with a
    contract in a currency without one has no label. A contract with a guarantee counts what was earned: its fee, less
    the penalty where it missed the last measured period that was over (see `Earned`). Without contracts an account is
    worth 1, and outcomes, events or quantities (as `rules.source` says; with no contract at all: outcomes) tell the
    change; where events tell, only accounts in use by then have a label. `moved_in_lead` marks accounts that moved
    before the window began. Accounts that become one before the window ends share a label: what went from one to the
    other was no one's loss or win.
    """
    rules = applicable(history, rules)
    start, end = rules.window(as_of)
    # A merge that became known after the window changes nothing about what each had done in it.
    history = replace(history, accounts=history.accounts.filter(pl.col(RECEIVED_AT) < end))
    ranked = population(history, as_of, money=rules.source == "contracts", currency=rules.usage.currency)
    accounts = ranked.select("account_id", pl.coalesce("arr", "weight").alias("arr0"))
    if rules.source == "contracts":
        worth = Worth.told_by(history, as_of, rules.gap_days, rules.usage)
        accounts = worth.before(accounts, until=end)
        after: _After = partial(_by_contracts, worth)
    else:
        after = _AFTER[rules.source]
    if rules.source in ASK_TELEMETRY:
        accounts = _in_use(history, accounts, as_of, rules)
    merged = _merged_later(history, as_of)
    moved, labelled = (
        _changed(accounts, after(history, accounts, as_of, moment, rules), merged, rules) for moment in (start, end)
    )
    labelled = labelled.join(
        moved.select("account_id", (pl.col("outcome") != "stayed").alias("moved_in_lead")), on="account_id"
    )
    window = [pl.lit(moment, dtype=TIMESTAMP).alias(name) for name, moment in (("as_of", as_of), ("window_end", end))]
    return LABELS.check(labelled.with_columns(window).sort("account_id"))


def told_by(history: History, rules: LabelRules) -> History:
    """The history without events that labels need not read: all, if contracts or outcomes tell, but of guarantees."""
    if rules.source in ASK_TELEMETRY:
        return history
    mine = pl.col("account_id").is_in(holders(history).implode())
    return replace(history, events=history.events.filter(mine))


def _merged_later(history: History, as_of: datetime) -> pl.DataFrame:
    """One row an account that is merged into another at the end, as was not known at `as_of`: account_id, to."""
    before = history.moved(as_of)
    return history.moved(END_OF_TIME).join(before, on=before.columns, how="anti")


def _together(worth: pl.DataFrame, merged: pl.DataFrame, column: str) -> pl.DataFrame:
    """account_id and a sum, those that were merged with the one that survived; unknown where a part is."""
    both = worth.join(merged, on="account_id", how="left").group_by(
        pl.coalesce("to", "account_id").alias("account_id")
    )
    known = pl.col(column).is_not_null().all()
    return both.agg(pl.when(known).then(from_micro(micro(pl.col(column)).sum())).alias(column))


def applicable(history: History, rules: LabelRules) -> LabelRules:
    """The rules as this history allows them, the same for every moment of it.

    Whether contracts tell is asked of all that is known by now, unlike in `population`: labels are made from what
    came later, and those of all moments that a model learns from must be told by one measure. Before the first
    contract was known nobody was worth anything, so there is no label of then.
    """
    if rules.source == "contracts" and history.contracts.head(1).collect().is_empty():
        return replace(rules, source="outcomes")
    if rules.source == "consumption":
        band = _CONSUMPTION_BAND
        return replace(rules, contraction=max(band, rules.contraction), expansion=max(band, rules.expansion))
    return rules


def _changed(accounts: pl.DataFrame, after: pl.DataFrame, merged: pl.DataFrame, rules: LabelRules) -> pl.DataFrame:
    """Accounts with arr1, y and outcome; none whose value at the end is unknown. Those merged change as one."""
    if merged.is_empty():
        return _moved(accounts, after, rules)
    one = _moved(_together(accounts, merged, "arr0"), _together(after, merged, "arr"), rules)
    share = one.select(pl.col("account_id").alias("_one"), pl.col("arr1") / pl.col("arr0"), "y", "outcome")
    named = accounts.join(merged, on="account_id", how="left").with_columns(
        pl.coalesce("to", "account_id").alias("_one")
    )
    told = named.join(share, on="_one").with_columns(pl.col("arr1") * pl.col("arr0"))
    return told.select("account_id", "arr0", "arr1", "y", "outcome")


def _moved(accounts: pl.DataFrame, after: pl.DataFrame, rules: LabelRules) -> pl.DataFrame:
    """Each with arr1, y and outcome; none whose value at the end is unknown."""
    accounts = accounts.join(after.filter(pl.col("arr").is_null()), on="account_id", how="anti")
    change = (pl.col("arr1") - pl.col("arr0")) / pl.col("arr0")
    outcome = (
        pl.when(pl.col("arr1") <= rules.churn * pl.col("arr0")).then(pl.lit("churn"))
        .when(change <= -rules.contraction).then(pl.lit("contraction"))
        .when(change >= rules.expansion).then(pl.lit("expansion"))
        .otherwise(pl.lit("stayed"))
    )  # fmt: skip
    return (
        accounts.join(after.rename({"arr": "arr1"}), on="account_id", how="left")
        .with_columns(pl.col("arr1").fill_null(0.0))
        .with_columns(change.clip(-1.0, 2.0).alias("y"), outcome.alias("outcome"))
    )


def _by_contracts(
    worth: Worth,
    _history: History,
    _accounts: pl.DataFrame,
    _as_of: datetime,
    moment: datetime,
    _rules: LabelRules,
) -> pl.DataFrame:
    return worth.by(moment)


def _by_outcomes(
    history: History, accounts: pl.DataFrame, as_of: datetime, moment: datetime, _rules: LabelRules
) -> pl.DataFrame:
    """Worth 1, and what outcomes since `as_of` changed: amounts count as a share of the yearly spend, if known."""
    everything = history.before(END_OF_TIME)
    happened = pl.col("occurred_on").cast(TIMESTAMP).is_between(as_of, moment, closed="left")
    outcomes, spend = pl.collect_all(
        [everything.outcomes.filter(happened), everything.accounts.select("account_id", "yearly_spend")]
    )
    share = pl.when(pl.col("yearly_spend") > 0).then(pl.col("arr_delta") / pl.col("yearly_spend"))
    usual = pl.col("kind").replace_strict(_SHARES, default=0.0, return_dtype=pl.Float64)
    change = pl.when(pl.col("kind") == "churn").then(-1.0).otherwise(pl.coalesce(share, usual))
    sums = outcomes.join(spend, on="account_id", how="left").group_by("account_id").agg(
        from_micro(micro(change).sum()).alias("change"), (pl.col("kind") == "churn").any().alias("left")
    )  # fmt: skip
    kept = pl.when("left").then(0.0).otherwise((1 + pl.col("change")).clip(lower_bound=0.0)).fill_null(1.0)
    return accounts.join(sums, on="account_id", how="left").select("account_id", kept.alias("arr"))


def _in_use(history: History, accounts: pl.DataFrame, as_of: datetime, rules: LabelRules) -> pl.DataFrame:
    """Those that use could lose: heard of within the length of a label window, or with anything consumed (`arr0`).

    Who has been silent for longer was lost before; its silence would foretell itself.
    """
    events = customers_events(history.before(as_of), rules.usage)
    if rules.source == "silence":
        there = heard(events, as_of - timedelta(days=rules.horizon_days), as_of)
        return accounts.join(there, on="account_id", how="semi")
    return consumed(events, as_of, rules.usage).rename({"arr": "arr0"}).join(accounts, on="account_id", how="semi")


def _by_silence(
    history: History, accounts: pl.DataFrame, as_of: datetime, moment: datetime, rules: LabelRules
) -> pl.DataFrame:
    start, _ = rules.window(as_of)
    if moment <= start:
        return accounts.select("account_id", pl.lit(1.0).alias("arr"))
    there = heard(customers_events(history.before(END_OF_TIME), rules.usage), start, moment)
    return there.with_columns(pl.lit(1.0).alias("arr"))


def _by_consumption(
    history: History, _accounts: pl.DataFrame, _as_of: datetime, moment: datetime, rules: LabelRules
) -> pl.DataFrame:
    return consumed(customers_events(history.before(END_OF_TIME), rules.usage), moment, rules.usage)


_After = Callable[[History, pl.DataFrame, datetime, datetime, LabelRules], pl.DataFrame]

_AFTER: dict[str, _After] = {
    "outcomes": _by_outcomes,
    "silence": _by_silence,
    "consumption": _by_consumption,
}
