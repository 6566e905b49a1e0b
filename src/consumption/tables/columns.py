"""Columns of the contract's tables, by what they hold."""

from __future__ import annotations

import polars as pl

from consumption.tables.contract import TIMESTAMP, Column


def text(name: str, meaning: str, *, one_of: tuple[str, ...] = ()) -> Column:
    """A word or a sentence."""
    return Column(name, pl.String(), meaning, one_of=one_of)


def number(name: str, meaning: str) -> Column:
    """A number."""
    return Column(name, pl.Float64(), meaning)


def whole(name: str, meaning: str) -> Column:
    """A whole number."""
    return Column(name, pl.Int64(), meaning)


def date(name: str, meaning: str) -> Column:
    """A day."""
    return Column(name, pl.Date(), meaning)


def time(name: str, meaning: str) -> Column:
    """A moment."""
    return Column(name, TIMESTAMP, meaning)


def flag(name: str, meaning: str) -> Column:
    """Yes or no."""
    return Column(name, pl.Boolean(), meaning)


def must(column: Column) -> Column:
    """The column, which a file must have and a row must fill."""
    return Column(column.name, column.dtype, column.meaning, required=True, one_of=column.one_of)


ACCOUNT = must(text("account_id", "the customer organisation"))
