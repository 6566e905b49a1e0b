"""A list that is read page by page, by key and never by offset, so that it stays quick at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, or_

from consumption.store.cursors import Cursor


@dataclass(frozen=True)
class Listing:
    """What is selected, in which order, ties by identity; `made_for` names the list and its filters."""

    wanted: Select[Any]
    order: ColumnElement[Any]
    identity: ColumnElement[str]
    made_for: str

    def page(self, connection: Connection, cursor: str | None, limit: int) -> tuple[Sequence[RowMapping], str | None]:
        """Up to `limit` rows after the cursor, and the cursor after them where there are more."""
        wanted = self.wanted.order_by(self.order, self.identity).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(self._after(Cursor.decode(cursor, self.made_for)))
        found = connection.execute(wanted).mappings().all()
        rows = found[:limit]
        return rows, self._goes_on(rows[-1]) if len(found) > limit else None

    def _after(self, cursor: Cursor) -> ColumnElement[bool]:
        key = datetime.fromisoformat(cursor.key) if isinstance(cursor.key, str) else cursor.key
        return or_(self.order > key, and_(self.order == key, self.identity > cursor.id))

    def _goes_on(self, last: RowMapping) -> str:
        key = last[self.order]
        text = key.isoformat() if isinstance(key, datetime) else key
        return Cursor(text, last[self.identity]).encode(self.made_for)
