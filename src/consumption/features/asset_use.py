"""Assets: the installed base."""

from __future__ import annotations

import polars as pl

from consumption.features.friction import _errors
from consumption.features.signal import signal, weeks


@signal(unit="count", family="assets", source="assets", label="Machines installed")
def _assets_installed() -> pl.Expr:
    """Machines of the installed base."""
    return pl.len()


@signal(
    unit="ratio", family="assets", of=(_errors, _assets_installed), window=weeks(12), label="Faults per machine",
    direction=-1, driver="friction",
)  # fmt: skip
def faults_per_asset(errors: pl.Expr, machines: pl.Expr) -> pl.Expr:
    """Error events for each machine of the installed base."""
    return errors / machines


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
