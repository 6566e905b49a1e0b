"""What if: changes of hours, priorities and limits, as one writes them: `hours.training=+40`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from consumption.actions.rules import PriorityRules
from consumption.actions.wording import did_you_mean
from consumption.errors import ConsumptionError

FORMS = (
    "hours.SKILL=+40, hours.OWNER=+8 (or -4, or 20 for exactly that), limits.ACTION=3, "
    "priorities.segment.NAME=1.5 (also product, motion), priorities.least_hours.MOTION=0.2, priorities.always=ID;ID"
)
WEIGHTS = ("segment", "product", "motion")
MOTIONS = ("help", "expand")


class WrongChange(ConsumptionError):
    """A change cannot be read, or names what is not there."""

    status = 422

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(problem=f"{text}: {problem}", remedy=f"write one of: {FORMS}")


@dataclass(frozen=True)
class Names:
    """What a change may name."""

    owners: Collection[str]
    skills: Collection[str]
    actions: Collection[str]
    segments: Collection[str]
    products: Collection[str]
    accounts: Collection[str]


@dataclass(frozen=True)
class Changes:
    """What would be other than it is.

    `owners`: (hours, whether on top of what there is) by owner; `skills`: more or fewer hours of a skill, whoever has
    them; `limits`: the most of an action; `priorities`: the rules as they would be.
    """

    owners: Mapping[str, tuple[float, bool]] = field(default_factory=dict)
    skills: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    priorities: PriorityRules = field(default_factory=PriorityRules)


def read_changes(texts: Sequence[str], names: Names, priorities: PriorityRules) -> Changes:
    """The changes that some texts ask for, each KEY=VALUE; `priorities`: the rules there are. Raises WrongChange."""
    changes = Changes(priorities=priorities)
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        kind, _, name = key.partition(".")
        if not equals or not name or kind not in {"hours", "limits", "priorities"}:
            raise WrongChange(text, "this is no change that can be read")
        changes = {"hours": _hours, "limits": _limit, "priorities": _priority}[kind](
            changes, text, name, value, names
        )
    return changes


def _hours(changes: Changes, text: str, name: str, value: str, names: Names) -> Changes:
    hours, more = _number(text, value), value[:1] in {"+", "-"}
    if name in names.owners:
        if not more and hours < 0:
            raise WrongChange(text, "nobody has fewer than 0 hours")
        return replace(changes, owners={**changes.owners, name: (hours, more)})
    if name in names.skills:
        if not more:
            raise WrongChange(text, "hours of a skill are many people's: say how many more (+40) or fewer (-40)")
        return replace(changes, skills={**changes.skills, name: hours})
    raise WrongChange(text, f"no owner and no skill is called {name}{_near(name, [*names.owners, *names.skills])}")


def _limit(changes: Changes, text: str, name: str, value: str, names: Names) -> Changes:
    most = _number(text, value)
    if name not in names.actions:
        raise WrongChange(text, f"there is no action {name}{_near(name, names.actions)}")
    if most < 0 or most != int(most):
        raise WrongChange(text, "the most of an action is a whole number, 0 or more")
    return replace(changes, limits={**changes.limits, name: int(most)})


def _priority(changes: Changes, text: str, name: str, value: str, names: Names) -> Changes:
    which, _, of = name.partition(".")
    rules = changes.priorities
    if which == "always" and not of:
        accounts = tuple(part.strip() for part in value.split(";") if part.strip())
        for account in accounts:
            if account not in names.accounts:
                raise WrongChange(text, f"no account {account} is in force{_near(account, names.accounts)}")
        return replace(changes, priorities=replace(rules, always=accounts))
    known = {"segment": names.segments, "product": names.products, "motion": MOTIONS, "least_hours": MOTIONS}
    if which not in known or not of:
        raise WrongChange(text, f"there is no priority {name}{_near(which, [*known, 'always'])}")
    if of not in known[which]:
        raise WrongChange(
            text, f"there is no {which.removeprefix('least_hours') or 'motion'} {of}{_near(of, known[which])}"
        )
    number = _number(text, value)
    if number < 0 or (which == "least_hours" and number > 1):
        raise WrongChange(text, "a share of hours is 0 to 1" if which == "least_hours" else "a weight is 0 or more")
    least = {**rules.least_hours, of: number} if which == "least_hours" else rules.least_hours
    if sum(least.values()) > 1:
        raise WrongChange(text, "the least shares of hours would add up to more than all hours there are")
    return replace(changes, priorities=rules.weighing(which, {**getattr(rules, which), of: number}))


def _number(text: str, value: str) -> float:
    try:
        found = float(value)
    except ValueError as error:
        raise WrongChange(text, f"{value!r} is no number") from error
    if not math.isfinite(found):
        raise WrongChange(text, f"{value!r} is no number of hours")
    return found


def _near(word: str, words: Collection[str]) -> str:
    return did_you_mean(word, sorted(words))
