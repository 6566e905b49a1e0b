"""The documentation of signals, written from their definitions: `python -m consumption.features.document`."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Sequence
from itertools import groupby
from types import ModuleType

from consumption.features import currency, exhaustion, outcome_terms, rollover
from consumption.features.disagreement import KINDS, Side
from consumption.features.drivers import DRIVER_LABELS
from consumption.features.peers import with_peers
from consumption.features.rules import DEFAULT_METERS, Meter
from consumption.features.signal import FAMILIES, Signal
from consumption.features.signal_set import SIGNALS
from consumption.features.sources import SOURCES
from consumption.features.stage_frames import STEPS, stages
from consumption.features.units import UNITS

# Rules of contracts that stand in the modules that keep them.
_TERMS = {
    "Units that roll over": rollover,
    "When units run out": exhaustion,
    "Guarantees": outcome_terms,
    "Currencies": currency,
}

_DIRECTIONS = {1: "more is good for staying", -1: "less is good for staying", 0: "neither is good as such"}

_HEAD = """\
# Signals

A signal is one number about one account as of one moment. This page is written from the definitions
(`python -m consumption.features.document > docs/signals.md`); a test holds it to them.

Windows are half open: `[as_of - days, as_of)`. A row counts only in the version that was received before `as_of`.
Every account known at `as_of` has a row. *Silence* is the value where the source has nothing for the account; where
it says *unknown*, the value is empty. A signal made of value or error events is empty as long as settings declare
none. Users are counted where events name them. Sums of quantities and money are taken in whole millionths, so they
are exact in any order.

