"""What the service lines can do: the catalogue of actions, read from `actions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from consumption.actions.conditions import Condition, condition
from consumption.actions.wording import Lines, did_you_mean
from consumption.errors import ConsumptionError
from consumption.features.signal import DRIVERS
from consumption.models.belief import OUTCOMES, Prior

NONE = "none"
MOTIONS = ("help", "expand")
SERVICE_LINES = ("customer_success", "support", "professional", "education", "field", "managed", "sales")
DELIVERIES = ("self_service", "remote", "on_site")
FUNDINGS = ("included", "billable", "paid_offer", "sponsored")
CHOICES = {"motion": MOTIONS, "service_line": SERVICE_LINES, "delivery": DELIVERIES, "funding": FUNDINGS}


class WrongCatalogue(ConsumptionError):
    """The catalogue of actions cannot be used; each problem names the line, the action, and what to write."""

    status = 422

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problem="\n".join(problems), remedy="correct the catalogue, then: consumption check actions")
        self.problems = problems


@dataclass(frozen=True)
class Action:
    """Something a service line can do for an account.

    `hours`: of our own people, the journey included; 0 where it runs by itself. `cost`: money besides hours that we
    bear. `funding`: who pays. `eligible`: for whom, an SQL expression. `cooldown_days`: not again so soon. `steps`
    and `customer_steps`: what each side does. `mandatory`: done wherever eligible, before anything else. `vendor`:
    only for accounts that own a product of that vendor, who may sponsor it until a date (exclusive).
    """

    id: str
    title: str
    motion: str
    service_line: str
    hours: float
    eligible: str
    steps: tuple[str, ...]
    skill: str = ""
    delivery: str = "remote"
    funding: str = "included"
    cost: float = 0.0
    cooldown_days: int = 60
    customer_steps: tuple[str, ...] = ()
    mandatory: bool = False
    vendor: str | None = None
    sponsored_until: date | None = None
    priors: tuple[Prior, ...] = ()
    condition: Condition = field(default_factory=Condition, compare=False, repr=False)


@dataclass(frozen=True)
class Catalogue:
    """All actions, in the order of the file; doing nothing is always one more, worth 0."""

    actions: tuple[Action, ...]

    def __iter__(self) -> Iterator[Action]:
        return iter(self.actions)

    @property
    def by_id(self) -> dict[str, Action]:
        """Each action by its id."""
        return {action.id: action for action in self.actions}

    @property
    def priors(self) -> dict[str, tuple[Prior, ...]]:
        """What is claimed of each action."""
        return {action.id: action.priors for action in self.actions}

    @property
    def frame(self) -> pl.DataFrame:
        """One row an action: action, title, motion, service_line, skill, delivery, hours, cost, mandatory."""
        names = (
            "id",
            "title",
            "motion",
            "service_line",
            "skill",
            "delivery",
            "hours",
            "cost",
            "cooldown_days",
            "mandatory",
        )
        rows = [tuple(getattr(action, name) for name in names) for action in self.actions]
        types = [pl.String] * 6 + [pl.Float64, pl.Float64, pl.Int64, pl.Boolean]
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row").rename({"id": "action"})


def default_text() -> str:
    """The catalogue that comes with the package, as the text of `actions.toml`."""
    return resources.files("consumption.actions").joinpath("default_actions.toml").read_text(encoding="utf-8")


def load(path: Path, columns: Collection[str]) -> Catalogue:
    """The catalogue in a file; `columns`: what conditions may name, with their types where it is a mapping.

    Raises WrongCatalogue, naming every problem with its line and action.
    """
    if not path.is_file():
        raise WrongCatalogue([f"{path}: there is no such file"])
    return parse(path.read_text(encoding="utf-8"), columns, source=path.name)


def parse(text: str, columns: Collection[str], *, source: str = "actions.toml") -> Catalogue:
    """The catalogue in a text; see `load`."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongCatalogue([f"{source}: {error}"]) from error
    lines = Lines(text, source)
    problems = [f"{source}: unknown entry {key}{did_you_mean(key, ['action'])}" for key in read if key != "action"]
    entries = read.get("action", [])
    if not isinstance(entries, list):
        raise WrongCatalogue([f"{source}: write each action as [[action]], not [action]"])
    actions: list[Action] = []
    for place, entry in enumerate(entries):
        found = list(_problems(entry, columns))
        seen = [a.id for a in actions]
        if entry.get("id") in seen:
            found.append(("id", f"there is an action of this id above: {entry['id']}"))
        name = entry.get("id", f"number {place + 1}")
        problems += [f"{lines.at(place, key)}: action {name}: {what}" for key, what in found]
        if not found:
            actions.append(_action(entry, columns))
    if problems:
        raise WrongCatalogue(problems)
    return Catalogue(tuple(actions))


def _action(entry: Mapping[str, Any], columns: Collection[str]) -> Action:
    """An action from an entry that has no problem."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items() if k != "prior"}
    values["hours"], values["cost"] = float(entry["hours"]), float(entry.get("cost", 0))
    priors = tuple(
        Prior(p["outcome"], p["driver"], float(p["odds"]), float(p["accounts"])) for p in entry.get("prior", [])
    )
    return Action(**values, priors=priors, condition=condition(entry["eligible"], columns))


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
    "vendor": (str,),
    "sponsored_until": (date,),
    "prior": (list,),
}
REQUIRED = tuple(f.name for f in fields(Action) if f.name in KINDS)[:7]


def _problems(entry: Mapping[str, Any], columns: Collection[str]) -> Iterator[tuple[str, str]]:
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


def _plain(kinds: tuple[type, ...]) -> str:
    words = {str: "text", int: "whole number", float: "number", list: "list", bool: "true or false", date: "date"}
    return words[kinds[-1]]


def _wrong_value(key: str, value: Any, columns: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    """What is wrong with a value of the right type."""
    if key in CHOICES and value not in CHOICES[key]:
        yield f"{key} is {value!r}{did_you_mean(value, CHOICES[key])}; it is one of {', '.join(CHOICES[key])}"
    elif key in {"hours", "cost", "cooldown_days"} and not 0 <= value < float("inf"):
        yield f"{key} is {value}; it is zero or more"
    elif key == "id" and (value == NONE or not value.isidentifier()):
        yield f"id is {value!r}; use letters, digits and _; {NONE} (do nothing) is always there"
    elif key in {"steps", "customer_steps"} and not all(isinstance(step, str) for step in value):
        yield f"{key}: every step is a text"
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
