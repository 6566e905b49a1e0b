"""Who an account is compared with: accounts in force of the same segment with the same main product."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.currency import in_base
from consumption.features.exact import micro
from consumption.features.in_force import in_force
from consumption.features.population import population
from consumption.features.tiles import day_of
from consumption.lake.history import History

_ACCOUNT = "account_id"

GROUPS = pl.Schema({
    _ACCOUNT: pl.String(),
    "segment": pl.String(),
    "product": pl.String(),
    "owned": pl.List(pl.String()),
    "counts": pl.Boolean(),
})  # fmt: skip


def peer_groups(history: History, as_of: datetime, *, currency: str | None = None) -> pl.DataFrame:
    """One row an account known before `as_of`: account_id, segment, product, owned, counts, sorted by account.

    `product` is the one with the largest yearly value in force (of equal ones the first by name), `owned` all in
    force, by name; null and empty where there is none. `counts` says whether the account is in force itself (it is in
    the population): only those are a measure for others, but everyone is compared with them. Give it all accounts.
    A row but for `counts` is the same from a history of that account alone. Values are told in `currency` (see
    `currency.in_base`).
    """
    known = history.before(as_of)
    accounts, contracts, rates = pl.collect_all([known.accounts, known.contracts, known.rates])
    in_population = population(history, as_of, currency=currency).select(_ACCOUNT, pl.lit(value=True).alias("counts"))
    running = in_base(contracts.filter(in_force(day_of(as_of))), rates, currency)
    worth = running.group_by(_ACCOUNT, "product").agg(micro(pl.col("arr")).sum().alias("worth"))
    by_worth = worth.sort(_ACCOUNT, "worth", "product", descending=[False, True, False])
    products = by_worth.group_by(_ACCOUNT, maintain_order=True).agg(
        pl.col("product").sort().alias("owned"), pl.col("product").first()
    )
    rows = (
        accounts.select(_ACCOUNT, "segment")
        .join(products, on=_ACCOUNT, how="left")
        .join(in_population, on=_ACCOUNT, how="left")
    )
    whole = rows.with_columns(pl.col("owned").fill_null([]), pl.col("counts").fill_null(value=False))
    return whole.select(GROUPS.names()).cast(GROUPS).sort(_ACCOUNT)
