"""The section `[webhook]`: to whom what nobody carries out is sent."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from consumption.config.sections import Section


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _can_be_asked(url: str, parts: SplitResult) -> None:
    """ValueError for what no request can be made of, or what holds what belongs in no file."""
    if not url.isprintable() or any(sign.isspace() for sign in url):
        raise ValueError("an address has no blanks, and nothing that cannot be seen")
    if "@" in parts.netloc:
        raise ValueError("no user and no password here: files are copied; the secret of the environment signs events")
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError:
        raise ValueError("no host has such a name: each part has 1 to 63 signs") from None
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("a port is a number from 1 to 65535")


def _read_by_nobody_else(url: str) -> str:
    """The address as it is; ValueError for one on the way to which others could read what is sent."""
    parts = urlsplit(url)
    _can_be_asked(url, parts)
    if not url or (parts.scheme == "https" and parts.hostname):
        return url
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return url
    raise ValueError("events leave encrypted: write https://..., or http://127.0.0.1:PORT for this machine alone")


class Webhook(Section):
    """Where self-service actions are sent; the secret that signs them stands in the environment, never here."""

    url: Annotated[str, AfterValidator(_read_by_nobody_else)] = Field(
        "", description="https address that self-service actions are sent to; empty: none"
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        10, description="how long one try waits for the receiver"
    )
    tries: Annotated[int, Field(ge=1, le=10)] = Field(3, description="of one event in one run; the next run goes on")
    source: Annotated[str, Field(pattern=r"^\S+$")] = Field(
        "consumption", description="who sends, as events say it; another for each workspace"
    )
