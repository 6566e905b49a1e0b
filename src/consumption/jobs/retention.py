"""Keep people's rows no longer than settings allow."""

from __future__ import annotations

from datetime import datetime, timedelta

from consumption.config import Workspace
from consumption.jobs.opening import lake_of
from consumption.lake.retention import any_people, forget_people, interrupted

MOST_DAYS_EARLIER = 7
"""Tables are rewritten once in so many days, and rows become anonymous up to so many days earlier."""


def keep_retention(workspace: Workspace, as_of: datetime) -> dict[str, int]:
    """Make rows older than `[retention] user_rows_days` anonymous; how many rows of each table were.

    What was interrupted is completed first of all.
    """
    days = workspace.settings.retention.user_rows_days
    if not days:
        return {}
    lake, limit = lake_of(workspace), as_of - timedelta(days=days)
    half_done = interrupted(lake)
    if half_done is not None:
        return forget_people(lake, max(half_done, limit))
    if not any_people(lake, limit):
        return {}
    return forget_people(lake, limit + timedelta(days=min(MOST_DAYS_EARLIER, days // 8)))
