"""One bar of the consumption strip: used, bought, and what it comes to by the end of the term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consumption.serving import words

# Units of which one has a number in use at a time; others add up over the term.
STANDING = frozenset({"seat", "asset", "user", "machine", "licence", "site", "team"})
NEARLY = 0.08


@dataclass(frozen=True)
class EntitlementView:
    """What was bought under a contract, and the use of it; widths are percent of the bar."""

    name: str
    term: str
    text: str
    used_width: float
    projected_width: float
    bought_at: float


@dataclass(frozen=True)
class _Use:
    """The numbers of one entitlement; empty where they are not known."""

    unit: str
    used: float | None
    bought: float | None
    projected: float | None
    starts: date | None
    ends: date | None


def entitlement_view(entry: Mapping[str, Any], today: date) -> EntitlementView:
    """The bar of one entitlement as the account's brief tells it."""
    use = _Use(
        unit=str(entry.get("unit") or "unit"),
        used=_number(entry.get("used")),
        bought=_number(entry.get("bought")),
        projected=_number(entry.get("projected")),
        starts=_date(entry.get("starts_on")),
        ends=_date(entry.get("ends_on")),
    )
    used, bought, projected = use.used or 0.0, use.bought or 0.0, use.projected or 0.0
    scale = 100 / (max(used, bought, projected, 1e-9) * 1.04)
    product = words.capital(words.titled(str(entry.get("product") or "contract")))
    return EntitlementView(
        name=f"{product}: {_amount(bought, use.unit)}",
        term=f"until {words.day(use.ends, today)}" if use.ends else "",
        text=f"{_so_far(use, today)} {_outlook(use, today)}".strip(),
        used_width=round(used * scale, 2),
        projected_width=round(projected * scale, 2),
        bought_at=round(bought * scale, 2),
    )


def _so_far(use: _Use, today: date) -> str:
    if use.used is None:
        return "Its use is not measured."
    standing = use.unit in STANDING
    of = f"{words.number(use.used)} of {_amount(use.bought, use.unit)}" if use.bought else _amount(use.used, use.unit)
    part = f" ({words.share(use.used / use.bought)})" if use.bought else ""
    first = f"{of} {'in use' if standing else 'used so far'}{part}"
    if standing or not use.starts or not use.ends or use.ends <= use.starts:
        return f"{first}."
    gone = min(max((today - use.starts).days / (use.ends - use.starts).days, 0.0), 1.0)
    return f"{first}, with {words.share(gone)} of the term gone."


def _outlook(use: _Use, today: date) -> str:
    if use.used is None or use.projected is None or not use.bought:
        return ""
    by = f"By {words.day(use.ends, today)}" if use.ends else "By the end"
    over = use.projected - use.bought
    if abs(over) <= use.bought * NEARLY:
        return f"{by} it comes to about what was bought."
    comes_to = f"{by} it comes to {_amount(use.projected, use.unit)}"
    if over > 0:
        return f"{comes_to}: {words.number(over)} more than bought."
    return f"{comes_to}: {words.number(-over)} paid for and not used."


def _amount(value: float, unit: str) -> str:
    return f"{words.number(value)} {unit if value == 1 or unit.endswith('s') else unit + 's'}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _date(value: object) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None
