"""Pages as HTML: one template a view."""

from __future__ import annotations

from functools import lru_cache

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

# What a page shows is one person's; a shared machine's cache is none of its places.
HEADERS = {"Cache-Control": "private, no-store"}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("consumption.serving", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def page(template: str, *, status: int = 200, **views: object) -> HTMLResponse:
    """A template filled with its views, as a response that stays out of caches."""
    html = _environment().get_template(template).render(announce=False, **views)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def fragment(template: str, **views: object) -> HTMLResponse:
    """A part of a page that replaces itself; it also says what happened to those who listen."""
    html = _environment().get_template(template).render(announce=True, **views)
    return HTMLResponse(html, headers=HEADERS)
