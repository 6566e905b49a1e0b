"""Old rows that no longer tell who a person is: the account's history stays, its people's goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from consumption.lake.anonymous import PERSONAL, Limit, days_only, read_limit, write_limit
from consumption.lake.delta import Lake
from consumption.tables import BUCKET, LAKE

_LOCK = "anonymous"
_DAY = timedelta(days=1)


def forget_people(lake: Lake, before: datetime) -> dict[str, int]:
    """Make rows of events and interactions that happened before a moment anonymous; how many of each were.

    Of the day that the moment is in, all rows are. An event stays a line of its account, so that all that is counted
    by account stays right; its time becomes its day, lest it tell who was at work, and its place in the order of the
    day. Older versions of the tables go, and what was made from them. Killed half-way, `interrupted` says so, and
    the next call completes it.
    """
    with lake.lock(_LOCK):
        last = read_limit(lake.anonymous)
        limit = Limit(max(_whole_days(before), last.before or before), done=False)
        # From here on nothing older comes in with a name, and whoever finds this knows that there is more to do.
        write_limit(lake.anonymous, limit)
        done = {name: _forget(lake, name, limit, again=not last.done) for name in PERSONAL}
        if any(done.values()) or not last.done:
            lake.forget_kept()
        write_limit(lake.anonymous, Limit(limit.before))
    return done


def interrupted(lake: Lake) -> datetime | None:
    """The moment of a call of `forget_people` that was killed half-way; None if none was."""
    last = read_limit(lake.anonymous)
    return None if last.done else last.before


def any_people(lake: Lake, before: datetime) -> bool:
    """Whether a row that happened before a moment tells who a person is: of what came of age since the last time."""
    since = read_limit(lake.anonymous).before
    if since is not None and since >= before:
        return False
    return any(_any_between(lake, name, since, before) for name in PERSONAL)


def _any_between(lake: Lake, name: str, since: datetime | None, before: datetime) -> bool:
    happened = LAKE[name].happened or "timestamp"
    files = lake.place(name).files()
    if files.is_empty():
        return False
    least, most = pl.col(f"min.{happened}"), pl.col(f"max.{happened}")
    if {f"min.{happened}", f"max.{happened}"} <= set(files.columns):
        # A file without statistics may hold anything.
        late = pl.lit(value=False) if since is None else most < since
        if not files.filter(~((least >= before) | late).fill_null(value=False)).height:
            return False
    rows = lake.scan(name).filter(_named(name, Limit(before)))
    rows = rows if since is None else rows.filter(pl.col(happened) >= since)
    return bool(rows.select(pl.len()).collect(engine="streaming").item())


def _named(name: str, limit: Limit) -> pl.Expr:
    return limit.aged(name) & pl.any_horizontal(pl.col(column).is_not_null() for column in PERSONAL[name])


def _whole_days(before: datetime) -> datetime:
    """The first midnight (UTC) that is not earlier: the order within a day is kept of whole days."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return before if midnight == before else midnight + _DAY


def _forget(lake: Lake, name: str, limit: Limit, *, again: bool) -> int:
    with lake.lock(name):
        named = _named(name, limit)
        counts = lake.scan(name).filter(named).group_by(BUCKET).len().collect(engine="streaming")
        for bucket in counts[BUCKET].sort():
            rows = lake.scan(name, [bucket])
            if name == "events":
                # Machines' rows of the same days too: their place among the others is what counts.
                day = pl.col("timestamp").dt.truncate("1d")
                rows = days_only(rows, limit.aged(name) & named.any().over("account_id", day))
            lake.place(name).rewrite(limit.unnamed(name, rows), where=f"{BUCKET} = {bucket}")
        if counts.height or again:
            lake.place(name).forget_past()
    return int(counts["len"].sum())
