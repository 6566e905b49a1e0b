"""What routes ask for: the store, the time, and whoever is asking, with what they may do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from consumption.serving.auth import NotAllowed, NotSignedIn, Sessions, check_same_origin, viewer_of_key
from consumption.serving.options import AppOptions
from consumption.serving.problems import NotModified
from consumption.store.sql import Store
from consumption.store.viewer import Viewer

_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key: Bearer csk_...")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="apiKey", description="An API key: csk_...")


def the_store(request: Request) -> Store:
    """The store that the service was built on."""
    store: Store = request.app.state.store
    return store


def the_options(request: Request) -> AppOptions:
    """The options that the service was built with."""
    options: AppOptions = request.app.state.options
    return options


TheStore = Annotated[Store, Depends(the_store)]
TheOptions = Annotated[AppOptions, Depends(the_options)]


def the_time(options: TheOptions) -> datetime:
    """The moment it is, by the service's clock."""
    return options.clock()


def the_request_id(request: Request) -> str:
    """The id of this request."""
    return str(request.state.request_id)


def the_sessions(store: TheStore, options: TheOptions) -> Sessions:
    """Browser sessions."""
    return Sessions(store, options)


Now = Annotated[datetime, Depends(the_time)]
RequestId = Annotated[str, Depends(the_request_id)]
TheSessions = Annotated[Sessions, Depends(the_sessions)]


def the_key(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> str | None:
    """The API key that the request carries; None where it carries none."""
    return bearer.credentials if bearer else header


def who_is_asking(
    request: Request, store: TheStore, sessions: TheSessions, now: Now, key: Annotated[str | None, Depends(the_key)]
) -> Viewer:
    """By key or by session; NotSignedIn where there is neither, KeyRefused for a key that opens nothing."""
    return viewer_of_key(store.verify_key(key, now), store) if key else signed_in(request, sessions)


def signed_in(request: Request, sessions: TheSessions) -> Viewer:
    """Whoever the browser's session names; NotSignedIn where there is none, NotAllowed from another site's page."""
    viewer = sessions.viewer(request)
    if viewer is None:
        raise NotSignedIn
    check_same_origin(request)
    return viewer


def _holding(scope: str) -> Callable[[Viewer], Viewer]:
    def holds(viewer: Annotated[Viewer, Depends(who_is_asking)]) -> Viewer:
        if not viewer.may(scope):
            raise NotAllowed(
                f"this needs the scope {scope}, and {viewer.name} does not hold it",
                f"use a key with it (consumption keys create --scope {scope})",
            )
        return viewer

    return holds


CanRead = Annotated[Viewer, Depends(_holding("read"))]
CanRespond = Annotated[Viewer, Depends(_holding("respond"))]
SignedIn = Annotated[Viewer, Depends(signed_in)]
SameOrigin = Depends(check_same_origin)


def unchanged(request: Request, response: Response, store: TheStore, reader: CanRead) -> None:
    """Answers 304 to a caller whose copy is still good: nothing was published or answered since."""
    seen = "\n".join((request.app.version, store.state(), str(request.url), reader.role, reader.email))
    headers = {
        "ETag": f'W/"{hashlib.blake2b(seen.encode(), digest_size=12).hexdigest()}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, X-API-Key, Cookie",
    }
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        raise NotModified(headers)
    response.headers.update(headers)


CanBeCached = Depends(unchanged)
