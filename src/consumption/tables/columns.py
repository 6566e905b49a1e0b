"""Columns of the contract's tables, by what they hold."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from consumption.tables.contract import TIMESTAMP, Allowed, Column

NOT_BELOW_ZERO = Allowed("is below zero", least=0)
# The smallest number there is above zero.
ABOVE_ZERO = Allowed("is not above zero", least=math.ulp(0.0))
SHARE = Allowed("is not a share from 0 to 1", least=0, most=1)
MOST_ONE = Allowed("is more than 1: a share is meant", most=1)
CURRENCY_CODE = Allowed("is not a currency code of three letters, such as EUR", form="^[A-Za-z]{3}$", capitals=True)


def text(name: str, meaning: str, *, one_of: tuple[str, ...] = (), allowed: Allowed | None = None) -> Column:
    """A word or a sentence."""
    return Column(name, pl.String(), meaning, one_of=one_of, allowed=allowed)


def number(name: str, meaning: str, *, allowed: Allowed | None = None) -> Column:
    """A number."""
    return Column(name, pl.Float64(), meaning, allowed=allowed)


def whole(name: str, meaning: str, *, allowed: Allowed | None = None) -> Column:
    """A whole number."""
    return Column(name, pl.Int64(), meaning, allowed=allowed)


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
    return replace(column, required=True)


ACCOUNT = must(text("account_id", "the customer organisation"))
