"""Breadth: how much of what was bought is touched."""

from __future__ import annotations

import polars as pl

from consumption.features.frequency import active_users
from consumption.features.signal import signal, weeks


@signal(unit="count", family="breadth", window=weeks(4), source="features", label="Features used in 4 weeks",
        silence=0, direction=1, driver="shallow_breadth")  # fmt: skip
def features_used() -> pl.Expr:
    """Different features (event names) used."""
    return pl.len()


@signal(unit="share", family="breadth", window=weeks(12), source="bought_features", direction=1,
        label="Features used of those bought", driver="shallow_breadth")  # fmt: skip
def feature_breadth() -> pl.Expr:
    """Features used, of those that the products owned entitle to; unknown where `products` does not list them."""
    return (pl.col("is_bought") & (pl.col("last_days_ago") <= weeks(12))).sum() / pl.col("is_bought").sum()


@signal(unit="count", family="breadth", source="bought_features", label="Core features never touched", direction=-1,
        driver="shallow_breadth")  # fmt: skip
def core_features_untouched() -> pl.Expr:
    """Core features of the products owned that nobody ever used; unknown where `products` does not list them."""
    return pl.when(pl.col("is_core").any()).then((pl.col("is_core") & pl.col("first_days_ago").is_null()).sum())


@signal(unit="count", family="breadth", source="bought_features", label="Core features given up", direction=-1,
        driver="shallow_breadth")  # fmt: skip
def core_features_dropped() -> pl.Expr:
    """Core features of the products owned that were used once, but not in the last 12 weeks."""
    return pl.when(pl.col("is_core").any()).then((pl.col("is_core") & (pl.col("last_days_ago") > weeks(12))).sum())


@signal(unit="users", family="breadth", window=weeks(4), source="features", label="Users on a feature", silence=0)
def _users_on_features() -> pl.Expr:
    """Users on each feature, added up."""
    return pl.col("users").sum()


@signal(unit="share", family="breadth", of=(_users_on_features, features_used, active_users), window=weeks(4),
        label="How widely a feature is shared", direction=1, driver="shallow_breadth")  # fmt: skip
def user_breadth(users_on_features: pl.Expr, features: pl.Expr, users: pl.Expr) -> pl.Expr:
    """Users on a feature, of active users: the mean over the features used."""
    return pl.when((users > 0) & (features > 0)).then(users_on_features / (features * users))


@signal(unit="share", family="breadth", window=weeks(4), source="features", label="Use that is one single feature",
        direction=-1, driver="shallow_breadth")  # fmt: skip
def top_feature_share() -> pl.Expr:
    """Events of the feature used most, of all events; near 1 means the product is used for one thing."""
    return pl.col("events").max() / pl.col("events").sum()


@signal(unit="count", family="breadth", window=weeks(4), source="features", label="Features tried for the first time",
        silence=0, direction=1, driver="shallow_breadth")  # fmt: skip
def new_features() -> pl.Expr:
    """Features used in the window and never before it."""
    return (pl.col("first_days_ago") <= weeks(4)).sum()


@signal(unit="share", family="breadth", window=weeks(12), source="products_in_use", direction=1,
        label="Products used of those owned", driver="shallow_breadth")  # fmt: skip
def product_breadth() -> pl.Expr:
    """Products with events, of the products in force; unknown where events name no product.

    They are taken to name products if any did in this time or in the 12 weeks before; without events none is used.
    """
    return pl.when(pl.col("is_named").any()).then((pl.col("events") > 0).sum() / pl.len())
