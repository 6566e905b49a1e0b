"""Why something is not on the list, in plain words."""

from __future__ import annotations

import re

from consumption.actions.why import HELD_OUT, NO_HOURS, WHY_NOT
from consumption.serving import words

_CODE = re.compile(r"[<>=]|[a-z]_[a-z0-9].* ")


def why_not(code: str | None) -> str:
    """Why nothing is recommended for an account; a sentence stays as it is, and no code reads like no hours.

    The store hands out `held_out` only to those who may know of it.
    """
    if code == HELD_OUT:
        return "Held out: it belongs to the control group."
    return why_not_this(code)


def why_not_this(why: str | None) -> str:
    """Why one action lost, as the plan says it; a condition of the catalogue is no sentence for a rep."""
    if why and _CODE.search(why):
        return "It does not fit this account now."
    if not why:
        return words.sentence(WHY_NOT[NO_HOURS])
    return words.sentence(WHY_NOT.get(why) or (why if " " in why else words.titled(why)))
