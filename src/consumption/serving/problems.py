"""Errors as the service tells them: RFC 9457 problems that say what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from consumption.errors import ConsumptionError
from consumption.serving.auth import NotSignedIn

MEDIA_TYPE = "application/problem+json"
SIGN_IN = "/sign-in"

_REMEDIES = {
    400: "send valid JSON",
    404: "see /openapi.json for what there is",
    405: "see /openapi.json for the methods of this path",
    413: "send less at once",
    415: "send JSON, and Content-Type: application/json",
}


class NotModified(Exception):
    """The caller's copy is still good."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = headers


class WrongField(BaseModel):
    """One part of a request that cannot be used."""

    field: str = Field(description="Where: body.until, query.limit.")
    problem: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    type: str = Field(description="Names the kind of problem.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    remedy: str = Field(description="What to do about it.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="Name it when you ask for help.")
    errors: list[WrongField] | SkipJsonSchema[None] = Field(
        None, description="The fields that are wrong, if it is they."
    )


# What any route but the open ones may answer, for the description of the API.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be understood."},
    401: {"model": Problem, "description": "No key and no session, or one that opens nothing."},
    403: {"model": Problem, "description": "The key or the person may not do this."},
    404: {"model": Problem, "description": "There is no such thing."},
    409: {"model": Problem, "description": "It is too late for that, or an Idempotency-Key was used twice."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "Fields are wrong or missing."},
    500: {"model": Problem, "description": "Something failed that should not have."},
}


def add_problems(app: FastAPI) -> None:
    """Every error of the service becomes a problem."""
    app.add_exception_handler(ConsumptionError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(Exception, _of_surprise)


def is_api(request: Request) -> bool:
    """Whether a program asks, and not somebody's browser for a page."""
    return request.url.path.startswith("/v1")


def _of_ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, ConsumptionError):
        raise error
    if isinstance(error, NotSignedIn) and not is_api(request):
        return RedirectResponse(SIGN_IN, status_code=303)
    name = type(error).__name__
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    return _respond(request, error.status, words, error.problem, error.remedy)


def _of_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # An optional field has a second branch, "or absent", and so a second complaint that helps nobody.
    wrong = [found for found in error.errors() if found["type"] != "none_required"]
    fields = [WrongField(field=_place(found["loc"]), problem=found["msg"]) for found in wrong]
    detail = "; ".join(f"{field.field}: {field.problem}" for field in fields)
    remedy = "correct these fields; /openapi.json describes them"
    return _respond(request, 422, "Wrong fields", detail, remedy, errors=fields)


def _place(parts: Sequence[str | int]) -> str:
    """Part of the request, field, and place in a list; the rest names branches of our own types."""
    return ".".join([str(part) for part in parts[:2]] + [str(part) for part in parts[2:] if isinstance(part, int)])


def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    remedy = _REMEDIES.get(status, "see /openapi.json")
    # Starlette's own detail is the status in words; ours says what was asked for.
    detail = f"{request.method} {request.url.path}: {error.detail}"
    answer = _respond(request, status, status.phrase.capitalize(), detail, remedy)
    answer.headers.update(error.headers or {})
    return answer


def _of_surprise(request: Request, _error: Exception) -> Response:
    remedy = "try again; if it stays, look for the request id in the server's log"
    return _respond(request, 500, "Internal error", "something failed that should not have", remedy)


def _not_modified(_request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, NotModified) else {}
    return Response(status_code=304, headers=dict(headers))


def _respond(
    request: Request, status: int, title: str, detail: str, remedy: str, *, errors: list[WrongField] | None = None
) -> Response:
    problem = Problem(
        type=f"urn:consumption:problem:{title.lower().replace(' ', '-')}",
        title=title,
        status=status,
        detail=detail,
        remedy=remedy,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
        errors=errors,
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)
