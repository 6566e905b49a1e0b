"""One row of any table of the contract, made up: ordinary values, and the odd ones that break formulas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import polars as pl

from consumption.features.made_up_words import Words
from consumption.tables import ATTRIBUTES, LAKE, RECEIVED_AT, TIMESTAMP, Column, Table

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
# Where windows begin, in days before the moment.
_EDGES = (0, 1, 7, 14, 28, 56, 84, 112, 168, 182, 364)
_QUANTITIES = (None, 1.0, 1.0, 2.5, 3.0, 0.1, 10.0, 0.0, -4.0, 1e15, float("nan"))
_AMOUNTS = (0.0, 0.1, 0.5, 1.0, 3.0, 10.0, 250.0, 99_999.99)


@dataclass(frozen=True)
class Place:
    """Where a row is made up: what is drawn from, the moment, the accounts, and the words there are."""

    draw: Random
    as_of: datetime
    ids: tuple[str, ...]
    words: Words

    def owners(self, table: Table) -> tuple[str, ...]:
        """Whose rows a table has: accounts (all but the first, which is silent), or one of nobody's."""
        if table.name == "accounts":
            return self.ids
        return self.ids[1:] if "account_id" in table.schema else self.ids[:1]


def draw_row(place: Place, table: Table, account: str, number: int) -> dict[str, object]:
    """The first version of the table's row of that number for an account."""
    row = {column.name: _value(place, table, column, account, number) for column in table.columns}
    row |= _OVERRIDES.get(table.name, _as_it_is)(place, row)
    row[RECEIVED_AT] = _received(place, row.get(table.happened or ""))
    if table.name == "accounts":
        row[ATTRIBUTES] = json.dumps({n: place.draw.choice(("paid", "free", "7", 3)) for n in place.words.attributes})
    return row


def later_version(place: Place, table: Table, row: Mapping[str, object], number: int) -> dict[str, object]:
    """Another version of a row: other values, received at another time; now and then of another account."""
    account = str(row.get("account_id") or place.ids[0])
    movable = "account_id" in table.schema and "account_id" not in table.key and len(place.ids) > 2
    if movable and not place.draw.randrange(5):
        account = place.draw.choice(place.ids[1:])
    version = draw_row(place, table, account, number)
    version |= {name: row[name] for name in table.key}
    version[RECEIVED_AT] = row[RECEIVED_AT] if not place.draw.randrange(4) else moment(place)
    return version


def moment(place: Place) -> datetime:
    """A time before, at or after the moment: recent most often, on the edge of a window now and then."""
    kind = place.draw.randrange(10)
    if kind == 0:
        edge = place.as_of - place.draw.choice(_EDGES) * _DAY
        return edge + place.draw.choice((-1, 0, 0, 1)) * _INSTANT
    if kind == 1:
        return place.as_of + place.draw.choice((0, 0, 1, 20)) * _DAY + place.draw.choice((0, 1)) * _INSTANT
    back = place.draw.randrange(56 if kind < 7 else 500) * _DAY
    return place.as_of - back - timedelta(minutes=place.draw.choice((1, 300, 719, 1440)))


def _value(place: Place, table: Table, column: Column, account: str, number: int) -> object:
    draw = place.draw
    if column.name == "account_id":
        return account
    if column.name in table.key and column.dtype == pl.String() and not column.one_of:
        return _key(place, table, column, account, number)
    if not column.required and not draw.randrange(4):
        return None
    if column.one_of:
        return draw.choice(column.one_of)
    return _BY_TYPE[column.dtype](place, column, account)


def _key(place: Place, table: Table, column: Column, account: str, number: int) -> str | None:
    if table.optional_key:
        return None
    if words := place.words.of.get(column.name):
        return words[number % len(words)]
    return f"{account}-{table.name}-{number}"


