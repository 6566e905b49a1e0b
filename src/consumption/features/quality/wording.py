"""Numbers, days and shares as findings say them."""

from __future__ import annotations

from datetime import date, datetime


def share(part: float, whole: float) -> str:
    """A part of a whole in percent: `none` and `all` where it is, never rounded to them."""
    if not whole or not part:
        return "none"
    if part == whole:
        return "all"
    percent = 100 * part / whole
    if percent < 0.1:
        return "under 0.1%"
    return f"{percent:.1f}%" if percent < 10 or percent > 99 else f"{percent:.0f}%"


def day(moment: date | datetime) -> str:
    """A day as 3 March 2026."""
    return f"{moment.day} {moment:%B %Y}"


def lasting(seconds: float) -> str:
    """A length of time in the unit one would say it in."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} seconds"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 5) -> str:
    """Names one after the other, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
