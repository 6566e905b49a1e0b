"""Assets: the installed base."""

from __future__ import annotations

import polars as pl

from consumption.features.signal import signal, weeks


@signal(unit="count", family="assets", source="assets", label="Machines installed", driver="large")
def assets_installed() -> pl.Expr:
    """Machines of the installed base."""
    return pl.len()


@signal(unit="share", family="assets", source="assets", label="Machines that report", direction=1,
        driver="low_adoption")  # fmt: skip
def reporting_asset_share() -> pl.Expr:
    """Machines with an event in the last 28 days, of the installed base."""
    return (pl.col("last_days_ago") <= weeks(4)).fill_null(value=False).mean()


@signal(unit="share", family="assets", source="assets", label="Machines out of warranty", direction=-1,
        driver="friction")  # fmt: skip
def out_of_warranty_share() -> pl.Expr:
    """Machines whose warranty has ended, of those with a known warranty."""
    return pl.col("is_out_of_warranty").mean()
