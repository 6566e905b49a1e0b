"""Numbers, money, dates and chances, said as a person would say them."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from consumption.features.units import UNITS

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_SHARES = tuple(Fraction(n, d) for n, d in ((1, 10), (1, 8), (1, 6), (1, 5), (1, 4), (1, 3), (2, 5), (1, 2), (3, 5),
                                            (2, 3), (3, 4), (4, 5), (9, 10)))  # fmt: skip


def money(amount: float, currency: str | None = None) -> str:
    """An amount as it is said aloud: 950, 4.2k, 120k, 1.2 M; with the currency's sign where one is given."""
    sign = "\N{MINUS SIGN}" if round(amount) < 0 else ""
    prefix = "" if currency is None else _SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{prefix}{_rounded(abs(amount))}"


def _rounded(amount: float) -> str:
    if amount < 999.5:
        return f"{amount:.0f}"
    if amount < 9_950:
        return f"{amount / 1_000:.1f}".removesuffix(".0") + "k"
    if amount < 999_500:
        return f"{amount / 1_000:.0f}k"
    return f"{amount / 1_000_000:.1f}".removesuffix(".0") + " M"


def one_in(chance: float) -> str:
    """A chance of 0 to 1 as people of ten or fewer: "about 1 in 3", "about 7 in 10", "fewer than 1 in 50"."""
    if chance < 0.02:
        return "fewer than 1 in 50"
    if chance < 0.095:
        return f"about 1 in {round(1 / chance / 5) * 5 if chance < 0.06 else round(1 / chance)}"
    if chance > 0.95:
        return "nearly all"
    near = min(_SHARES, key=lambda share: abs(float(share) - chance))
    return f"about {near.numerator} in {near.denominator}"


def between(low: float, high: float) -> str:
    """Two chances that the true one lies between: "between 1 in 10 and 1 in 3", "at most 1 in 20"."""
    least, most = (one_in(chance).removeprefix("about ") for chance in (low, high))
    if least == most:
        return one_in(high)
    if low < 0.02:
        return f"at most {most}" if high <= 0.95 else "anything from hardly any to nearly all"
    return f"between {least} and {most}" if high <= 0.95 else f"at least {least}"


def share(part: float) -> str:
    """A share of 0 to 1 in percent: 31 %; less than one percent keeps a digit."""
    percent = part * 100
    return f"{percent:.{1 if 0 < abs(percent) < 1 else 0}f}\N{NO-BREAK SPACE}%"


def number(value: float) -> str:
    """A count or quantity: 8, 0.4, 23.5, 1,240, 1.3 M."""
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:.1f} M"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2g}"


def count(how_many: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 card", "8 cards", "no cards"."""
    noun = one if how_many == 1 else many or f"{one}s"
    return f"{how_many:,} {noun}" if how_many else f"no {noun}"


def hours(length: float) -> str:
    """Working time: "45 minutes", "1 hour", "7.5 hours"."""
    if 0 < length < 1:
        return f"{round(length * 60)} minutes"
    return f"{number(round(length, 1))} {'hour' if length == 1 else 'hours'}"


def day(when: date, today: date) -> str:
    """A date as "12 Jan"; with its year where that is another one and more than 300 days away."""
    plain = f"{when.day} {when:%b}"
    near = when.year == today.year or abs((when - today).days) <= 300
    return plain if near else f"{plain} {when.year}"


def since(then: datetime, now: datetime) -> str:
    """How long ago something was: "today", "yesterday", "5 days ago", "3 weeks ago", then months."""
    days = (now.date() - then.date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days < 14:
        return f"{days} days ago"
    return f"{days // 7} weeks ago" if days < 70 else f"{round(days / 30.4)} months ago"


def in_unit(value: float, unit: str, currency: str | None = None) -> str:
    """A value of a signal in its unit: "41 %", "23", "12 days", "+8 %", "€4.2k"."""
    if unit == "money":
        return money(value, currency)
    said = UNITS[unit].say(value) if unit in UNITS else f"{number(value)} {unit}".strip()
    return said.replace(" %", "\N{NO-BREAK SPACE}%")


def sentence(text: str) -> str:
    """The text with a capital first and a full stop last, if it has none."""
    text = text.strip()
    if not text:
        return ""
    return capital(text) + ("" if text[-1] in ".?!…" else ".")


def titled(identifier: str) -> str:
    """An identifier as words: "report_shared" is "report shared"."""
    return identifier.replace("_", " ").strip()


def capital(text: str) -> str:
    """The text with a capital first; nothing else is changed."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut between words."""
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
