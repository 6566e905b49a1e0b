"""The description of the API, kept so plain that generators of every host can read it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from consumption.serving.problems import MEDIA_TYPE

ABOUT = """What customers use of what they bought, which accounts need help or are ready to grow, and what to do next.

Send an API key as `Authorization: Bearer csk_...` or `X-API-Key`. Fields that are not known are left out. Errors are
problems (RFC 9457) whose `remedy` says what to do."""


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of /v1, made once, with problems under their own media type."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
        for operations in document["paths"].values():
            for operation in operations.values():
                _name_problems(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _name_problems(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= "400" and "application/json" in response.get("content", {}):
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
