"""Accounts and recommendations, as a viewer may see them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select

from consumption.actions.alternatives import SHOWN
from consumption.actions.terms import SELF_SERVICE
from consumption.actions.why import NO_HOURS, WHY_NOT, told
from consumption.errors import ConsumptionError
from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.listing import Listing
from consumption.store.plans import latest_as_of
from consumption.store.records import (
    RUNNING,
    Account,
    AccountDetail,
    Alternative,
    Page,
    Reason,
    Recommendation,
)
from consumption.store.schema import accounts, recommendations
from consumption.store.viewer import Viewer, reason_why_not, without_hidden

_LONG_TEXTS = ("signals", "brief", "alternatives")
_ACCOUNT = [c for c in accounts.c if c.name not in {"plan_id", *_LONG_TEXTS}]
_RECOMMENDATION = [c for c in recommendations.c if c.name not in {"plan_id", "position"}]


class UnknownAccount(ConsumptionError):
    """No account of that id is in force."""

    status = 404

    def __init__(self, account_id: str) -> None:
        super().__init__(
            problem=f"no account {account_id!r} is in force",
            remedy="look the id up in the list of accounts; one without a contract in force, or lost, is not in it",
        )


class UnknownRecommendation(ConsumptionError):
    """No recommendation of that id was ever shown."""

    status = 404

    def __init__(self, recommendation_id: str) -> None:
        super().__init__(
            problem=f"there is no recommendation {recommendation_id!r}",
            remedy="take the id from the list of recommendations; each publication makes new ones",
        )


def get_account(connection: Connection, account_id: str, viewer: Viewer) -> AccountDetail:
    """One account in force with its long texts; UnknownAccount where there is none."""
    wanted = select(*_ACCOUNT, *(accounts.c[name] for name in _LONG_TEXTS)).where(accounts.c.account_id == account_id)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise UnknownAccount(account_id)
    texts = {
        "signals": json.loads(row["signals"]),
        "brief": without_hidden(json.loads(row["brief"]), viewer),
        "alternatives": _alternatives(row, viewer),
    }
    return AccountDetail(**_account_values(row, viewer) | texts)


def _alternatives(row: RowMapping, viewer: Viewer) -> tuple[Alternative, ...]:
    """The actions weighed; where nothing is recommended, without what would tell a held-out account from others.

    There, what it would have got would stand out by its worth, or by needing no hours and yet not being done. As many
    are left of either arm: the plan names those that may be told.
    """
    stored: list[dict[str, Any]] = json.loads(row["alternatives"])["items"]
    may_read = [entry.pop("told", True) for entry in stored]
    weighed = [Alternative(**entry | {"why": _why_lost(entry, row, viewer)}) for entry in stored]
    if viewer.sees_holdout or row["why_not"] is None:
        return tuple(weighed)
    plain = [
        replace(other, effect=None, value=None)
        for other, seen in zip(weighed, may_read, strict=True)
        if seen and other.hours
    ]
    return tuple(sorted(plain[:SHOWN], key=lambda other: (not other.eligible, other.title or other.action)))


def list_accounts(
    connection: Connection, which: AccountFilter, viewer: Viewer, cursor: str | None, limit: int
) -> Page[Account]:
    """Accounts in force, highest on its list first."""
    rank = {None: accounts.c.best_rank, "help": accounts.c.help_rank, "expand": accounts.c.expand_rank}[which.motion]
    wanted = select(*_ACCOUNT, accounts.c.alternatives).where(*_which_accounts(which))
    listing = Listing(wanted, rank, accounts.c.account_id, f"accounts {which}")
    rows, goes_on = listing.page(connection, cursor, limit)
    items = tuple(Account(**_account_values(row, viewer)) for row in rows)
    return Page(items, goes_on, latest_as_of(connection))


def count_accounts(connection: Connection, which: AccountFilter) -> int:
    """How many accounts in force there are of that kind."""
    return connection.scalar(select(func.count()).select_from(accounts).where(*_which_accounts(which))) or 0


def segments(connection: Connection) -> list[str]:
    """The segments of accounts in force, in order."""
    wanted = select(accounts.c.segment).where(accounts.c.segment.is_not(None)).distinct()
    return sorted(text for text in connection.scalars(wanted) if text is not None)


def owners(connection: Connection) -> list[str]:
    """Who has accounts or recommendations, in order."""
    owned = select(accounts.c.owner).where(accounts.c.owner.is_not(None))
    return sorted(connection.scalars(owned.union(select(recommendations.c.owner))))


def get_recommendation(connection: Connection, recommendation_id: str, viewer: Viewer) -> Recommendation:
    """One recommendation; UnknownRecommendation where this viewer may not see one of that id."""
    wanted = select(*_RECOMMENDATION).where(
        recommendations.c.recommendation_id == recommendation_id, *_visible_to(viewer)
    )
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise UnknownRecommendation(recommendation_id)
    return _recommendation(row, viewer)


def list_recommendations(
    connection: Connection, which: RecommendationFilter, viewer: Viewer, cursor: str | None, limit: int
) -> Page[Recommendation]:
    """Recommendations, best first; or the oldest change first where `updated_since` is given."""
    table = recommendations
    order = table.c.position if which.updated_since is None else table.c.updated_at
    visible = _visible_to(viewer) if which.withheld else [table.c.shown]
    wanted = select(*_RECOMMENDATION, table.c.position).where(*visible, *_which_recommendations(which))
    listing = Listing(wanted, order, table.c.recommendation_id, f"recommendations {which}")
    rows, goes_on = listing.page(connection, cursor, limit)
    return Page(tuple(_recommendation(row, viewer) for row in rows), goes_on, latest_as_of(connection))


def _why_lost(weighed: dict[str, Any], account: RowMapping, viewer: Viewer) -> str | None:
    """Where nothing is recommended no action may look like the one that was chosen, not even the one withheld."""
    why = weighed["why"] or (None if account["why_not"] is None else WHY_NOT[NO_HOURS])
    return reason_why_not(why, viewer)


def _visible_to(viewer: Viewer) -> list[ColumnElement[bool]]:
    # What was decided but not shown (nothing to do, held out) is for those who may know the control group.
    return [] if viewer.sees_holdout else [recommendations.c.shown]


def _which_accounts(which: AccountFilter) -> list[ColumnElement[bool]]:
    conditions = _equal((accounts.c.owner, which.owner), (accounts.c.motion, which.motion))
    conditions += _equal((accounts.c.segment, which.segment))
    if which.ids:
        conditions.append(accounts.c.account_id.in_(which.ids))
    if which.search:
        part = which.search.lower()
        conditions.append(
            or_(
                func.lower(accounts.c.name).contains(part, autoescape=True),
                func.lower(accounts.c.account_id).contains(part, autoescape=True),
            )
        )
    return conditions


def _which_recommendations(which: RecommendationFilter) -> list[ColumnElement[bool]]:
    table = recommendations
    conditions = _equal(
        (table.c.account_id, which.account),
        (table.c.motion, which.motion),
        (table.c.segment, which.segment),
        (table.c.service_line, which.service_line),
    )
    if which.owner is not None:
        conditions.append(or_(table.c.owner == which.owner, table.c.handed_to == which.owner))
    if which.updated_since is not None:
        conditions.append(table.c.updated_at >= which.updated_since)
    if which.by_itself is not None:
        sent = func.coalesce(table.c.delivery, "") == SELF_SERVICE
        conditions.append(sent if which.by_itself else ~sent)
    statuses = which.status or (() if which.updated_since else RUNNING)
    if statuses:
        conditions.append(table.c.status.in_(statuses))
    return conditions


def _equal(*pairs: tuple[ColumnElement[Any], object]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _account_values(row: RowMapping, viewer: Viewer) -> dict[str, Any]:
    values = {c.name: row[c.name] for c in _ACCOUNT}
    return values | {
        "attributes": json.loads(row["attributes"]),
        "why_not": _why_not(row, viewer),
        "held_out": row["held_out"] if viewer.sees_holdout else None,
    }


def _why_not(row: RowMapping, viewer: Viewer) -> str | None:
    """The code of why nothing is recommended; to a rep what follows from the actions they may read of, in any arm."""
    if row["why_not"] is None or viewer.sees_holdout or not json.loads(row["alternatives"])["items"]:
        return reason_why_not(row["why_not"], viewer)
    visible = _alternatives(row, viewer)
    return told([other.why for other in visible], notice_given=bool(row["notice_given"]))


_ONLY_FOR_SCIENCE = ("shown", "why_not", "held_out", "propensity", "would_be")


def _reason(stored: dict[str, Any]) -> Reason:
    known: dict[str, Any] = {name: stored.get(name) for name in Reason.__dataclass_fields__}
    return Reason(**known)


def _recommendation(row: RowMapping, viewer: Viewer) -> Recommendation:
    values: dict[str, Any] = {c.name: row[c.name] for c in _RECOMMENDATION}
    values["reasons"] = tuple(_reason(reason) for reason in json.loads(row["reasons"]))
    for name in ("steps", "customer_steps"):
        values[name] = tuple(json.loads(row[name]))
    values["instead"] = None if row["instead"] is None else tuple(filter(None, row["instead"].split(";")))
    if not viewer.sees_holdout:
        values |= dict.fromkeys(_ONLY_FOR_SCIENCE)
    return Recommendation(**values)
