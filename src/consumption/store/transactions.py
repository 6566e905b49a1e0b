"""A database of which every method is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from consumption.store.engine import WRITING


class Transactions:
    """Hands out a connection for one transaction: committed at its end, or as if it had never been."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # One moment for all selects of a method, even while a publication arrives.
        level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reader = engine.execution_options(**level)
        self._writer = engine.execution_options(**{WRITING: True})

    def close(self) -> None:
        """Gives up every connection."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._writer.begin() as connection:
            yield connection
