"""Trend: which way use is going, against the account's own past."""

from __future__ import annotations

import polars as pl

from consumption.features.depth import _value_events_84d, events
from consumption.features.exact import over
from consumption.features.frequency import _active_days_14d, active_users
from consumption.features.signal import signal, weeks

SLOPE_WEEKS = 12
YEAR = weeks(52)


def log_ratio(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Natural logarithm of now over before, one added to both so that a start and a stop stay finite."""
    return ((now + 1) / (before + 1)).log()


@signal(unit="share", family="trend", window=weeks(4), source="lived", label="Part of 4 weeks since it began")
def _lived() -> pl.Expr:
    """The part of the window since the account began, or was first used; unknown for less than a week."""
    return pl.col("part")


@signal(unit="change", family="trend", of=(active_users, active_users.earlier(), _lived.earlier()), window=weeks(4),
        label="Active users against the 4 weeks before", direction=1, driver="low_adoption")  # fmt: skip
def active_users_trend(now: pl.Expr, before: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Log ratio of active users to the window before; unknown where the account began within that."""
    return pl.when(lived == 1).then(log_ratio(now, before))


@signal(unit="change", family="trend", of=(events, events.earlier(), _lived.earlier()), window=weeks(4),
        label="Use against the 4 weeks before", direction=1, driver="low_adoption")  # fmt: skip
def events_trend(now: pl.Expr, before: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Log ratio of events to the window before, at the rate of its days since the account began; a week at least."""
    return log_ratio(now, before / lived)


events_trend_7d = events_trend.over(weeks(1), label="Use against the week before")
events_trend_84d = events_trend.over(weeks(12), label="Use against the 12 weeks before")


_lived_84d = _lived.over(weeks(12), label="Part of 12 weeks since it began")


@signal(unit="change", family="trend", of=(_value_events_84d, _value_events_84d.earlier(), _lived_84d.earlier()),
        window=weeks(12), label="Value events against the 12 weeks before", direction=1,
        driver="low_adoption")  # fmt: skip
def value_events_trend(now: pl.Expr, before: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Log ratio of value events to the window before, at the rate of its days since the account began."""
    return log_ratio(now, before / lived)


@signal(unit="change", family="trend", of=(events, events.earlier(YEAR), _lived.earlier(YEAR)), window=weeks(4),
        label="Use against the same weeks a year ago", direction=1, driver="low_adoption")  # fmt: skip
def events_against_last_year(now: pl.Expr, before: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Log ratio of events to the same weeks 52 weeks ago; unknown where there were none."""
    return pl.when(before > 0).then(log_ratio(now, before / lived))


@signal(
    unit="change", family="trend", window=weeks(4), label="The season: the same weeks' change a year ago",
    of=(events.earlier(YEAR), events.earlier(YEAR + weeks(4)), _lived.earlier(YEAR + weeks(4))),
)  # fmt: skip
def events_trend_last_year(now: pl.Expr, before: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Log ratio of events to the window before, both 52 weeks ago; unknown where neither had any."""
    return pl.when(now + before > 0).then(log_ratio(now, before / lived))


@signal(unit="change", family="trend", of=(events_trend, events_trend_last_year), window=weeks(4),
        label="Use against the 4 weeks before, less the season", direction=1, driver="low_adoption")  # fmt: skip
def events_trend_beyond_season(trend: pl.Expr, season: pl.Expr) -> pl.Expr:
    """The change less that of the same weeks a year ago: a fall that is not the season's."""
    return trend - season


@signal(unit="change", family="trend", source="weeks", label="Change of use a week, over 12 weeks", direction=1,
        driver="low_adoption")  # fmt: skip
def events_slope() -> pl.Expr:
    """Robust slope (Theil and Sen: median over all pairs of weeks) of the logarithm of weekly events, 12 weeks."""
    logs = pl.col("events").list.head(SLOPE_WEEKS).list.eval((pl.element() + 1).log())
    rises = [
        logs.list.head(SLOPE_WEEKS - lag) - logs.list.slice(lag, SLOPE_WEEKS - lag) for lag in range(1, SLOPE_WEEKS)
    ]
    slopes = [rise * (1 / lag) for lag, rise in enumerate(rises, start=1)]
    return pl.concat_list(slopes).list.median()


@signal(unit="ratio", family="trend", source="weeks", label="Last week against this account's usual", direction=1,
        driver="low_adoption")  # fmt: skip
def events_deviation() -> pl.Expr:
    """Last week's events less the median of the 25 weeks before, in median absolute deviations (at least 1 event)."""
    past = pl.col("events").list.slice(1)
    usual = past.list.median()
    spread = (past - usual).list.eval(pl.element().abs()).list.median()
    return (pl.col("events").list.first() - usual) / pl.max_horizontal(spread, 1.0)


@signal(unit="ratio", family="trend", source="weeks", label="How uneven the weeks are", direction=-1)
def volatility() -> pl.Expr:
    """Standard deviation of the last 12 whole weeks' events over their mean."""
    recent = pl.col("events").list.head(SLOPE_WEEKS)
    count, total = recent.list.drop_nulls().list.len(), recent.list.sum()
    squares = recent.list.eval(pl.element() * pl.element()).list.sum()
    # Whole numbers up to the last step: the same in any order.
    variance = (count * squares - total * total) / (count * count)
    return pl.when(total > 0).then(variance.sqrt() / (total / count))


@signal(unit="days", family="trend", window=weeks(12), source="days", label="Longest silence", direction=-1)
def _longest_gap() -> pl.Expr:
    """Most days without an event, before, between and after active days."""
    return pl.max_horizontal(pl.col("gap").max(), pl.col("days_ago").min() - 1)


@signal(unit="days", family="trend", source="account", label="Days since it began")
def _days_in_quarter() -> pl.Expr:
    """Days of the last 12 weeks that the account lived."""
    return pl.col("tenure_days").clip(0, weeks(12))


@signal(unit="days", family="trend", of=(_longest_gap, _days_in_quarter), window=weeks(12), label="Longest silence",
        direction=-1, driver="low_adoption")  # fmt: skip
def longest_silence(gap: pl.Expr, lived: pl.Expr) -> pl.Expr:
    """Most days in a row without an event; all the days since the account began, or 84, where there was none."""
    return pl.coalesce(gap, lived)


@signal(unit="share", family="trend", of=(_active_days_14d,), window=weeks(2),
        label="Share of the last 14 days in use", direction=1, driver="low_adoption")  # fmt: skip
def recent_active_share(active: pl.Expr) -> pl.Expr:
    """Active days of the last 14."""
    return over(active, weeks(2))
