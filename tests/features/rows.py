"""Rows of small tables, written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

JUNE_1 = datetime(2025, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def accounts(*names: str, since: datetime = JUNE_1 - 400 * DAY, **columns: object) -> pl.DataFrame:
    """Accounts of one day, with the same value of each further column, or a list of them."""
    frame = pl.DataFrame({"account_id": list(names)}).with_columns(pl.lit(since).alias("created_at"))
    return frame.with_columns(
        pl.Series(name, value if isinstance(value, list) else [value] * len(names)) for name, value in columns.items()
    )


def events(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Events: account, timestamp, event, user, and if given quantity, product, asset."""
    names = ("account_id", "timestamp", "event", "user_id", "quantity", "product", "asset_id")
    full = [dict(zip(names, row, strict=False)) for row in rows]
    text = [(name, pl.String()) for name in names[2:4] + names[5:]]
    schema = pl.Schema(
        [("account_id", pl.String()), ("timestamp", pl.Datetime("us", "UTC")), ("quantity", pl.Float64())]
    )
    return pl.DataFrame(full, schema=pl.Schema([*schema.items(), *text]))


def contract(account: str, starts_on: date, ends_on: date, **columns: object) -> dict[str, Any]:
    """One contract row: ten seats worth 12,000 a year, unless said otherwise."""
    usual = {"contract_id": f"c-{account}", "product": "desk", "quantity": 10.0, "arr": 12000.0, "unit": "seat"}
    return usual | {"account_id": account, "starts_on": starts_on, "ends_on": ends_on} | columns
