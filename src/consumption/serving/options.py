"""What the service needs to know beyond its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """The moment it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class AppOptions:
    """Plain settings of one service.

    `session_secret` signs browser sessions. `look_as` lets a visitor choose whom to be, without a password; it only
    ever works for a visitor on this machine, and only where `on_loopback` says that nobody else can reach the
    server. What was published longer ago than `stale_after` is called stale. `clock` tells the time.
    """

    session_secret: str
    look_as: bool = False
    on_loopback: bool = False
    stale_after: timedelta = timedelta(days=2)
    clock: Callable[[], datetime] = utc_now
