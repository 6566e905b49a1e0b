"""What conditions may name besides signals: population columns and a few facts about contracts and people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Self

import polars as pl

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


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=table.stored_schema)


@dataclass(frozen=True)
class Known:
    """What else was known at `as_of`: rows of the contract's tables, one a key."""

    contracts: pl.DataFrame
    contacts: pl.DataFrame
    people: pl.DataFrame
    products: pl.DataFrame
    goals: pl.DataFrame
    decisions: pl.DataFrame
    responses: pl.DataFrame

    @classmethod
    def of(cls, history: History, as_of: datetime) -> Self:
        """From everything in the lake, cut off at `as_of`."""
        before = history.before(as_of)
        return cls(*pl.collect_all([before.frame(field.name) for field in fields(cls)]))

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
        )

    @classmethod
    def nothing(cls) -> Self:
        """No contracts, contacts, people, products, goals, nor earlier decisions."""
        return cls(*(_empty(LAKE[field.name]) for field in fields(cls)))

    def in_force(self, as_of: datetime) -> pl.DataFrame:
        """Contracts in force at `as_of`: account_id, contract_id, product, kind, arr, currency, auto_renews."""
        return self.contracts.filter(_runs(as_of)).select(
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

    `named_only`: of the signals, only these.

    Also `vendors`: of whom it owns products. A number that is not one (NaN) is unknown, and so is what nobody knows.
    """
    named = [_attribute(name).alias(name) for name in attributes if name not in snapshot.columns]
    known_already = {*population.columns, "as_of"} - {"account_id"}
    told = [c for c in snapshot.columns if c not in known_already]
    if named_only is not None:
        told = [c for c in told if c == "account_id" or c in named_only]
    numbers = [c for c in told if snapshot[c].dtype.is_float()]
    signals = snapshot.select(*(c for c in told if c not in numbers), pl.col(numbers).fill_nan(None))
    people = population.with_columns(named) if named else population
    return (
        people.join(signals, on="account_id", how="left")
        .join(_of_contracts(known, as_of), on="account_id", how="left")
        .join(_of_people(known), on="account_id", how="left")
        .with_columns(*_NOTHING_KNOWN, legal_dispute=_DISPUTED)
        .sort("account_id")
    )


def _attribute(name: str) -> pl.Expr:
    """An account attribute as text; null where it has none."""
    return pl.col("attributes").str.json_path_match(f"$['{name}']")


_DISPUTED = _attribute("legal_dispute").str.to_lowercase().is_in(["true", "1", "yes"]).fill_null(value=False)
_NOTHING_KNOWN = (
    pl.col(*KINDS, "auto_renews", "do_not_contact").fill_null(value=False),
    pl.col("contracts", "products").fill_null(0),
)
_CONTRACTS = (
    *((pl.col("kind").fill_null("subscription") == kind).any().alias(name) for name, kind in KINDS.items()),
    pl.col("auto_renews").fill_null(value=False).any(),
    pl.len().cast(pl.Int64).alias("contracts"),
    pl.col("product").n_unique().cast(pl.Int64).alias("products"),
)
_STILL_THERE = pl.col("left_on").is_null()
_NOBODY_TO_CONTACT = (
    pl.col("do_not_contact").filter(_STILL_THERE).fill_null(value=False).all() & _STILL_THERE.any()
).alias("do_not_contact")


def _runs(as_of: datetime) -> pl.Expr:
    """Whether a contract is in force."""
    day = pl.lit(as_of.date())
    return (pl.col("starts_on") <= day) & (pl.coalesce("ended_on", "ends_on") > day)


def _of_contracts(known: Known, as_of: datetime) -> pl.DataFrame:
    product, vendor = (known.products[name].to_list()[::-1] for name in ("product", "vendor"))
    sold_by = dict(zip(product, vendor, strict=True))  # Of two rows of a product, the first is what stays.
    sellers = pl.col("product").replace_strict(sold_by, default=None, return_dtype=pl.String)
    vendors = sellers.drop_nulls().unique().sort().alias("vendors")
    return known.contracts.filter(_runs(as_of)).group_by("account_id").agg(*_CONTRACTS, vendors)


def _of_people(known: Known) -> pl.DataFrame:
    """Whether all who are known at an account ask not to be contacted."""
    return known.contacts.group_by("account_id").agg(_NOBODY_TO_CONTACT)


@lru_cache(maxsize=64)
def timestamp(moment: datetime) -> pl.Expr:
    """A moment as a value of the contract's timestamp type."""
    return pl.lit(moment, TIMESTAMP)
