"""How defects are planted in a book that is otherwise in good order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from consumption.features.quality.finding import Severity
from consumption.features.rules import UsageRules

from .small import AS_OF, DAY, LOADED, RULES, Tables, account, changed

TIME, ACCOUNT, USER = pl.col("timestamp"), pl.col("account_id"), pl.col("user_id")
LAB, NORTH = pl.col("product") == "lab", ACCOUNT.str.slice(1).cast(pl.Int64) % 2 == 0
MARCH_3 = date(2026, 3, 3)  # a Tuesday
THREE_DAYS = TIME.dt.date().is_between(MARCH_3, MARCH_3 + timedelta(days=2))


@dataclass(frozen=True)
class Plant:
    """A defect: the tables with it, the settings, how serious it is, and what the finding must say."""

    severity: Severity
    said: str
    tables: Callable[[], Tables]
    rules: UsageRules = RULES


PLANTS: dict[str, Plant] = {}

Planted = Callable[[], Tables]


def plant(severity: Severity, said: str, rules: UsageRules = RULES) -> Callable[[Planted], Planted]:
    """The defect that the check of the same name looks for."""

    def planted(tables: Planted) -> Planted:
        PLANTS[tables.__name__] = Plant(severity, said, tables, rules)
        return tables

    return planted


def events(**columns: pl.Expr) -> Tables:
    """The book with other columns of events."""
    return changed("events", lambda rows: rows.with_columns(**columns))


def events_with(name: str, value: pl.Expr, where: pl.Expr) -> Tables:
    """The book with another value in some events."""
    return events(**{name: pl.when(where).then(value).otherwise(name)})


def without(*tests: pl.Expr) -> Tables:
    """The book without the events that pass all of these tests."""
    return changed("events", lambda rows: rows.filter(~pl.all_horizontal(tests)))


def more(rows: pl.DataFrame) -> Tables:
    """The book with more events."""
    return changed("events", lambda old: pl.concat([old, rows.select(old.columns)]))


def accounts(**columns: object) -> Tables:
    """The book with one value for all accounts."""
    return changed("accounts", lambda rows: rows.with_columns(pl.lit(v).alias(n) for n, v in columns.items()))


def contracts_with(**columns: object) -> Tables:
    """The book with one value for all contracts."""
    return changed("contracts", lambda rows: rows.with_columns(pl.lit(v).alias(n) for n, v in columns.items()))


def program(user: str, *, days: int, a_day: int, hours: int) -> Tables:
    """The book with a user of the first account who does always the same, weekends too."""
    grid = pl.DataFrame({"day": range(days)}).join(pl.DataFrame({"nth": range(a_day)}), how="cross")
    seconds = pl.col("nth") * (hours * 3600 // a_day)
    at = pl.lit(AS_OF - days * DAY) + pl.duration(days=pl.col("day"), seconds=seconds)
    said = {
        "account_id": account(0),
        "event": "report_opened",
        "user_id": user,
        "product": "desk",
        "loaded_at": LOADED,
    }
    return more(grid.select(at.alias("timestamp"), *(pl.lit(value).alias(name) for name, value in said.items())))
