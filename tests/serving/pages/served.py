"""The service that the browser tests visit, in a process of its own."""

from __future__ import annotations

import os

from fastapi import FastAPI

from consumption.serving.app import build_app
from consumption.serving.options import AppOptions
from consumption.store.sql import Store

STORE_VARIABLE = "PAGES_STORE"


def app() -> FastAPI:
    """On the store that the environment names, by the real clock."""
    options = AppOptions(session_secret="for tests only", look_as=True, on_loopback=True)
    return build_app(Store.open(os.environ[STORE_VARIABLE]), options)