`signals.attributes` in `consumption.toml` adds a signal `attr_<name>` for each account attribute it names, a word;
`name:number` reads a number. `signals.features` adds three for each event it names, over the last 364 days:
`feature_<event>_364d` (how many), `feature_<event>_quantity_364d` (the sum of their quantities) and
`feature_<event>_size_364d` (the mean quantity of one).
"""


def signals_markdown(signals: Sequence[Signal] = SIGNALS) -> str:
    """All definitions by family, with the units, meters and frames they are made from."""
    parts = [_HEAD, _contents(signals), _units(), _meters()]
    for family, group in groupby(signals, key=lambda s: s.family):
        parts.append(f"## {family.capitalize()}\n\n{FAMILIES[family]}\n")
        parts += [_signal(signal) for signal in group]
    return "\n".join([*parts, _journey(), _peers(), _disagreements(), _steps(signals), _sources()])


def _contents(signals: Sequence[Signal]) -> str:
    count = f"{len(signals)} signals"
    rows = [
        f"| {family} | {', '.join(f'[`{s.name}`](#{s.name})' for s in group)} |"
        for family, group in groupby(signals, key=lambda s: s.family)
    ]
    return "\n".join([f"{count}:\n", "| family | signals |", "|---|---|", *rows, ""])


def _units() -> str:
    rows = [f"| {unit.name} | {unit.meaning} |" for unit in UNITS.values()]
    return "\n".join(["| unit | meaning |", "|---|---|", *rows, ""])


def _meters() -> str:
    defaults = [
        f"- `{unit}`: `{meter.how}`, of any event of the contract's product" for unit, meter in DEFAULT_METERS.items()
    ]
    return "\n".join([
        "## Meters\n",
        "A meter says how events use up a contract's unit (`[meters.UNIT]` in settings: `events`, `how`).",
        inspect.cleandoc(Meter.__doc__ or "").partition("\n\n")[2] + "\n",
        "Where settings name none:\n",
        *defaults,
        "- any other unit: `sum`, of the quantities of any event of the contract's product",
        "",
        "Periods (`year`, `quarter`, `month`) are counted from the contract's first day; `term`, or none, is the",
        "whole term. An event that names no product counts for all contracts of its account; use that several",
        "contracts of one product and unit could claim is shared out by what each bought. The rises of a counter",
        "count on the day of the reading that shows them. What a gauge has not told for 84 days, while others of its",
        "contract have, is there no more.",
        "",
        "A gauge or counter is one of a machine (`asset_id`), event and product; without a machine, one of an",
        "account, event and product. Users who are named with a reading only report it: whoever reads it, it is one",
        "meter. A gauge for each user needs an `asset_id` for each. A reading that names no product is of the one",
        "that its meter named last before, or else first.",
        "",
        "Rates of use are those of the last 28 days, whatever period they lie in, and of earlier terms too; for what",
        "was bought or used first within them, of the days since. Where those are fewer than seven, the rate and all",
        "that depends on it (projected use, what is idle, overage, breakage, the days until units run out) are",
        "unknown.",
        "",
        *(f"### {title}\n\n{_told(module)}\n" for title, module in _TERMS.items()),
    ])  # fmt: skip


def _told(module: ModuleType) -> str:
    """What a module says about itself, after its first line."""
    return inspect.cleandoc(module.__doc__ or "").partition("\n\n")[2]


def _journey() -> str:
    rows = [f"| `{step.name}` | {step.meaning} | {step.due_days} |" for step in STEPS]
    head = "## The journey\n\nSteps that `steps_passed` and `steps_missed` count, with the day each is due by.\n"
    told = inspect.cleandoc(stages.__doc__ or "").partition("\n\n")[2]
    return "\n".join([head, "| step | reached by | days |", "|---|---|---|", *rows, "", "The stages:", "", told, ""])


def _peers() -> str:
    compared = inspect.cleandoc(with_peers.__doc__ or "").partition("\n\n")[2]
    return "\n".join([
        "## Peers\n",
        compared,
        "Of those with a value `below` have less, `upto` at most as much, `count` any; `median` is theirs. Of the",
        "`owning_peers`, who own anything, `most_owners` own one product that the account lacks; of those it lacks,",
        "`usual_lacked` are owned by a third of them.",
        "",
    ])  # fmt: skip


def _disagreements() -> str:
    rows = [f"| `{kind.name}` | {kind.meaning} | {_side(kind.usage)} | {_side(kind.commercial)} |" for kind in KINDS]
    head = "## Disagreements\n\nWhat `consumption export disagreements FILE` lists: a row an account and kind.\n"
    return "\n".join([head, "| kind | meaning | use | money, or what they say |", "|---|---|---|---|", *rows, ""])


def _side(side: Side) -> str:
    return f"`{side.signal}` {side.holds} {side.limit:.4g}"


def _signal(signal: Signal) -> str:
    facts = {
        "called": signal.label,
        "unit": signal.unit,
        "window": f"{signal.window} days" if signal.window else "none",
        "silence": "unknown" if signal.silence is None else f"{signal.silence:g}",
        "direction": _DIRECTIONS[signal.direction],
        "driver": DRIVER_LABELS[signal.driver] if signal.driver else "none",
        "from": ", ".join(f"`{s.name}`" for s in signal.of) or f"`{signal.source}`",
    }
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    return "\n".join(
        [f"### {signal.name}\n", f"{signal.meaning}\n", *lines, "", f"```python\n{_formula(signal)}\n```\n"]
    )


def _steps(signals: Sequence[Signal]) -> str:
    """Signals that only serve others."""
    listed = {signal.name for signal in signals}
    steps = {step.name: step for signal in signals for step in signal.of if step.name not in listed}
    rows = [_step(steps[name]) for name in sorted(steps)]
    head = "## Steps in between\n\nNot columns of a snapshot; other signals are made of them.\n"
    return "\n".join([head, "| step | meaning | days | frame | formula |", "|---|---|---|---|---|", *rows, ""])


def _step(step: Signal) -> str:
    days = f"{step.window} days" if step.window else "all"
    if step.offset:
        days += f", {step.offset} days earlier"
    formula = _formula(step).removeprefix("return ").replace("|", "\\|")
    return f"| `{step.name}` | {step.meaning} | {days} | `{step.source}` | `{formula}` |"


def _formula(signal: Signal) -> str:
    """The body of the signal's function, without its docstring."""
    if signal.function is None:
        return str(signal.expr)
    tree = ast.parse(textwrap.dedent(inspect.getsource(signal.function))).body[0]
    assert isinstance(tree, ast.FunctionDef)  # noqa: S101 - a signal's function is one
    return "\n".join(ast.unparse(statement) for statement in tree.body[1:])


def _sources() -> str:
    rows = [f"| `{s.name}` | {s.meaning} | {s.columns} |" for s in SOURCES.values()]
    head = (
        "## Frames that signals are made from\n\nEach also has `account_id`. Quantities and money are millionths.\n"
    )
    return "\n".join([head, "| frame | rows | columns |", "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(signals_markdown())
