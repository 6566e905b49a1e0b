"""Where a page leads back to: the list or the account one came from, and never another site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

TODAY = "/today"
# Our own pages, whole: nothing in it that a browser would read as another host.
_OURS = re.compile(r"/(?:today|accounts/[^/\\\s?#]+)(?:\?[^\s\\#]*)?")
_CARD = re.compile(r"/recommendations/([^/]+)/answer")
_OF_ACCOUNT = re.compile(r"(/accounts/[^/\\\s?#]+)/.+")


@dataclass(frozen=True)
class WayBack:
    """A link and its words."""

    url: str = TODAY
    words: str = "To the week's list"


def own_page(address: str) -> str:
    """The address where it is a page of ours, without its host; else empty."""
    return address if _OURS.fullmatch(address) else ""


async def way_back(request: Request) -> WayBack:
    """To the page that the form or the browser names, and the card on it; else to the account the address is of."""
    path = request.url.path
    here = await _said_by_form(request) or _said_by_browser(request) or _of_account(path)
    if not here or here == path:
        return WayBack()
    card = _CARD.fullmatch(path)
    place = f"#r-{card[1]}" if card else ""
    words = "Back to the account" if here.startswith("/accounts/") else "Back to the list"
    return WayBack(f"{here}{place}", words)


async def _said_by_form(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    return own_page(str((await request.form()).get("back", "")))


def _said_by_browser(request: Request) -> str:
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # A host that is none; whoever sent it gets the page all the same.
        return ""
    if came.netloc != request.headers.get("host"):
        return ""
    return own_page(f"{came.path}?{came.query}" if came.query else came.path)


def _of_account(path: str) -> str:
    found = _OF_ACCOUNT.fullmatch(path)
    return own_page(found[1]) if found else ""
