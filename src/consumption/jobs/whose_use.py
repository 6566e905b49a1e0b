"""Where the use of an account counts if not for itself, told in sentences; so is whose use counts for it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.features.known import Facts
from consumption.features.quality.wording import listed
from consumption.jobs.opening import lake_of


def elsewhere(workspace: Workspace, account_id: str, *, as_of: datetime) -> list[str]:
    """What to know about a merged account, a subsidiary, or one that others count for; nothing for any other."""
    routes = Facts(as_of, lake_of(workspace).history().without_events()).routes
    ours = pl.col("account_id") == account_id
    said = [
        f"{account_id} was merged into {to}: its use and its contracts count there."
        for to in routes.moved.filter(ours)["to"]
    ]
    for to, products in _by_end(routes.rolled.filter(ours), "to"):
        said.append(f"Its use of {products} counts for {to}, which holds the contract; here it does not.")
    merged = routes.moved.filter(pl.col("to") == account_id)["account_id"].to_list()
    if merged:
        said.append(f"What {listed(merged)} did counts here: merged into {account_id}.")
    below = _by_end(routes.rolled.filter(pl.col("to") == account_id), "account_id")
    return [*said, *(f"The use that {below_} makes of {products} counts here." for below_, products in below)]


def _by_end(rolled: pl.DataFrame, end: str) -> list[tuple[str, str]]:
    """Accounts at one end of a roll-up, each with the products in words."""
    named = pl.col("product") != ""
    grouped = rolled.group_by(end).agg(pl.col("product").filter(named).unique().sort(), (~named).any().alias("any"))
    return [(name, _products(products, nameless)) for name, products, nameless in grouped.sort(end).iter_rows()]


def _products(named: list[str], nameless: bool) -> str:
    without = "events that name no product" if nameless else ""
    return f"{listed(named)} and {without}" if named and without else listed(named) or without
