"""The service: API, pages and static files on one store."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from consumption.config import Workspace
from consumption.serving import api, openapi, pages
from consumption.serving.auth import is_loopback, session_secret
from consumption.serving.guards import Guards
from consumption.serving.options import AppOptions
from consumption.serving.problems import add_problems
from consumption.serving.server import HOST_VARIABLE, WORKSPACE_VARIABLE
from consumption.store.sql import Store

SESSION_FILE = ".session-secret"
_STATIC = Path(__file__).parent / "static"


def from_environment() -> FastAPI:
    """The service of the workspace that the environment names; what the server's workers call."""
    return create_app(Path(os.environ[WORKSPACE_VARIABLE]), host=os.environ.get(HOST_VARIABLE, ""))


def create_app(workspace_root: Path, *, host: str = "") -> FastAPI:
    """The service of a workspace, listening on `host`; NotAWorkspace, WrongSetting or WrongStoreUrl if it cannot."""
    workspace = Workspace.open(workspace_root)
    settings = workspace.settings.serving
    options = AppOptions(
        session_secret=session_secret(workspace.root / SESSION_FILE),
        look_as=settings.look_as,
        on_loopback=is_loopback(host),
        stale_after=timedelta(days=settings.stale_days),
    )
    return build_app(Store.open(workspace.store_url), options)


def build_app(store: Store, options: AppOptions) -> FastAPI:
    """The service on an open store, which it closes at its end."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title="consumption",
        version=version("consumption"),
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.store = store
    app.state.options = options
    app.add_middleware(Guards)
    add_problems(app)
    app.include_router(api.open_router)
    app.include_router(api.router)
    app.include_router(pages.router)
    _describe(app)
    app.mount("/static", StaticFiles(directory=_STATIC, packages=[("js_lib_htmx", "static")]), name="static")
    return app


def _describe(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def openapi_document() -> JSONResponse:
        return JSONResponse(openapi.describe(app))

    # FastAPI's own /docs loads its scripts from elsewhere, which our pages never do.
    @app.get("/docs", include_in_schema=False)
    def docs() -> RedirectResponse:
        return RedirectResponse("/openapi.json", status_code=303)
