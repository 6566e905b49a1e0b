"""What conditions may name besides signals: population columns and a few facts about contracts and people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Self

import numpy as np
import polars as pl

from consumption.actions.grid import rows_of
from consumption.features.signal import Signal
from consumption.lake.history import History
from consumption.tables import LAKE, POPULATION, TIMESTAMP, Table

_YES = pl.Boolean()
FACTS: Mapping[str, pl.DataType] = {
    "has_subscription": _YES,
    "has_consumption_contract": _YES,
    "has_outcome_contract": _YES,
    "has_warranty": _YES,
    "auto_renews": _YES,
    "contracts": pl.Int64(),
    "products": pl.Int64(),
    "do_not_contact": _YES,
    "legal_dispute": _YES,
}
VENDORS = pl.List(pl.String())
KINDS = {
    "has_subscription": "subscription",
    "has_consumption_contract": "consumption",
    "has_outcome_contract": "outcome",
    "has_warranty": "warranty",
}


def columns(signals: Iterable[Signal], attributes: Collection[str] = ()) -> dict[str, pl.DataType]:
    """All that a condition may name, with its type: signals, population columns, facts, named account attributes."""
    told: dict[str, pl.DataType] = {s.name: pl.String() if s.unit == "word" else pl.Float64() for s in signals}
    texts: dict[str, pl.DataType] = dict.fromkeys(attributes, pl.String())
    return {**texts, **told, **dict(POPULATION.schema), **FACTS}


SPOKEN = ("call", "meeting", "training", "visit")
"""Contacts in which one of our people spoke with the account.