def _text(place: Place, column: Column, account: str) -> object:
    draw, of = place.draw, place.words.of
    if column.name in of:
        return draw.choice(of[column.name])
    if column.name in {"parent_id", "merged_into"}:
        return draw.choice(place.ids[1:]) if account != place.ids[0] and not draw.randrange(8) else None
    if column.name.endswith("_features"):
        return draw.choice(("; ", ";")).join(draw.sample(of["event"], draw.randrange(1, len(of["event"]) + 1)))
    if column.name == "complements":
        return ";".join(of["product"][: draw.randrange(1, 3)])
    table = column.name.removesuffix("_id") + "s"
    return f"{account}-{table}-{draw.randrange(3)}" if table in LAKE else f"{column.name[0]}{draw.randrange(3)}"


def _number(place: Place, column: Column, _account: str) -> object:
    if column.name == "score":
        return float(place.draw.randrange(11))
    return place.draw.choice(_AMOUNTS)


def _whole(place: Place, column: Column, _account: str) -> object:
    return place.draw.randrange(1, 5) if column.name == "severity" else place.draw.choice((0, 1, 30, 90))


def _date(place: Place, _column: Column, _account: str) -> object:
    return moment(place).date()


_BY_TYPE: Mapping[pl.DataType, Callable[[Place, Column, str], object]] = {
    pl.String(): _text,
    pl.Float64(): _number,
    pl.Int64(): _whole,
    pl.Date(): _date,
    TIMESTAMP: lambda place, _column, _account: moment(place),
    pl.Boolean(): lambda place, _column, _account: bool(place.draw.randrange(2)),
}


def _received(place: Place, own: object) -> datetime | None:
    """When a row became known: mostly as its table says, at times later, or before the time it claims (a clock)."""
    if place.draw.randrange(4) or not isinstance(own, datetime | None):
        return None
    return moment(place) if own is None else own + place.draw.choice((-30, 0, 1, 5, 40)) * _DAY


def _as_it_is(_place: Place, _row: dict[str, object]) -> dict[str, object]:
    return {}


def _account(place: Place, _row: dict[str, object]) -> dict[str, object]:
    """Most have lived a while; some begin inside a window, some after the moment. Most are peers."""
    age = place.draw.choice((900, 900, 400, 400, 200, 100, 40, 10, 1, 0, -5))
    created = place.as_of - age * _DAY - place.draw.choice((0, 1, 3_600_000_000)) * _INSTANT
    usual = {} if not place.draw.randrange(4) else {"segment": "small", "kind": "customer"}
    return {"created_at": created, **usual}


def _contract(place: Place, _row: dict[str, object]) -> dict[str, object]:
    """Terms that begin before, at and after the moment; some stop early, some on the very day."""
    starts = place.as_of.date() - place.draw.choice((700, 365, 300, 300, 90, 90, 28, 1, 0, -1, -60)) * _DAY
    ends = starts + place.draw.choice((30, 90, 365, 365, 366, 730)) * _DAY
    ended = starts + place.draw.randrange((ends - starts).days) * _DAY if not place.draw.randrange(6) else None
    ended = place.as_of.date() if ended and ended > starts and not place.draw.randrange(3) else ended
    notice = _near(place, ends) if not place.draw.randrange(3) else None
    usual = {} if not place.draw.randrange(3) else {"product": place.words.of["product"][0], "kind": None}
    return {"starts_on": starts, "ends_on": ends, "ended_on": ended, "notice_given_on": notice, **usual}


def _near(place: Place, ends: date) -> date:
    return place.draw.choice((ends - 30 * _DAY, place.as_of.date() - _DAY, place.as_of.date(), ends))


def _event(place: Place, _row: dict[str, object]) -> dict[str, object]:
    return {"quantity": place.draw.choice(_QUANTITIES)}


def _interaction(place: Place, row: dict[str, object]) -> dict[str, object]:
    usual: dict[str, object] = {} if place.draw.randrange(3) else {"channel": "survey"}
    began = row["timestamp"]
    if row["closed_at"] is None or not isinstance(began, datetime):
        return usual
    return usual | {"closed_at": max(began, place.draw.choice((place.as_of, moment(place), began + 2 * _DAY)))}


_OVERRIDES: Mapping[str, Callable[[Place, dict[str, object]], dict[str, object]]] = {
    "accounts": _account,
    "contracts": _contract,
    "events": _event,
    "interactions": _interaction,
}
