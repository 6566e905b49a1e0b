"""What is wrong with an entry of `actions.toml`: each mistake in a sentence, with the key it stands at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from consumption.actions.conditions import condition
from consumption.actions.terms import CHOICES, NONE
from consumption.actions.wording import did_you_mean
from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import OUTCOMES

KINDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "title": (str,),
    "motion": (str,),
    "service_line": (str,),
    "hours": (int, float),
    "eligible": (str,),
    "steps": (list,),
    "skill": (str,),
    "delivery": (str,),
    "funding": (str,),
    "cost": (int, float),
    "cooldown_days": (int,),
    "customer_steps": (list,),
    "mandatory": (bool,),
    "goals": (list,),
    "travel_hours": (int, float),
    "contact_gap_days": (int,),
    "vendor": (str,),
    "sponsored_until": (date,),
    "prior": (list,),
}
REQUIRED = ("id", "title", "motion", "service_line", "hours", "eligible", "steps")


def problems_of(entry: Mapping[str, Any], columns: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each problem of one entry: the key it stands at, and the sentence."""
    for key in REQUIRED:
        if key not in entry:
            yield "", f"{key} is missing"
    for key, value in entry.items():
        if key not in KINDS:
            yield key, f"unknown key {key}{did_you_mean(key, KINDS)}"
        elif not isinstance(value, KINDS[key]) or (isinstance(value, bool) and bool not in KINDS[key]):
            yield key, f"{key} is {value!r}, which is no {_plain(KINDS[key])}"
        else:
            yield from ((key, what) for what in _wrong_value(key, value, columns))
    yield from _at_odds(entry)


def _at_odds(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is right by itself and wrong together."""
    delivery = entry.get("delivery", "remote")
    if entry.get("travel_hours") and delivery != "on_site":
        yield "travel_hours", f"travel_hours without a journey: delivery is {delivery}; only on_site has one"
    if delivery == "self_service" and entry.get("hours"):
        yield "hours", "hours of our people for self_service, which runs by itself: write hours = 0, and its cost"


def _plain(kinds: tuple[type, ...]) -> str:
    words = {str: "text", int: "whole number", float: "number", list: "list", bool: "true or false", date: "date"}
    return words[kinds[-1]]


def _wrong_value(key: str, value: Any, columns: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    """What is wrong with a value of the right type."""
    if key in CHOICES and value not in CHOICES[key]:
        yield f"{key} is {value!r}{did_you_mean(value, CHOICES[key])}; it is one of {', '.join(CHOICES[key])}"
    elif key in {"hours", "cost", "cooldown_days", "travel_hours", "contact_gap_days"} and not 0 <= value < float(
        "inf"
    ):
        yield f"{key} is {value}; it is zero or more"
    elif key == "id" and (value == NONE or not value.isidentifier()):
        yield f"id is {value!r}; use letters, digits and _; {NONE} (do nothing) is always there"
    elif key in {"steps", "customer_steps", "goals"} and not all(isinstance(step, str) for step in value):
        yield f"{key}: every one is a text"
    elif key == "steps" and not value:
        yield "steps: say what the rep does, in 3 to 5 steps"
    elif key == "eligible":
        problem = condition(value, columns).problem
        if problem:
            yield problem
    elif key == "prior":
        for prior in value:
            yield from _wrong_prior(prior)


def _wrong_prior(prior: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one prior."""
    known = ("outcome", "driver", "odds", "accounts")
    yield from (f"prior: {key} is missing" for key in known if key not in prior)
    yield from (f"prior: unknown key {key}{did_you_mean(key, known)}" for key in prior if key not in known)
    for key, words in (("outcome", OUTCOMES), ("driver", DRIVERS)):
        if key in prior and prior[key] not in words:
            near = did_you_mean(str(prior[key]), words)
            yield f"prior: unknown {key} {prior[key]!r}{near}; it is one of {', '.join(words)}"
    for key, least in (("odds", -1.0), ("accounts", 0.0)):
        value = prior.get(key, 1.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least < value < float("inf"):
            yield f"prior: {key} is {value!r}; it is a number above {least:g}"
