"""Where a list goes on: an opaque text that only fits the list it was made for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from consumption.errors import ConsumptionError


class WrongCursor(ConsumptionError):
    """A cursor was changed, or belongs to another list."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            problem="this cursor does not belong to this list",
            remedy="send next_cursor of the page before with the same filters, or none to begin again",
        )


@dataclass(frozen=True)
class Cursor:
    """The sort key and the id of the last item seen."""

    key: int | str
    id: str

    def encode(self, made_for: str) -> str:
        """As a text; `made_for` names the list and its filters."""
        body = json.dumps([self.key, self.id], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_seal(body, made_for) + body).decode().rstrip("=")

    @staticmethod
    def decode(text: str, made_for: str) -> Cursor:
        """The cursor in a text; WrongCursor where it was not made for this list."""
        try:
            raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise WrongCursor from None
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if seal != _seal(body, made_for):
            raise WrongCursor
        key, identity = json.loads(body)
        return Cursor(key, identity)


_SEAL = 8


def _seal(body: bytes, made_for: str) -> bytes:
    # No secret: a cursor grants nothing that the filters do not. The seal tells a wrong one from a right one.
    return hashlib.blake2b(made_for.encode() + b"\0" + body, digest_size=_SEAL).digest()
