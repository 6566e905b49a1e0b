"""Assets: the installed base, whether it reports, runs, fails, and reaches what was guaranteed."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.signal import signal, weeks

_HOURS = weeks(4) * 24


@signal(unit="share", family="assets", source="assets", label="Machines that report", direction=1,
        driver="low_adoption")  # fmt: skip
def reporting_asset_share() -> pl.Expr:
    """Machines with an event in the last 28 days, of the installed base."""
    return (pl.col("last_days_ago") <= weeks(4)).fill_null(value=False).mean()


@signal(unit="quantity", family="assets", source="machines", window=weeks(4), label="Run-hours in 4 weeks",
        direction=1, driver="low_adoption")  # fmt: skip
def run_hours() -> pl.Expr:
    """Hours that the machines of the installed base ran, by the meter of the unit `hour`.

    The size of the fleet's work. Where machines tell of little else `quantity_28d` moves with it, but it adds up
    anything.
    """
    return pl.when(pl.col("run_hours").is_not_null().any()).then(from_micro(pl.col("run_hours").sum()))


@signal(unit="share", family="assets", source="machines", window=weeks(4), label="Machines in use round the clock",
        direction=1, driver="low_adoption")  # fmt: skip
def asset_utilisation() -> pl.Expr:
    """Run-hours of the installed base over the hours there were: of each machine, 24 a day."""
    known = pl.col("run_hours").is_not_null()
    return from_micro(pl.col("run_hours").filter(known).sum()) / (known.sum() * _HOURS)


@signal(unit="share", family="assets", source="machines", window=weeks(4), label="Days that machines stood still",
        direction=-1, driver="friction")  # fmt: skip
def standing_share() -> pl.Expr:
    """Machine-days with a report and no run-hour, of machine-days with a report; silent machines do not count."""
    reported = pl.col("reported_days").sum()
    return (reported - pl.col("ran_days").sum()) / pl.when(pl.col("ran_days").is_not_null().any()).then(reported)


@signal(unit="ratio", family="assets", source="machines", window=weeks(12), label="Faults per machine", direction=-1,
        driver="friction")  # fmt: skip
def faults_per_asset() -> pl.Expr:
    """Error events that machines of the installed base reported, for each of them."""
    return pl.col("error_events").sum() / pl.len()


@signal(unit="share", family="assets", source="assets", label="Machines out of warranty", direction=-1,
        driver="friction")  # fmt: skip
def out_of_warranty_share() -> pl.Expr:
    """Machines whose warranty has ended, of those with a known warranty."""
    return pl.col("is_out_of_warranty").mean()


@signal(unit="share", family="assets", source="entitlements", label="Guarantee reached so far", direction=1,
        driver="under_use")  # fmt: skip
def guarantee_attainment() -> pl.Expr:
    """Use over what the guarantee asks for by now, or a level over the one guaranteed; least of the contracts.

    What the guarantee asks for grows evenly over its period. Below 1 it is behind.
    """
    return pl.col("attainment").filter(pl.col("attainment").is_finite()).min()


@signal(unit="ratio", family="assets", source="entitlements", label="Pace needed for the guarantee", direction=-1,
        driver="under_use")  # fmt: skip
def guarantee_pace_needed() -> pl.Expr:
    """Use a day that would still reach the guarantee, over that of the last 28 days; most of the contracts.

    Where attainment looks back, this looks ahead: 1.4 means 40 % more from today on.
    """
    return pl.col("needed_pace").filter(pl.col("needed_pace").is_finite()).max()


@signal(unit="days", family="assets", source="entitlements", label="Days until the guarantee is lost", direction=1,
        driver="under_use")  # fmt: skip
def days_to_guarantee_lost() -> pl.Expr:
    """Days until a first guarantee can be reached no more, at the present rate; unknown where all are kept at it.

    Even by running round the clock, for run-hours of machines; other units are lost on their period's last day.
    """
    return pl.col("lost_in_days").min()


@signal(unit="money", family="assets", source="entitlements", label="Penalties to come", direction=-1,
        driver="under_use")  # fmt: skip
def penalty_at_risk() -> pl.Expr:
    """Penalties of the guarantees that are missed at the present rate; unknown without a guarantee."""
    missed = pl.col("is_missed")
    return pl.when(missed.is_not_null().any()).then(from_micro(pl.col("penalty").filter(missed).sum()))
