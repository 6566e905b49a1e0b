"""The number as lines of text: three parts that never mix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from consumption.actions.amounts import Unit
from consumption.actions.hour_prices import OneHour
from consumption.actions.number.arms import Interval
from consumption.actions.number.due import Due, Renewals
from consumption.actions.number.findings import Finding
from consumption.actions.number.leading import Leading
from consumption.actions.number.planned import Planned
from consumption.actions.number.power import CanProve
from consumption.actions.number.proven import Proven
from consumption.actions.week_told import AFTER_COSTS


def due_lines(due: Due, unit: Unit) -> Iterator[str]:
    """Due: what is up for renewal and what to expect of it, this quarter so far, and the gap to the target."""
    if not due.money:
        yield "without contracts nothing is due; accounts count 1 each, and shares of accounts kept are told"
    yield f"{unit.amount(due.in_force)} in force today"
    for one in due.renewals:
        yield _renewal(one, unit)
    if due.so_far:
        kept = f"{due.so_far.quarter.name} so far: {due.so_far.gross:.1%}"
        net = f" kept without growth (GRR), {due.so_far.net:.1%} with it (NRR)" if due.so_far.net is not None else ""
        yield f"{kept}{net or ' of accounts kept'}"
    if due.target is not None and due.gap is not None:
        base = "expected at the quarter's end" if due.expected is not None else "in force today"
        amount = unit.amount(due.expected if due.expected is not None else due.in_force)
        gap = f"{unit.amount(due.gap)} short" if due.gap > 0 else f"{unit.amount(-due.gap)} over"
        yield f"target {unit.amount(due.target)}: {amount} {base}, {gap}"


def _renewal(one: Renewals, unit: Unit) -> str:
    start = f"{one.quarter.name}: {unit.amount(one.worth)} up for renewal in {one.contracts:,} contracts"
    if one.after is None or one.renewed is None:
        return f"{start}; what to expect of it is known once there is a plan"
    return f"{start}; expected after: {unit.between(one.after)}, of it {unit.amount(one.renewed)} without growth"


def planned_lines(plan: Planned | None, unit: Unit) -> Iterator[str]:
    """In the plan: what the hours there are should add, and what one more would."""
    if plan is None:
        yield "no plan yet: consumption recommend"
        return
    kind = "published" if plan.published else "a draft"
    yield (
        f"the plan of {plan.as_of:%Y-%m-%d} ({kind}): {plan.recommended:,} recommendations{_alone(plan)} "
        f"should add {unit.brought(plan.adds)}" + (f", {unit.amount(plan.net)} {AFTER_COSTS}" if plan.money else "")
    )
    yield f"their hours: {plan.hours.text}"
    yield OneHour(plan.hour, plan.best_hour).text(unit)


def _alone(plan: Planned) -> str:
    """What became of what needs nobody's hours: it was decided, and that does not send it."""
    if not plan.by_itself:
        return ""
    if not plan.published:
        return f", {plan.by_itself:,} of them to be sent,"
    if plan.sent is None:
        return f", {plan.by_itself:,} of them without anybody's hours,"
    never = plan.by_itself - plan.sent.sent - plan.sent.to_send
    parts = [f"{plan.sent.sent:,} sent", f"{plan.sent.to_send:,} to be sent"]
    return f", of them {', '.join([*parts, *([f'{never:,} never sent'] if never else [])])},"


def proven_lines(proven: Proven, early: Leading | None, can: CanProve | None, unit: Unit) -> Iterator[str]:
    """Proven: in total, by quarter, by group where that tells anything; what leads; what can be proven and when."""
    if proven.since is None:
        yield "not enough data yet: customers count from the day after a published plan first chose them"
    else:
        yield _found(proven.total, unit, f"since {proven.since:%Y-%m-%d}", told=True)
        for quarter in proven.quarters:
            yield _found(quarter, unit, f"{quarter.name} ({'frozen' if quarter.frozen else 'running'})")
        for part in proven.parts:
            yield _found(part, unit, part.name)
    if early:
        yield (
            f"leading, not proof: {early.days.value:+.1f} active days in 28 ({early.days.low:+.1f} to "
            f"{early.days.high:+.1f}), one to two months after {early.served:,} served and {early.withheld:,} "
            "held-out customers were chosen"
        )
    if can:
        yield f"what this book can prove: {can.text}"


def _found(finding: Finding, unit: Unit, when: str, *, told: bool = False) -> str:
    sides = f"{finding.served:,} served and {finding.withheld:,} held-out customers"
    if finding.share is None or finding.gained is None:
        return f"{when}: not enough data yet ({finding.missing}; {sides})"
    share = f"{finding.share.value:+.1%} ({finding.share.low:+.1%} to {finding.share.high:+.1%}) of {unit.worth}"
    line = f"{when}: {unit.between(finding.gained)}, {share}; {sides}"
    if finding.corrected is not None:
        line += f"; correction: by what came in since it would be {finding.corrected:+.1%}"
    return f"{line}; {_verdict(finding.share)}" if told else line


def _verdict(share: Interval) -> str:
    if share.low > 0:
        return "proven: more than nothing"
    return "proven: it did harm" if share.high < 0 else "not told apart from nothing yet"


@dataclass(frozen=True)
class Told:
    """The three parts, each as its lines."""

    today: date
    due: tuple[str, ...]
    planned: tuple[str, ...]
    proven: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        lines = [f"The number as of {self.today:%Y-%m-%d}, in three parts that do not add up"]
        for head, part in (("Due", self.due), ("In the plan", self.planned), ("Proven", self.proven)):
            lines += [f"{head}", *(f"  {line}" for line in part)]
        return "\n".join(lines)
