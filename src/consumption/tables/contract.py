"""What a column, a table of the data contract and a frame between stages are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")

# Columns that the lake adds to every table: when the row was known, when it was loaded and as which line of its
# file (both only order versions known at the same moment), unknown columns as a JSON object, and the partition.
RECEIVED_AT = "received_at"
LOADED_AT = "loaded_at"
LINE = "line"
ATTRIBUTES = "attributes"
BUCKET = "bucket"


@dataclass(frozen=True)
class Allowed:
    """What values of a column may be beside their type: from `least` to `most`, or texts of a form.

    `otherwise` ends the sentence that begins with the name and a value that is not. `capitals`: texts are kept in
    capital letters, however a file writes them.
    """

    otherwise: str
    least: float = -math.inf
    most: float = math.inf
    form: str | None = None
    capitals: bool = False


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and whether a file must have it (a row must fill it)."""

    name: str
    dtype: pl.DataType
    meaning: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    allowed: Allowed | None = None


@dataclass(frozen=True)
class Table:
    """One table of the data contract.

    `key` identifies a row across its versions; empty where every row stands for itself. `optional_key` says that a
    row without a key is a row of its own (events). `happened` names the column a first version's `received_at`
    defaults to, moved by `known_days` days (a contract is known the day before it starts); None: such rows
    count as always known. `by_account` tells whether rows belong to an account, and so to that account's bucket.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    happened: str | None
    meaning: str
    known_days: int = 0
    optional_key: bool = False
    by_account: bool = True

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(c.name for c in self.columns if c.required)

    @property
    def schema(self) -> pl.Schema:
        """Names and types of the contract's columns, in order."""
        return pl.Schema({c.name: c.dtype for c in self.columns})

    @property
    def stored_schema(self) -> pl.Schema:
        """As `schema`, with the columns that the lake adds."""
        added: dict[str, pl.DataType] = {
            RECEIVED_AT: TIMESTAMP,
            LOADED_AT: TIMESTAMP,
            LINE: pl.Int64(),
            ATTRIBUTES: pl.String(),
            BUCKET: pl.Int32(),
        }
        return pl.Schema({**self.schema, **added})


@dataclass(frozen=True)
class Frame:
    """A frame that crosses a stage: its columns and types; where `more`, it may carry others too."""

    name: str
    schema: pl.Schema
    meaning: str
    more: bool = False
    nullable: frozenset[str] = field(default_factory=frozenset)

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame in the contract's column order; a TypeError names every column that does not fit."""
        wrong = [f"{n}: missing" for n in self.schema if n not in frame.columns]
        wrong += [
            f"{n}: {frame.schema[n]}, not {t}"
            for n, t in self.schema.items()
            if n in frame.columns and frame.schema[n] != t
        ]
        wrong += [
            f"{n}: {frame[n].null_count()} nulls"
            for n in self.schema
            if n in frame.columns and n not in self.nullable and frame[n].null_count()
        ]
        if wrong:
            raise TypeError(f"{self.name}: {'; '.join(wrong)}")
        extra = [c for c in frame.columns if c not in self.schema] if self.more else []
        return frame.select(*self.schema, *extra)
