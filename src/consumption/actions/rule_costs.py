"""What [priorities] cost: the best week without them beside the one with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from consumption.actions.changes import Changes
from consumption.actions.rules import PriorityRules
from consumption.actions.whatif import Book, Week

WEEKS_IN_A_QUARTER = 13
_TELLING_DIGITS = 6


@dataclass(frozen=True)
class RuleCosts:
    """How much less the best week brings in money with rules than without, after costs.

    The best week weighs customers' goals beside money, with rules and without: what a rule moves may serve a goal
    less and bring more, so a cost can lie below 0. It is told as nothing then, with the gain.

    `together`: without any of them, and `each`: without that one, while the others stay; both in the week that is
    told, with its hours, beside the cards that stand. `anew`: without any of them, where no cards stand, as at a
    week's begin; None where none stand in the week that is told either. `without`: what that week would bring.
    """

    together: float = 0.0
    without: float = 0.0
    each: Mapping[str, float] = field(default_factory=dict)
    anew: float | None = None

    def lines(self, worth: Callable[[float], str]) -> Iterator[str]:
        """In words; `worth`: an amount with its unit. Nothing where there are no rules."""
        if not self.each:
            return
        names = list(self.each)
        cost = "cost" if len(names) > 1 else f"{names[0]} costs"
        lost = _told(worth)
        beside = "" if self.anew is None else ", beside the same cards that stand"
        yield (
            f"[priorities] {cost} {lost(self.together)} this week: in the same hours{beside}, it would bring "
            f"{worth(self.without)} without"
        )
        if len(names) > 1:
            told = "; ".join(f"{name} {lost(number)}" for name, number in self.each.items())
            yield f"of these, each as if the others stayed, which need not add up: {told}"
        usual = self.together if self.anew is None else self.anew
        quarter = f"13 such weeks {lost(usual * WEEKS_IN_A_QUARTER)}"
        yield quarter if self.anew is None else f"a week that begins with no cards: {lost(usual)}; {quarter}"


def rule_costs(book: Book, week: Week | None = None) -> RuleCosts:
    """What the rules of a book cost; `week`: its week under all of them, where that is known already."""
    rules = book.inputs.priorities
    left_out = _each_left_out(rules)
    if not left_out:
        return RuleCosts()
    now = (week or book.week()).money
    without = _without(book)
    each = {name: book.week(Changes(priorities=others)).money - now for name, others in left_out.items()}
    fresh = replace(book, waiting=book.waiting.clear())
    anew = None if book.waiting.is_empty() else _without(fresh) - fresh.week().money
    return RuleCosts(without - now, without, each, anew)


def _told(worth: Callable[[float], str]) -> Callable[[float], str]:
    """How a cost is said: an amount, or below 0 nothing, with the gain."""

    def told(cost: float) -> str:
        if cost >= 0:
            return worth(cost)
        gained = round(-cost, _TELLING_DIGITS)  # What is left of two sums that are one is no gain.
        return f"nothing (a gain of {worth(gained)})" if worth(gained) != worth(0.0) else worth(0.0)

    return told


def _without(book: Book) -> float:
    """What the week brings in money that is best without any rule; customers' goals weigh in it as ever."""
    return book.week(Changes(priorities=PriorityRules())).money


def _each_left_out(rules: PriorityRules) -> dict[str, PriorityRules]:
    """The rules without each one of them, by its name."""
    found: dict[str, PriorityRules] = {}
    for kind in ("segment", "product", "motion", "least_hours"):
        named: Mapping[str, float] = getattr(rules, kind)
        for name, value in named.items():
            others = {other: number for other, number in named.items() if other != name}
            found[f"{kind}.{name} = {value:g}"] = rules.weighing(kind, others)
    if rules.always:
        found[f"always = {', '.join(rules.always)}"] = replace(rules, always=())
    return found
