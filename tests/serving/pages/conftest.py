"""The sample week, published, and the service on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store
from tests.serving.pages.week import midnight, publication

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def options(now: datetime = NOW, *, look_as: bool = True) -> AppOptions:
    """Of a demo on one machine."""
    return AppOptions(session_secret="for tests only", look_as=look_as, on_loopback=True, clock=lambda: now)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The week, published on the morning of NOW."""
    found = Store.open(f"sqlite:///{tmp_path / 'consumption.db'}")
    found.publish(publication(midnight(NOW.date())))
    yield found
    found.close()


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    """Nothing published."""
    found = Store.open(f"sqlite:///{tmp_path / 'empty.db'}")
    yield found
    found.close()


def client(store: Store, now: datetime = NOW, *, look_as: bool = True) -> TestClient:
    """A browser without JavaScript, on the machine of the demo."""
    app = build_app(store, options(now, look_as=look_as))
    return TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000), headers=OWN)


OWN = {"Origin": "http://127.0.0.1:8000"}
Seen = Callable[..., TestClient]


@pytest.fixture
def seen_by(store: Store) -> Seen:
    """A client that looks as somebody of the team, at NOW or some days later."""

    def look(email: str, *, days: int = 0) -> TestClient:
        found = client(store, NOW + timedelta(days=days))
        found.post("/look-as", data={"email": email})
        return found

    return look