Tickets, surveys and outcomes are the customer's, invoices nobody's; of an e-mail nobody can say whether it was a
letter or a mailing to all.
"""

_TALK = ("account_id", "timestamp", "channel")


def _nobody_spoke() -> pl.DataFrame:
    return pl.DataFrame(schema={name: LAKE["interactions"].stored_schema[name] for name in _TALK})


def _spoken(history: History, as_of: datetime, days: int, moved: pl.DataFrame) -> pl.LazyFrame:
    """When and how accounts were spoken with in the last days, as known then; without days, nothing is read.

    Of a talk in these days all versions count: a later one may have moved it to another day, channel or account.
    """
    if not days:
        return _nobody_spoke().lazy()
    since, rows = timestamp(as_of - timedelta(days=days)), history.frame("interactions")
    talks = (pl.col("timestamp") >= since) & pl.col("channel").is_in(SPOKEN)
    late = rows.filter(talks).select("interaction_id").unique()
    few = replace(history, interactions=rows.join(late, on="interaction_id", how="semi", maintain_order="left"))
    return few.known("interactions", as_of, moved).filter(talks).select(_TALK)


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=table.stored_schema)


@dataclass(frozen=True)
class Known:
    """What else was known at `as_of`: rows of the contract's tables, one a key.

    `interactions`: when and how our people spoke with accounts (`SPOKEN`), as far back as was asked: account_id,
    timestamp, channel.
    """

    contracts: pl.DataFrame
    contacts: pl.DataFrame
    people: pl.DataFrame
    products: pl.DataFrame
    goals: pl.DataFrame
    decisions: pl.DataFrame
    responses: pl.DataFrame
    interactions: pl.DataFrame

    @classmethod
    def of(
        cls, history: History, as_of: datetime, *, spoken_days: int = 0, moved: pl.DataFrame | None = None
    ) -> Self:
        """From everything in the lake, cut off at `as_of`; `moved`: the merges known then, if they were read already.

        `spoken_days`: so many days back it is looked who was spoken with; of that table no more is read.
        """
        moved = history.moved(as_of) if moved is None else moved
        asked = [history.known(table.name, as_of, moved) for table in cls._whole()]
        frames: list[pl.DataFrame] = pl.collect_all([*asked, _spoken(history, as_of, spoken_days, moved)])
        return cls(*frames)

    def about(self, account_id: str) -> Known:
        """Of one account alone; people and products stay whole."""
        mine = pl.col("account_id") == account_id
        decisions = self.decisions.filter(mine)
        return replace(
            self,
            contracts=self.contracts.filter(mine),
            contacts=self.contacts.filter(mine),
            goals=self.goals.filter(mine),
            decisions=decisions,
            responses=self.responses.join(decisions, on="decision_id", how="semi", maintain_order="left"),
            interactions=self.interactions.filter(mine),
        )

    @classmethod
    def nothing(cls) -> Self:
        """No contracts, contacts, people, products, goals, nor earlier decisions, and nobody was spoken with."""
        return cls(*[*map(_empty, cls._whole()), _nobody_spoke()])

    @classmethod
    def _whole(cls) -> list[Table]:
        """The tables that are known with all their columns: all but the last."""
        return [LAKE[field.name] for field in fields(cls)[:-1]]

    def in_force(self, as_of: datetime) -> pl.DataFrame:
        """Contracts in force at `as_of`: account_id, contract_id, product, kind, arr, currency, auto_renews."""
        return self.contracts.filter(_runs(as_of.date())).select(
            "account_id", "contract_id", "product", "kind", "arr", "currency", "auto_renews"
        )


def gather(
    snapshot: pl.DataFrame,
    population: pl.DataFrame,
    known: Known,
    *,
    as_of: datetime,
    attributes: Collection[str] = (),
    named_only: Collection[str] | None = None,
) -> pl.DataFrame:
    """One row an account in force: account_id, every signal, population column, fact and named attribute.

    `named_only`: of signals and facts, only these, and what closes an account to everything.

    Also `vendors`: of whom it owns products. A number that is not one (NaN) is unknown, and so is what nobody knows.
    """
    asked = (
        {*snapshot.columns, *_UNLESS_KNOWN} if named_only is None else {"account_id", "do_not_contact", *named_only}
    )
    named = [_attribute(name).alias(name) for name in attributes if name not in snapshot.columns]
    people = (population.with_columns(named) if named else population).sort("account_id")
    signals = snapshot[[name for name in snapshot.columns if name in asked and name != "as_of"]]
    for rows in (_numbers(signals), _of_contracts(known, as_of.date(), asked), _of_people(known)):
        mine, there = rows[rows_of(people["account_id"], rows["account_id"])], set(people.columns)
        people = people.hstack([column for column in mine.get_columns() if column.name not in there])
    there = set(people.columns)
    facts = (_fact(name, known=name in there) for name in _UNLESS_KNOWN if name in asked)
    return people.with_columns(*facts, legal_dispute=_DISPUTED)


def _numbers(signals: pl.DataFrame) -> pl.DataFrame:
    """Signals without what is no number; looked for first, because it is rarely there and costs every column."""
    numbers = [column for column in signals.get_columns() if column.dtype.is_float()]
    empty = np.isnan(pl.DataFrame(numbers).to_numpy()).sum(axis=0)
    wrong = [column.name for column, n in zip(numbers, empty, strict=True) if n > column.null_count()]
    return signals.with_columns(pl.col(wrong).fill_nan(None)) if wrong else signals


def _attribute(name: str) -> pl.Expr:
    """An account attribute as text; null where it has none."""
    return pl.col("attributes").str.json_path_match(f"$['{name}']")


_DISPUTED = _attribute("legal_dispute").str.to_lowercase().is_in(["true", "1", "yes"]).fill_null(value=False)
_UNLESS_KNOWN: Mapping[str, bool | int | None] = {
    **dict.fromkeys((*KINDS, "auto_renews", "do_not_contact"), False),
    **dict.fromkeys(("contracts", "products"), 0),
    "vendors": None,
}
_CONTRACTS: Mapping[str, pl.Expr] = {
    **{name: (pl.col("kind").fill_null("subscription") == kind).any() for name, kind in KINDS.items()},
    "auto_renews": pl.col("auto_renews").fill_null(value=False).any(),
    "contracts": pl.len().cast(pl.Int64),
    "products": pl.col("product").n_unique().cast(pl.Int64),
}
_STILL_THERE = pl.col("left_on").is_null()
_NOBODY_TO_CONTACT = (
    pl.col("do_not_contact").filter(_STILL_THERE).fill_null(value=False).all() & _STILL_THERE.any()
).alias("do_not_contact")


@cache
def _fact(name: str, *, known: bool) -> pl.Expr:
    """A fact, and what holds where it is not known; `known`: whether it is of any account."""
    nothing = _UNLESS_KNOWN[name]
    if not known:
        return pl.lit(nothing, FACTS.get(name, VENDORS)).alias(name)
    return pl.col(name) if nothing is None else pl.col(name).fill_null(nothing)


@lru_cache(maxsize=64)
def _runs(day: date) -> pl.Expr:
    """Whether a contract is in force."""
    return (pl.col("starts_on") <= day) & (pl.coalesce("ended_on", "ends_on") > day)


def _of_contracts(known: Known, day: date, asked: Collection[str]) -> pl.DataFrame:
    """What is asked of the contracts in force, a row an account that has one; nothing, where nobody has any."""
    facts = [fact.alias(name) for name, fact in _CONTRACTS.items() if name in asked]
    if "vendors" in asked:
        facts.append(_vendors(known.products))
    if known.contracts.is_empty() or not facts:
        return known.contracts[["account_id"]]
    return known.contracts.filter(_runs(day)).group_by("account_id").agg(facts)


def _vendors(products: pl.DataFrame) -> pl.Expr:
    """Of whom an account owns products."""
    product, vendor = (products[name].to_list()[::-1] for name in ("product", "vendor"))
    sold_by = dict(zip(product, vendor, strict=True))  # Of two rows of a product, the first is what stays.
    sellers = pl.col("product").replace_strict(sold_by, default=None, return_dtype=pl.String)
    return sellers.drop_nulls().unique().sort().alias("vendors")


def _of_people(known: Known) -> pl.DataFrame:
    """Whether all who are known at an account ask not to be contacted; nothing, where nobody is known anywhere."""
    if known.contacts.is_empty():
        return known.contacts[["account_id"]]
    return known.contacts.group_by("account_id").agg(_NOBODY_TO_CONTACT)


@lru_cache(maxsize=64)
def timestamp(moment: datetime) -> pl.Expr:
    """A moment as a value of the contract's timestamp type."""
    return pl.lit(moment, TIMESTAMP)
