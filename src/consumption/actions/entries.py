"""What is wrong with an entry of `actions.toml`: each mistake in a sentence, with the key it stands at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

from consumption.actions.conditions import condition
from consumption.actions.entry_keys import KEYS, PRIOR_KEYS, Key, Kind
from consumption.actions.terms import NONE
from consumption.actions.wording import did_you_mean

_SHOWN = 60
"""So many letters of a wrong value are repeated."""

_LARGE = 10**18


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_IS: Mapping[Kind, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": _number,
    "whole number": lambda value: _number(value) and isinstance(value, int),
    "list of texts": lambda value: isinstance(value, list),
    "true or false": lambda value: isinstance(value, bool),
    "date": lambda value: type(value) is date,  # A moment is a date too, and compares with none.
    "entries": lambda value: isinstance(value, list),
}


def problems_of(entry: object, columns: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each problem of one entry: the key it stands at, and the sentence."""
    if not isinstance(entry, Mapping):
        yield "", f"{_shown(entry)} is no entry; write [[action]], and its keys below"
        return
    yield from _of_keys(entry, KEYS)
    yield from _id(entry.get("id"))
    if _right(entry, "eligible"):
        problem = condition(entry["eligible"], columns).problem
        yield from [("eligible", problem)] if problem else []
    if _right(entry, "prior"):
        for prior in entry["prior"]:
            yield from (("prior", f"prior: {said}") for said in _wrong_prior(prior))
    yield from _at_odds(entry)


def _of_keys(entry: Mapping[str, Any], known: Mapping[str, Key]) -> Iterator[tuple[str, str]]:
    """What is wrong with each key by itself."""
    for key in known.values():
        if key.required and key.name not in entry:
            yield "", f"{key.name} is missing"
    for name, value in entry.items():
        if name not in known:
            yield name, f"unknown key {name}{did_you_mean(name, known)}"
        elif not _IS[known[name].kind](value):
            yield name, f"{name} is {_shown(value)}, which is no {known[name].kind}"
        else:
            yield from ((name, said) for said in _wrong_value(known[name], value))


def _wrong_value(key: Key, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    """What is wrong with a value of the right kind."""
    if key.choices and value not in key.choices:
        near = did_you_mean(value, key.choices)
        yield f"{key.name} is {_shown(value)}{near}; it is one of {', '.join(key.choices)}"
    elif key.limits and not key.limits.allow(value):
        yield f"{key.name} is {_shown(value)}; it is a number {key.limits.text}"
    elif key.kind == "text" and not value.strip():
        yield f"{key.name} is empty; {'say' if key.required else 'leave it out, or say'} {_plain(key)}"
    elif key.kind == "list of texts":
        if key.required and not value:
            yield f"{key.name} is an empty list; say {_plain(key)}"
        if not all(isinstance(each, str) and each.strip() for each in value):
            yield f"{key.name}: every one is a text, and not an empty one"


def _plain(key: Key) -> str:
    return key.meaning.replace("`", "")


def _id(name: object) -> Iterator[tuple[str, str]]:
    if isinstance(name, str) and name.strip() and (name == NONE or not name.isidentifier()):
        yield "id", f"id is {_shown(name)}; use letters, digits and _; {NONE} (do nothing) is always there"


def _wrong_prior(prior: object) -> Iterator[str]:
    """What is wrong with one prior."""
    if not isinstance(prior, Mapping):
        yield f"{_shown(prior)} is no claim; write [[action.prior]], and below it {', '.join(PRIOR_KEYS)}"
        return
    yield from (said for _, said in _of_keys(prior, PRIOR_KEYS))


def _at_odds(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is right by itself and wrong together."""
    delivery, funding = entry.get("delivery", "remote"), entry.get("funding", "included")
    if entry.get("travel_hours") and delivery != "on_site":
        yield "travel_hours", f"travel_hours without a journey: delivery is {delivery}; only on_site has one"
    if delivery == "self_service" and entry.get("hours"):
        yield "hours", "hours of our people for self_service, which runs by itself: write hours = 0, and its cost"
    if funding != "sponsored" and "sponsored_until" in entry:
        yield "sponsored_until", f'sponsored by nobody: funding is {funding}; write funding = "sponsored"'
    if funding == "sponsored" and "vendor" not in entry:
        yield "funding", 'sponsored by nobody: say which vendor pays, as vendor = "Acme"'
    if funding == "sponsored" and "sponsored_until" not in entry:
        yield "funding", "sponsored without an end: say until when, as sponsored_until = 2027-01-01"


def _right(entry: Mapping[str, Any], name: str) -> bool:
    """Whether a key is there and its value can be looked into."""
    return name in entry and _IS[KEYS[name].kind](entry[name]) and bool(entry[name])


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > _LARGE:
        return "a very large number"  # Of which no text can be made.
    said = repr(value)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}..."
