"""What a catalogue names that the workspace's tables do not: vendors without a product, goals that nobody has."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from consumption.actions.catalogue import Action, Catalogue
from consumption.actions.wording import Lines, did_you_mean

_SOME = 8


def unmatched(
    catalogue: Catalogue, lines: Lines, *, vendors: Collection[str], goals: Collection[str]
) -> Iterator[str]:
    """Each such name in a sentence, with its line and what may have been meant; `lines`: of the catalogue's text."""
    for place, action in enumerate(catalogue):
        for key, said in _of(action, vendors, goals):
            yield f"{lines.at(place, key)}: action {action.id}: {said}"


def _of(action: Action, vendors: Collection[str], goals: Collection[str]) -> Iterator[tuple[str, str]]:
    if action.vendor is not None and action.vendor not in vendors:
        there = f"its vendors are {_list(vendors)}" if vendors else "the table names no vendor at all"
        near = did_you_mean(action.vendor, sorted(vendors))
        yield "vendor", f"no product of the table products is of vendor {action.vendor!r}{near}; {there}"
    for goal in action.goals:
        if goal not in goals:
            near = did_you_mean(goal, sorted(goals))
            yield "goals", f"no account has the goal {goal!r}{near}; goals are {_list(goals)}"


def _list(names: Collection[str]) -> str:
    some = sorted(names)
    return f"{', '.join(some[:_SOME])}{f' and {len(some) - _SOME:,} more' if len(some) > _SOME else ''}"
