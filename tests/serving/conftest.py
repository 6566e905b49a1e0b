"""A service on a small published book, and keys to ask it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.store.book import NOON, publication

Asking = Callable[..., TestClient]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Store]:
    """Monday's plan, published."""
    opened = Store.open(f"sqlite:///{tmp_path / 'consumption.db'}")
    opened.publish(publication())
    yield opened
    opened.close()


@pytest.fixture
def asking(book: Store) -> Asking:
    """A client with a key of its own; without scopes, one with no key at all."""
    app = build_app(book, AppOptions(session_secret="for tests only", clock=lambda: NOON))

    def client(*scopes: str, person: str | None = None) -> TestClient:
        if not scopes:
            return TestClient(app, raise_server_exceptions=False)
        secret = book.create_key("crm", scopes, NOON, person=person).secret
        return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)

    return client
