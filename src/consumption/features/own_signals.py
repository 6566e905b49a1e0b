"""The user's own signals: Python files in the workspace's `features/` folder, read by their path."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType

import polars as pl

from consumption.features.compute import compute_signals
from consumption.features.own_signals_wrong import WrongOwnSignal, cannot_compute, cannot_load
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, by_name, signals_for, signals_in
from consumption.features.sources import DERIVED, SOURCES
from consumption.lake.history import History

FOLDER = "features"


@dataclass(frozen=True)
class OwnSignal:
    """A signal and where it is defined."""

    signal: Signal
    file: Path
    line: int

    @property
    def place(self) -> str:
        """File and line, as a message names them."""
        return f"{self.file.parent.name}/{self.file.name}, line {self.line}"


def own_signals(folder: Path, rules: UsageRules = NO_RULES) -> tuple[OwnSignal, ...]:
    """The signals that the folder's files define, by file and in its order; none where there is no folder.

    The files are run as programs, with the rights of whoever runs this. Names that begin with `_` only serve others.
    Raises `WrongOwnSignal` for a file that fails, a name that is taken, a frame that there is not, and `SignalFailed`
    for a column that there is not: each with file and line.
    """
    found = defined_signals(folder, rules)
    _compute(found, rules)
    return found


def defined_signals(folder: Path, rules: UsageRules = NO_RULES) -> tuple[OwnSignal, ...]:
    """The same, before it is tried whether they can be computed."""
    found: dict[str, OwnSignal] = {}
    taken = by_name(signals_for(rules))
    for file in sorted(folder.glob("*.py")):
        for own in _defined_in(file):
            _check_name(own, taken, found)
            for one in _parts(own.signal):
                _check_source(own, one)
                _check_expression(own, one)
            found[own.signal.name] = own
    return tuple(found.values())


class _Source(SourceFileLoader):
    """Reads a file anew each time, and leaves no compiled copy beside it."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _defined_in(file: Path) -> Iterator[OwnSignal]:
    loader = _Source(f"consumption_own_{file.stem}", str(file))
    spec = spec_from_loader(loader.name, loader)
    module = module_from_spec(spec)  # type: ignore[arg-type] # a file's own loader always gives one
    sys.modules[loader.name] = module
    try:
        loader.exec_module(module)
    except Exception as error:
        # Whatever the user's own code may raise is told with its line.
        raise cannot_load(file, error) from error
    finally:
        del sys.modules[loader.name]
    lines = _lines(file)
    known = by_name(SIGNALS)
    names = {id(value): name for name, value in vars(module).items()}
    for signal in signals_in(module):
        if known.get(signal.name) != signal:
            yield OwnSignal(signal, file, lines.get(names[id(signal)], 1))


def _lines(file: Path) -> dict[str, int]:
    """Where each name of the file is defined or assigned."""
    found: dict[str, int] = {}
    for node in ast.parse(file.read_bytes()).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node.lineno
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name):
                found[target.id] = node.lineno
    return found


def _check_name(own: OwnSignal, taken: Mapping[str, Signal], found: Mapping[str, OwnSignal]) -> None:
    name = own.signal.name
    if name in taken:
        raise WrongOwnSignal(f"{own.place}: there is a signal {name} already", "give this one another name")
    if name in found:
        raise WrongOwnSignal(
            f"{own.place}: {name} is defined in {found[name].place} too", "give one of them another name"
        )


def _check_expression(own: OwnSignal, signal: Signal) -> None:
    """Refuse what could not be compared between two trainings."""
    if _calls_python(signal.expr):
        raise WrongOwnSignal(
            f"{own.place}: signal {signal.name} calls a Python function on values (map_elements, map_batches)",
            "write it with Polars expressions: only those can be compared between trainings, and are fast",
        )


def _check_source(own: OwnSignal, signal: Signal) -> None:
    source = SOURCES.get(signal.source)
    if source is None and signal.source not in DERIVED:
        raise WrongOwnSignal(f"{own.place}: there is no frame {signal.source!r}", f"use one of {', '.join(SOURCES)}")
    if signal.source == "signals" and not signal.of:
        raise WrongOwnSignal(
            f"{own.place}: signal {signal.name} is made of no other signal", "name them: @signal(of=(...,), ...)"
        )
    if source and source.windowed and not signal.window and source.name != "interactions":
        raise WrongOwnSignal(
            f"{own.place}: the frame {source.name} has the rows of a window, and signal {signal.name} names none",
            "give it one: @signal(window=weeks(4), ...)",
        )
    if (signal.window or 0) % 7:
        raise WrongOwnSignal(
            f"{own.place}: a window of {signal.window} days is no whole number of weeks",
            "write window=weeks(4): weekdays cancel in whole weeks",
        )


def _parts(signal: Signal) -> Iterator[Signal]:
    """The signal and those it is made of, except ours."""
    yield signal
    for one in signal.of:
        if by_name(SIGNALS).get(one.name) != one:
            yield from _parts(one)


def _calls_python(expr: pl.Expr) -> bool:
    return "AnonymousFunction" in _keys(json.loads(expr.meta.serialize(format="json")))


def _keys(node: object) -> set[str]:
    inner: Iterable[object] = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = set(node) if isinstance(node, dict) else set()
    return own.union(*(_keys(one) for one in inner if isinstance(one, dict | list)))


def _compute(own: Sequence[OwnSignal], rules: UsageRules) -> None:
    """Raise where one cannot be computed: columns and types show on a history of next to nothing."""
    if not own or not _fails([one.signal for one in own], rules):
        return
    for one in own:
        if error := _fails([one.signal], rules):
            raise cannot_compute(one.signal, error, one.place) from error


def _fails(signals: Sequence[Signal], rules: UsageRules) -> pl.exceptions.PolarsError | None:
    as_of = datetime(2025, 6, 1, tzinfo=UTC)
    try:
        compute_signals(_one_event(as_of - timedelta(days=1)), as_of=as_of, signals=signals, rules=rules)
    except pl.exceptions.PolarsError as error:
        return error
    return None


def _one_event(moment: datetime) -> History:
    """One account, one event: texts are numbers, so that a formula which expects numbers there finds them."""
    account = pl.DataFrame({"account_id": ["1"], "created_at": [moment]})
    row = {"timestamp": moment, "event": "1", "user_id": "1", "asset_id": "1", "product": "1"}
    return History.of(accounts=account, events=account.select("account_id").with_columns(**{
        name: pl.lit(value) for name, value in row.items()
    }))  # fmt: skip
