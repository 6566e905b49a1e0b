"""Which accounts and which recommendations a list is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AccountFilter:
    """Which accounts; an empty field asks for all. `search` looks for a part of name or id, whatever its case."""

    owner: str | None = None
    motion: str | None = None
    segment: str | None = None
    ids: tuple[str, ...] = ()
    search: str | None = None


@dataclass(frozen=True)
class RecommendationFilter:
    """Which recommendations; an empty field asks for all.

    `owner` also finds what was handed over to them. With `updated_since` the oldest change comes first, and what
    was withdrawn comes too; without it and without `status`, only what is running is listed, best first. `withheld`
    adds what was decided but not shown (nothing to do, held out), for viewers who may know. `by_itself`: only what is
    sent by itself (true), or only cards (false).
    """

    account: str | None = None
    owner: str | None = None
    motion: str | None = None
    segment: str | None = None
    service_line: str | None = None
    status: tuple[str, ...] = ()
    updated_since: datetime | None = None
    withheld: bool = False
    by_itself: bool | None = None
