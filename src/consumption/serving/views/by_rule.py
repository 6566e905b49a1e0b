"""That a rule ranks and no model yet, and why, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumption.serving import words
from consumption.store.records import Plan

_SAID = re.compile(r"^The rule ranks([:,]) (.+)$")
_LEARNS = "a model that learns"
_WHAT = {"help": " of who needs help", "expand": " of who may grow"}


def by_rule(plan: Plan, motion: str | None = None) -> str:
    """A sentence or two; empty where a model ranks: of one motion, or of either where none is named."""
    told = plan.summary.get("by_rule")
    notes = {str(name): str(note) for name, note in told.items()} if isinstance(told, Mapping) else {}
    named = [motion] if motion else ["help", "expand"]
    found = next((notes[name] for name in named if name in notes), "")
    if not found:
        return ""
    what = "" if motion or len(notes) > 1 else _WHAT.get(next(iter(notes)), "")
    order = f"A simple rule makes the order{what}"
    told_why = _SAID.match(found.replace("LightGBM", _LEARNS))
    if told_why is None:
        return f"{order}."
    how, why = told_why.groups()
    return words.sentence(f"{order}, {why}") if how == "," else f"{order}. {words.sentence(why)}"
