"""What the service lines can do: the catalogue of actions, read from `actions.toml`."""

from __future__ import annotations

import re
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
    hours. `funding`: who pays both. `discount`: the share of a year's value that it gives up. `eligible`: for whom,
    an SQL expression. `cooldown_days`: not again so soon. `contact_gap_days`: so long after another contact it is not
    done; the policy's days if not said. `steps` and `customer_steps`: what each side does. `mandatory`: done wherever
    eligible, before anything else. `goals`: of customers, that it serves. `vendor`: only for accounts that own a
    product of that vendor, who may sponsor it until a date (exclusive).
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
    discount: float = 0.0
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

    @property
    def our_hours(self) -> float:
        """Those that we pay for, the journey among them."""
        return self.hours + self.travel_hours if terms.FUNDINGS[self.funding].our_hours else 0.0

    @property
    def our_cost(self) -> float:
        """What we pay besides hours."""
        return self.cost if terms.FUNDINGS[self.funding].our_cost else 0.0


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
        """One row an action: columns as below; `hours` with the journey, contact_gap_days null for the policy's.

        `our_hours`, `our_cost`: those that we pay for.
        """
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
            "our_hours",
            "our_cost",
            "discount",
        )
        rows = [tuple(getattr(action, name) for name in names) for action in self.actions]
        types = [pl.String] * 6 + [pl.Float64, pl.Float64, pl.Int64, pl.Int64, pl.Boolean, *[pl.Float64] * 4]
        frame = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row").rename({"id": "action"})
        return frame.with_columns(pl.col("hours") + pl.col("travel_hours")).drop("travel_hours")

    @cached_property
    def asks_for(self) -> frozenset[str]:
        """All that conditions name of an account; `vendors`, where an action is for the products of one."""
        vendors = {"vendors" for action in self.actions if action.vendor is not None}
        return frozenset(vendors.union(*(action.condition.columns for action in self.actions)))

    @cached_property
    def ordered(self) -> pl.DataFrame:
        """`frame` by action, as pairs come."""
        return self.frame.sort("action")


def default_text() -> str:
    """The catalogue that comes with the package, as the text of `actions.toml`."""
    return resources.files("consumption.actions").joinpath("default_actions.toml").read_text(encoding="utf-8")


def package_goals() -> frozenset[str]:
    """The goals that the package's own actions serve."""
    entries = tomllib.loads(default_text())["action"]
    return frozenset(goal for entry in entries for goal in entry.get("goals", ()))


def load(path: Path, columns: Collection[str]) -> Catalogue:
    """The catalogue in a file; `columns`: what conditions may name, with their types where it is a mapping.

    Raises WrongCatalogue, naming every problem with its line and action.
    """
    if not path.is_file():
        raise WrongCatalogue([f"{path}: there is no such file"])
    return parse(read(path), columns, source=path.name)


def read(path: Path) -> str:
    """The text of a catalogue's file, with or without a byte order mark. Raises WrongCatalogue."""
    written = path.read_bytes()
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise WrongCatalogue([f"{path.name} line {line}: this is no UTF-8; save the file as UTF-8"]) from error


def parse(text: str, columns: Collection[str], *, source: str = "actions.toml") -> Catalogue:
    """The catalogue in a text; see `load`."""
    entries, problems = _entries(text, source)
    lines = Lines(text, source)
    actions: list[Action] = []
    for place, entry in enumerate(entries):
        found = list(problems_of(entry, columns))
        told = entry if isinstance(entry, dict) else {}
        if told.get("id") in [action.id for action in actions]:
            found.append(("id", f"there is an action of this id above: {told['id']}"))
        name = told.get("id", f"number {place + 1}")
        problems += [f"{_line(lines, place, key)}: action {name}: {what}" for key, what in found]
        if not found:
            actions.append(_action(told, columns))
    if problems:
        raise WrongCatalogue(problems)
    return Catalogue(tuple(actions))


def _entries(text: str, source: str) -> tuple[list[object], list[str]]:
    """What stands under `action`, and what is wrong beside it; raises WrongCatalogue where nothing can be read."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # A number too long to be one is a ValueError of its own.
        raise WrongCatalogue([f"{source}: {_where(error)}"]) from error
    entries = found.pop("action", [])
    if not isinstance(entries, list):
        raise WrongCatalogue([f"{_at_top(text, source, 'action')}: write each action as [[action]], not [action]"])
    unknown = (f"{_at_top(text, source, key)}: unknown entry {key}{did_you_mean(key, ['action'])}" for key in found)
    return entries, list(unknown)


def _where(error: Exception) -> str:
    """What the reader says, which names line and column; it cannot where the file is no use to it at all."""
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)
    return "line 1 or below holds a number too long, or lists within lists too deep, to be read"


def _at_top(text: str, source: str, key: str) -> str:
    """`FILE line N`: where a key stands that is in no entry."""
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}\b""")
    line = next((n for n, said in enumerate(text.splitlines(), 1) if pattern.match(said)), 1)
    return f"{source} line {line}"


def _line(lines: Lines, entry: int, key: str) -> str:
    """Where a key of an entry stands; entries that are not written as [[action]] stand where `action` does."""
    return lines.at(entry, key) if entry < len(lines.starts) else _at_top(lines.text, lines.source, "action")


def _action(entry: Mapping[str, Any], columns: Collection[str]) -> Action:
    """An action from an entry that has no problem."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items() if k != "prior"}
    values |= {name: float(entry.get(name, 0)) for name in ("hours", "cost", "discount", "travel_hours")}
    priors = tuple(
        Prior(p["outcome"], p["driver"], float(p["odds"]), float(p["accounts"])) for p in entry.get("prior", [])
    )
    return Action(**values, priors=priors, condition=condition(entry["eligible"], columns))
