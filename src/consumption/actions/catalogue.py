"""What the service lines can do: the catalogue of actions, read from `actions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from consumption.actions import terms
from consumption.actions.conditions import Condition, condition
from consumption.actions.entries import problems_of
from consumption.actions.wording import Lines, did_you_mean
from consumption.errors import ConsumptionError
from consumption.models.increments.belief import Prior

NONE = terms.NONE


class WrongCatalogue(ConsumptionError):
    """The catalogue of actions cannot be used; each problem names the line, the action, and what to write."""

    status = 422

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problem="\n".join(problems), remedy="correct the catalogue, then: consumption check actions")
        self.problems = problems


@dataclass(frozen=True)
class Action:
    """Something a service line can do for an account.

    `hours`: of our own people; 0 where it runs by itself. `travel_hours`: the journey, on site. `cost`: money besides
    hours that we bear. `funding`: who pays. `eligible`: for whom, an SQL expression. `cooldown_days`: not again so
    soon. `contact_gap_days`: so long after another contact it is not done; the policy's days if not said. `steps` and
    `customer_steps`: what each side does. `mandatory`: done wherever eligible, before anything else. `goals`: of
    customers, that it serves. `vendor`: only for accounts that own a product of that vendor, who may sponsor it until
    a date (exclusive).
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
    goals: tuple[str, ...] = ()
    travel_hours: float = 0.0
    contact_gap_days: int | None = None
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
    def by_itself(self) -> tuple[str, ...]:
        """The actions that nobody carries out: they are sent, and need no card."""
        return tuple(action.id for action in self.actions if action.delivery == "self_service")

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row an action: columns as below; `hours` with the journey, contact_gap_days null for the policy's."""
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
            "contact_gap_days",
            "mandatory",
            "travel_hours",
        )
        rows = [tuple(getattr(action, name) for name in names) for action in self.actions]
        types = [pl.String] * 6 + [pl.Float64, pl.Float64, pl.Int64, pl.Int64, pl.Boolean, pl.Float64]
        frame = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row").rename({"id": "action"})
        return frame.with_columns(pl.col("hours") + pl.col("travel_hours")).drop("travel_hours")

    @cached_property
    def ordered(self) -> pl.DataFrame:
        """`frame` by action, as pairs come."""
        return self.frame.sort("action")


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
        found = list(problems_of(entry, columns))
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
    values |= {name: float(entry.get(name, 0)) for name in ("hours", "cost", "travel_hours")}
    priors = tuple(
        Prior(p["outcome"], p["driver"], float(p["odds"]), float(p["accounts"])) for p in entry.get("prior", [])
    )
    return Action(**values, priors=priors, condition=condition(entry["eligible"], columns))
