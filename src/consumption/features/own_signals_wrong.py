"""What can be wrong with a user's own signal, told with file, line and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from consumption.errors import ConsumptionError
from consumption.features.signal import Signal
from consumption.features.sources import SOURCES


class WrongOwnSignal(ConsumptionError):
    """A file in the workspace's `features/` cannot be used."""


class SignalFailed(ConsumptionError):
    """A signal could not be computed from the data there is."""

    status = 500


def cannot_load(file: Path, error: Exception) -> WrongOwnSignal:
    """The error of a file that failed when it was run: its line, what was said, what to do."""
    named = f"{file.parent.name}/{file.name}"
    if isinstance(error, ConsumptionError):
        return WrongOwnSignal(f"{named}, line {_line(file, error)}: {error.problem}", error.remedy)
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return WrongOwnSignal(f"{named}, line {error.lineno}: {error.msg}", "mend that line")
    if isinstance(error, ImportError):
        return WrongOwnSignal(
            f"{named}, line {_line(file, error)}: {said}",
            "install what it imports beside consumption; one file of the folder cannot import another",
        )
    return WrongOwnSignal(
        f"{named}, line {_line(file, error)}: {said}",
        "mend that line; an own signal needs @signal(unit=..., family=..., label=...), a docstring and an expression",
    )


def cannot_compute(signal: Signal, error: pl.exceptions.PolarsError, place: str = "") -> SignalFailed:
    """The error of a signal that cannot be computed: where it is defined, what was said, the columns there are."""
    said = str(error).strip().partition("\n")[0]
    where = place or _place(signal)
    return SignalFailed(f"{where}: signal {signal.name} cannot be computed: {said}", _remedy(signal))


@contextmanager
def naming_what_fails(signals: Sequence[Signal], alone: Callable[[Signal], object]) -> Iterator[None]:
    """Turn a failure of Polars on many signals into `SignalFailed` of the one that fails `alone` too."""
    try:
        yield
    except pl.exceptions.PolarsError:
        for signal in signals:
            try:
                alone(signal)
            except pl.exceptions.PolarsError as error:
                raise cannot_compute(signal, error) from error
        raise


def _remedy(signal: Signal) -> str:
    shape = "it needs one number an account, such as pl.col('events').sum()"
    if signal.of:
        return f"it is made of {', '.join(one.name for one in signal.of)}; {shape}"
    source = SOURCES[signal.source]
    if not source.grouped:
        shape = "it needs one number a row"
    return f"its frame {source.name} ({source.meaning.rstrip('.')}) has account_id, {source.columns}; {shape}"


def _place(signal: Signal) -> str:
    if signal.function is None:
        return "a signal without a function"
    code = signal.function.__code__
    file = Path(code.co_filename)
    return f"{file.parent.name}/{file.name}, line {code.co_firstlineno}"


def _line(file: Path, error: Exception) -> int:
    """The last line of the file that was being run."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(file)]
    return (lines[-1] if lines else None) or 1
