"""What stands around every page: who looks, whether the data is old, when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from consumption.serving import words
from consumption.store.records import Plan


@dataclass(frozen=True)
class FrameView:
    """The frame of a page.

    `page` is the one that is open; `name` who is signed in (empty: nobody); `demo` whether one may look as another;
    `stale` a sentence where the data is too old; `foot` says as of when the page is.
    """

    page: str
    name: str = ""
    demo: bool = False
    stale: str = ""
    foot: str = ""


def frame_view(
    page: str, *, name: str, demo: bool, plan: Plan | None, now: datetime, stale_after: timedelta
) -> FrameView:
    """The frame of one page at a moment, over the latest plan if there is one."""
    if plan is None:
        return FrameView(page=page, name=name, demo=demo)
    foot = f"Made from what was known on {words.day(plan.as_of.date(), now.date())}."
    return FrameView(page=page, name=name, demo=demo, stale=_stale(plan, now, stale_after), foot=foot)


def _stale(plan: Plan, now: datetime, stale_after: timedelta) -> str:
    age = now - plan.as_of
    if age <= stale_after:
        return ""
    when = words.day(plan.as_of.date(), now.date())
    return (
        f"What you see is {words.count(age.days, 'day')} old (from {when}); calls and use since then are missing. "
        "Whoever runs consumption here should look at the daily run."
    )
