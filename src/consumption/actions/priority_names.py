"""What the rules of [priorities] name that the book does not have: a rule that silently does nothing is none."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from consumption.actions import about
from consumption.actions.inputs import Inputs
from consumption.actions.wording import did_you_mean


def unknown_priorities(inputs: Inputs) -> tuple[str, ...]:
    """Each such name in a sentence, with what may have been meant.

    They are told and do not stop a plan: an account leaves, the last contract of a product ends, and tonight's list
    is wanted all the same.
    """
    rules, people = inputs.priorities, inputs.population
    if not (rules.segment or rules.product or rules.always):
        return ()
    segments, products = set(people["segment"].drop_nulls()), set(about.contract(inputs)["product"].drop_nulls())
    return (
        *_unknown("segment", rules.segment, segments, "account in force is of segment"),
        *_unknown("product", rules.product, products, "largest contract of an account in force is of product"),
        *_unknown("always", rules.always, set(people["account_id"]), "account in force has the id"),
    )


def _unknown(kind: str, named: Collection[str], there: Collection[str], who: str) -> Iterator[str]:
    for name in named:
        if name not in there:
            rule = f"always = {name}" if kind == "always" else f"{kind}.{name}"
            near = did_you_mean(name, sorted(there))
            yield f"[priorities] {rule} changes nothing: no {who} {name}{near}"
