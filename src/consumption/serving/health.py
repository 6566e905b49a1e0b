"""Whether the service answers, and how old what it shows is."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from consumption.serving.payloads import Maybe


class Health(BaseModel):
    """The state of the service."""

    status: str = Field(description="ok; stale: what is shown is old; empty: nothing was published yet.")
    as_of: Maybe[datetime] = Field(description="What was known before this moment counts.")
    stale: bool
    version: str
    request_id: str

    @staticmethod
    def of(as_of: datetime | None, now: datetime, stale_after: timedelta, version: str, request_id: str) -> Health:
        """From what was published last."""
        stale = is_stale(as_of, now, stale_after)
        status = "empty" if as_of is None else "stale" if stale else "ok"
        return Health(status=status, as_of=as_of, stale=stale, version=version, request_id=request_id)


def is_stale(as_of: datetime | None, now: datetime, stale_after: timedelta) -> bool:
    """Whether what was published is too old to act on without a word of warning."""
    return as_of is not None and now - as_of > stale_after
