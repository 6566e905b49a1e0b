"""API keys: made at random, stored as digests, checked in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from consumption.errors import ConsumptionError
from consumption.store.schema import api_keys
from consumption.store.viewer import SCOPES


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret, which nobody can show again."""

    key_id: str
    name: str
    scopes: frozenset[str]
    person: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class NewKey:
    """A key that was just made; `secret` is shown this once."""

    key: ApiKey
    secret: str


# csk_, eight hexadecimal digits that name the key, and 32 random bytes. A secret of that entropy needs no slow hash.
_KEY = re.compile(r"csk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NOTED_EVERY = timedelta(minutes=1)


class KeyRefused(ConsumptionError):
    """A key is unknown, revoked or past its end."""

    status = 401

    def __init__(self, why: str) -> None:
        super().__init__(
            problem=f"this API key {why}", remedy="ask whoever runs the workspace for one (consumption keys create)"
        )


class UnknownScope(ConsumptionError):
    """A key was asked for with a scope that does not exist."""

    status = 422


class UnknownKey(ConsumptionError):
    """There is no key of that id."""

    status = 404


def create(
    connection: Connection,
    name: str,
    scopes: Collection[str],
    at: datetime,
    *,
    person: str | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """A new key with its secret; UnknownScope for a scope that does not exist, or none at all."""
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise UnknownScope(
            f"no such scope: {', '.join(wrong)}" if wrong else "a key without a scope opens nothing",
            f"choose from {', '.join(SCOPES)}",
        )
    key_id = secrets.token_hex(4)
    secret = f"csk_{key_id}_{secrets.token_urlsafe(32)}"
    connection.execute(
        insert(api_keys).values(
            key_id=key_id,
            name=name,
            digest=_digest(secret),
            scopes=" ".join(sorted(scopes)),
            person=person,
            created_at=at,
            expires_at=expires_at,
        )
    )
    key = ApiKey(key_id, name, frozenset(scopes), person, at, expires_at, None, None)
    return NewKey(key, secret)


def list_keys(connection: Connection) -> list[ApiKey]:
    """Every key there ever was, oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
    return [_key(row) for row in rows.mappings()]


def find(connection: Connection, key_id: str, at: datetime) -> ApiKey | None:
    """A key that opens at that moment; None where it does not."""
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).mappings().first()
    return None if row is None or _closed(row, at) else _key(row)


def revoke(connection: Connection, key_id: str, at: datetime) -> None:
    """From now on the key opens nothing; revoked again, it keeps its first date. UnknownKey if there is none."""
    found = connection.scalar(select(api_keys.c.key_id).where(api_keys.c.key_id == key_id))
    if found is None:
        raise UnknownKey(f"there is no key {key_id!r}", "list them with consumption keys list")
    connection.execute(
        update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
    )


def verify(connection: Connection, secret: str, at: datetime) -> ApiKey:
    """The key of that secret; KeyRefused where it opens nothing."""
    shape = _KEY.fullmatch(secret)
    if shape is None:
        raise KeyRefused("is not one of ours")
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == shape[1])).mappings().first()
    # Compared even where there is no such key, so that the time taken does not tell.
    if not hmac.compare_digest(_digest(secret), row["digest"] if row else "") or row is None:
        raise KeyRefused("is not one of ours")
    why = _closed(row, at)
    if why:
        raise KeyRefused(why)
    return _key(row)


def to_be_noted(key: ApiKey, at: datetime) -> bool:
    """Whether a use is worth writing down: not every request, or reading would cost a write."""
    return key.last_used_at is None or at - key.last_used_at >= _NOTED_EVERY


def note_use(connection: Connection, key_id: str, at: datetime) -> None:
    """When the key was last used."""
    connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=at))


def _closed(row: RowMapping, at: datetime) -> str | None:
    if row["revoked_at"] is not None:
        return "was revoked"
    if row["expires_at"] is not None and row["expires_at"] <= at:
        return f"ended on {row['expires_at'].date()}"
    return None


def _key(row: RowMapping) -> ApiKey:
    values = {name: row[name] for name in ApiKey.__dataclass_fields__}
    return ApiKey(**values | {"scopes": frozenset(row["scopes"].split())})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
