"""How a database is opened: SQLite and PostgreSQL, each with the settings that make it safe here."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from consumption.errors import ConsumptionError

_PATIENCE_SECONDS = 30
WRITING = "consumption_writing"


class WrongStoreUrl(ConsumptionError):
    """The URL of the store names no database we can open."""

    status = 500

    def __init__(self, url: str) -> None:
        super().__init__(
            problem=f"the store's URL {url!r} is neither SQLite nor PostgreSQL",
            remedy="write sqlite:///path/to/consumption.db or postgresql+psycopg://user@host/name",
        )


def open_engine(url: str) -> Engine:
    """An engine for the URL; WrongStoreUrl where there is none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise WrongStoreUrl(url) from None
    dialect = parsed.get_backend_name()
    if dialect == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if dialect != "sqlite":
        raise WrongStoreUrl(parsed.render_as_string(hide_password=True))
    if parsed.database not in {None, "", ":memory:"}:
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _PATIENCE_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if parsed.database not in {None, "", ":memory:"}:
        # A new file is told once to keep a write-ahead log; programs that did so at the same moment would collide.
        with FileLock(f"{parsed.database}.lock", timeout=_PATIENCE_SECONDS), engine.connect():
            pass
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Python's driver would begin a transaction only before a write; we say ourselves when one begins.
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its turn at once: one that read first and wrote later could fail half-way.
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
