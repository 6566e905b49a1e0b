"""By product: use and trend of each product owned; an account's row takes the worst and the best."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.kept_tiles import KeptTiles
from consumption.features.known_at import known_at
from consumption.features.product_frames import products_in_use
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import signal, weeks
from consumption.features.trend import log_ratio
from consumption.lake.history import History

WINDOW = weeks(4)
# A product falls where it has less than three quarters of the events it had before.
_FELL = 4 * pl.col("events") < 3 * pl.col("events_before")
_TREND = log_ratio(pl.col("events"), pl.col("events_before"))
_WORTH = pl.col("worth")

PRODUCTS_IN_USE = pl.Schema({
    "account_id": pl.String(), "product": pl.String(), "arr": pl.Float64(), f"events_{WINDOW}d": pl.Int64(),
    f"active_users_{WINDOW}d": pl.Int64(), f"value_events_{WINDOW}d": pl.Int64(),
    f"events_trend_{WINDOW}d": pl.Float64(), "is_worst": pl.Boolean(), "is_best": pl.Boolean(),
})  # fmt: skip
# With one product its figures are the account's; and where events name no product, nothing is known of any.
_SEVERAL = pl.col("is_named").all() & (pl.len() > 1)


@signal(unit="share", family="by product", window=WINDOW, source="products_in_use", direction=-1, driver="under_use",
        label="Value of products nobody uses")  # fmt: skip
def unused_product_arr_share() -> pl.Expr:
    """ARR of the products owned without an event, of all ARR in force; unknown with one product alone."""
    return pl.when(_SEVERAL).then(_WORTH.filter(pl.col("events") == 0).sum() / _WORTH.sum())


@signal(unit="share", family="by product", window=WINDOW, source="products_in_use", direction=-1,
        driver="low_adoption", label="Value of products used ever less")  # fmt: skip
def falling_product_arr_share() -> pl.Expr:
    """ARR of the products owned that lost over a quarter of the events of the window before, of all ARR in force."""
    return pl.when(_SEVERAL).then(_WORTH.filter(_FELL).sum() / _WORTH.sum())


@signal(unit="change", family="by product", window=WINDOW, source="products_in_use", direction=1,
        driver="low_adoption", label="Use of the product that falls most")  # fmt: skip
def worst_product_events_trend() -> pl.Expr:
    """Lowest log ratio of a product's events to the window before, of the products owned; unknown with one alone."""
    return pl.when(_SEVERAL).then(_TREND.min())


@signal(unit="change", family="by product", window=WINDOW, source="products_in_use", direction=1,
        driver="over_use", label="Use of the product that rises most")  # fmt: skip
def best_product_events_trend() -> pl.Expr:
    """Highest log ratio of a product's events to the window before, of the products owned; unknown with one alone."""
    return pl.when(_SEVERAL).then(_TREND.max())


@signal(unit="change", family="by product", window=WINDOW, source="products_in_use", direction=1,
        driver="low_adoption", label="Use of the product that is worth most")  # fmt: skip
def main_product_events_trend() -> pl.Expr:
    """Log ratio of events to the window before of the product with most ARR; unknown with one alone."""
    return pl.when(_SEVERAL).then(_TREND.filter(_WORTH.eq(_WORTH.max())).min())


def by_product(
    history: History, as_of: datetime, rules: UsageRules = NO_RULES, kept: KeptTiles | None = None
) -> pl.DataFrame:
    """PRODUCTS_IN_USE: a row an account and product owned at `as_of`, how each is used, by account and product.

    Worst and best go by the trend, then by ARR (the larger), then by name. Use is null where the account's events
    name no product; money is told in the base currency. `kept` tiles stand in for events, as for signals.
    """
    known = known_at(history, as_of, rules, kept, days=2 * WINDOW)
    key = ["account_id", "product"]
    active = known.days(WINDOW).filter(pl.col("product").is_not_null()).group_by(key).agg(
        pl.col("user_id").drop_nulls().n_unique().cast(pl.Int64).alias(f"active_users_{WINDOW}d")
    )  # fmt: skip
    rows = products_in_use(known, WINDOW, 0).join(active, on=key, how="left")
    named = pl.col("is_named")
    shown = rows.select(
        pl.col(key).cast(pl.String),
        from_micro(pl.col("worth")).alias("arr"),
        pl.when(named).then("events").alias(f"events_{WINDOW}d"),
        pl.when(named).then(pl.col(f"active_users_{WINDOW}d").fill_null(0)).alias(f"active_users_{WINDOW}d"),
        pl.when(named).then("value_events").alias(f"value_events_{WINDOW}d"),
        pl.when(named).then(_TREND).alias(f"events_trend_{WINDOW}d"),
    )
    return _marked(shown.collect()).cast(PRODUCTS_IN_USE)


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the worst and the best of each account marked."""
    trend = f"events_trend_{WINDOW}d"
    marked = rows
    for name, falling in (("is_worst", False), ("is_best", True)):
        ordered = marked.sort("account_id", trend, "arr", "product", descending=[False, falling, True, False])
        first = pl.col("account_id").is_first_distinct() & pl.col(trend).is_not_null()
        marked = ordered.with_columns(first.alias(name))
    return marked.sort("account_id", "product")
