"""Run the checks of signals on made-up histories, and say what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from consumption.engines.progress import Progress, silent
from consumption.features.checking_smallest import smallest
from consumption.features.checks import CHECKS, Check, Trial
from consumption.features.made_up import MadeUp, numbered
from consumption.features.made_up_words import words_for
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import Signal

HISTORIES = 6
CHANCE = "deterministic"


@dataclass(frozen=True)
class Failure:
    """A check that a signal failed: what was seen, and the smallest history found where it is seen."""

    check: Check
    seen: str
    example: MadeUp | None = None


@dataclass(frozen=True)
class Verdict:
    """What the checks say of one signal; `varies` is whether it had two values, apart from being unknown."""

    signal: Signal
    checks: int
    failures: tuple[Failure, ...] = ()
    varies: bool = True

    @property
    def passed(self) -> int:
        """How many checks it passed."""
        return max(self.checks - len(self.failures), 0)


@dataclass
class _Seen:
    """What was found of each signal so far."""

    failures: dict[str, dict[str, Failure]] = field(default_factory=dict)
    values: dict[str, set[object]] = field(default_factory=dict)

    def add(self, trial: Trial, failures: Mapping[str, Sequence[Failure]]) -> None:
        for name, found in failures.items():
            known = self.failures.setdefault(name, {})
            self.failures[name] = {failure.check.name: failure for failure in found} | known
        for signal in trial.signals:
            self.values.setdefault(signal.name, set()).update(trial.values[signal.name].unique().to_list())


def check_signals(
    signals: Sequence[Signal],
    rules: UsageRules = NO_RULES,
    *,
    histories: int = HISTORIES,
    checks: Sequence[Check] = CHECKS,
    progress: Progress = silent,
) -> list[Verdict]:
    """A verdict for each signal, in their order, from so many made-up histories: the same ones each time."""
    words, seen = words_for(signals, rules), _Seen()
    progress("made-up histories", 0, histories)
    for number in range(histories):
        trial, broken = computable(Trial(numbered(number, words), tuple(signals), rules))
        seen.add(trial, broken | try_on(trial, checks))
        progress("made-up histories", number + 1, histories)
    return [_verdict(signal, seen, rules, len(checks), progress) for signal in signals]


def try_on(trial: Trial, checks: Sequence[Check] = CHECKS) -> dict[str, list[Failure]]:
    """The failures of each signal that fails a check on one history."""
    found: dict[str, list[Failure]] = {}
    for check in checks if trial.signals else ():
        for name, said in check.run(trial).items():
            found.setdefault(name, []).append(Failure(check, said, trial.made))
    return found


def computable(trial: Trial) -> tuple[Trial, dict[str, list[Failure]]]:
    """The trial with the signals that can be computed, and the failures of those that cannot.

    They are looked for one by one, where all together cannot be computed.
    """
    if not COMPUTED.run(trial):
        return trial, {}
    each = {s.name: COMPUTED.run(replace(trial, signals=(s,))) for s in trial.signals}
    broken = {name: [Failure(COMPUTED, said[name], trial.made)] for name, said in each.items() if said}
    return replace(trial, signals=tuple(s for s in trial.signals if s.name not in broken)), broken


def _computed(trial: Trial) -> dict[str, str]:
    """It can be computed from its frame."""
    try:
        _ = trial.values
    except pl.exceptions.PolarsError as error:
        said = str(error).strip().partition("\n")[0]
        return {signal.name: said for signal in trial.signals}
    return {}


COMPUTED = Check("computed", "It can be computed from its frame.", _computed)


def _verdict(signal: Signal, seen: _Seen, rules: UsageRules, checks: int, progress: Progress) -> Verdict:
    failures = seen.failures.get(signal.name, {})
    varies = len(seen.values.get(signal.name, set()) - {None}) > 1
    # What has another value each time differs from everything: the other checks saw nothing else.
    wanted = [failures[name] for name in (COMPUTED.name, CHANCE) if name in failures][:1] or list(failures.values())
    smaller = tuple(_with_smallest(failure, signal, rules, progress) for failure in wanted)
    return Verdict(signal, checks, smaller, varies)


def _with_smallest(failure: Failure, signal: Signal, rules: UsageRules, progress: Progress) -> Failure:
    """The same failure on fewer accounts and rows; without an example where it does not come again."""

    def fails(made: MadeUp) -> str:
        return _seen_of(failure.check, Trial(made, (signal,), rules))

    def report(tries: int, most: int) -> None:
        progress(f"why {signal.name}", tries, most)

    example, said = smallest(failure.example, fails, report) if failure.example else (None, "")
    return replace(failure, seen=said, example=example) if said else replace(failure, example=None)


def _seen_of(check: Check, trial: Trial) -> str:
    try:
        return check.run(trial).get(trial.signals[0].name, "")
    except pl.exceptions.PolarsError:
        return ""
