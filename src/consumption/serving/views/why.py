"""Why something is not on the list, in plain words."""

from __future__ import annotations

import re

from consumption.actions.why import HELD_OUT, NO_HOURS, WHY_NOT
from consumption.serving import words
from consumption.serving.views.conditions import in_words
from consumption.store.records import Plan

UNFIT = "It does not fit this account now."
# As the plan writes it for engineers: the expression itself, and perhaps a vendor.
_CONDITION = re.compile(r"^Its condition does not hold: (.*?)(?:; or it owns no product of (.+))?$", re.DOTALL)
_CODE = re.compile(r"[<>=]|[a-z]_[a-z0-9]")


def why_not(code: str | None) -> str:
    """Why nothing is recommended for an account; a sentence stays as it is, and no code reads like no hours.

    The store hands out `held_out` only to those who may know of it.
    """
    if code == HELD_OUT:
        return "Held out: it belongs to the control group."
    if not code:
        return words.sentence(WHY_NOT[NO_HOURS])
    return words.sentence(WHY_NOT.get(code) or (code if " " in code else words.titled(code)))


def why_not_this(why: str | None, plan: Plan) -> str:
    """Why one action lost, as the plan says it; a condition of the catalogue in the words for its signals."""
    unfit = _CONDITION.match(why or "")
    if unfit is not None:
        return _asked(unfit[1], unfit[2], plan)
    if why and why not in WHY_NOT and _CODE.search(why):
        return UNFIT
    return why_not(why)


def _asked(condition: str, vendor: str | None, plan: Plan) -> str:
    asked = in_words(condition, {text.name: text for text in plan.signals}, plan.currency)
    if vendor:
        asked = f"{asked}, and a product of {vendor}" if asked else f"a product of {vendor}, among others"
    return f"{UNFIT} It needs: {asked}." if asked else UNFIT
