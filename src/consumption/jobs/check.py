"""Check signals, ours and the workspace's own, on made-up histories."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import indent

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.checking import CHANCE, HISTORIES, Failure, Verdict, check_signals
from consumption.features.checking_smallest import in_words
from consumption.features.checks import CHECKS, checks_named
from consumption.features.own_signals import FOLDER, OwnSignal
from consumption.features.own_signals_elsewhere import fingerprints_elsewhere
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.jobs.opening import declared_rules, own_signals_of, signals_of

_ELSEWHERE = (
    "another process, on another day, defines it otherwise: it reads the clock, chance, or the order of a set; "
    "the moment of a snapshot is already cut off, columns such as days_ago count from it"
)
_SAME = "the same for every account of every history: the checks could not try it (a window or a word missing?)"


class UnknownSignal(ConsumptionError):
    """No signal of the workspace has that name."""

    status = 404


@dataclass(frozen=True)
class SignalsChecked:
    """What the checks found: a verdict a signal; `places` says where the workspace's own are defined.

    `listed` are told of in any case, the others where they fail.
    """

    verdicts: Sequence[Verdict]
    places: Mapping[str, str]
    listed: Collection[str]
    histories: int

    @property
    def failed(self) -> bool:
        """Whether any signal fails a check."""
        return any(verdict.failures for verdict in self.verdicts)

    @property
    def text(self) -> str:
        """A table of the signals listed and of those that fail, what was seen, and a summary."""
        shown = [v for v in self.verdicts if v.signal.name in self.listed or v.failures]
        width = max((len(v.signal.name) for v in shown), default=0)
        rows = [_row(verdict, self.places.get(verdict.signal.name, "built in"), width) for verdict in shown]
        told = [line for verdict in shown for line in _told(verdict)]
        return "\n".join([*rows, *told, "", self._summary])

    @property
    def _summary(self) -> str:
        count, failing = len(self.verdicts), sum(bool(verdict.failures) for verdict in self.verdicts)
        tried = (
            f"{count:,} signal{'' if count == 1 else 's'}, {len(CHECKS)} checks on {self.histories} made-up histories"
        )
        result = f"{failing:,} failed" if failing else "all passed"
        return f"{tried}: {result}"


def check(
    workspace: Workspace, *, only: str | None = None, histories: int = HISTORIES, progress: Progress = silent
) -> SignalsChecked:
    """Run every check on the workspace's signals, or on the one named `only`."""
    own = {one.signal.name: one for one in own_signals_of(workspace)}
    signals = _wanted(signals_of(workspace), only)
    verdicts = check_signals(signals, declared_rules(workspace), histories=histories, progress=progress)
    verdicts = _defined_alike(workspace, verdicts, own)
    places = {name: one.place for name, one in own.items()}
    return SignalsChecked(verdicts, places, {only} if only else set(own), histories)


def _wanted(signals: Sequence[Signal], only: str | None) -> Sequence[Signal]:
    if only is None:
        return signals
    names = [signal.name for signal in signals]
    if only not in names:
        close = difflib.get_close_matches(only, names, n=3)
        hint = (
            f"did you mean {' or '.join(close)}?" if close else "docs/signals.md lists ours; yours are in features/"
        )
        raise UnknownSignal(f"there is no signal {only}", hint)
    return [signal for signal in signals if signal.name == only]


def _defined_alike(workspace: Workspace, verdicts: Sequence[Verdict], own: Mapping[str, OwnSignal]) -> list[Verdict]:
    """The verdicts, with a failure for each own signal that has another fingerprint elsewhere."""
    if not any(verdict.signal.name in own for verdict in verdicts):
        return list(verdicts)
    elsewhere = fingerprints_elsewhere(workspace.root / FOLDER)
    here = fingerprints([one.signal for one in own.values()])
    moved = {name for name, fingerprint in here.items() if elsewhere.get(name) != fingerprint}
    failure = Failure(checks_named([CHANCE])[0], _ELSEWHERE)
    return [
        replace(v, failures=(*(f for f in v.failures if f.check != failure.check), failure))
        if v.signal.name in moved
        else v
        for v in verdicts
    ]


def _row(verdict: Verdict, place: str, width: int) -> str:
    failed = ", ".join(failure.check.name for failure in verdict.failures)
    result = f"fails: {failed}" if failed else "passed" if verdict.varies else "passed, but see below"
    return f"{verdict.signal.name:<{width}}  {verdict.passed:>2} of {verdict.checks}  {result}  ({place})"


def _told(verdict: Verdict) -> Iterator[str]:
    name = verdict.signal.name
    for failure in verdict.failures:
        yield f"\n{name}, {failure.check.name}: {failure.check.rule}"
        yield f"  {failure.seen}"
        if failure.example:
            yield indent(f"smallest history found, {in_words(failure.example)}", "  ")
    if not verdict.varies and not verdict.failures:
        yield f"\n{name}: {_SAME}"
