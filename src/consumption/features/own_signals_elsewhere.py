"""Whether the user's own signals are defined alike by another process, on another day.

`python -m consumption.features.own_signals_elsewhere FOLDER` writes their fingerprints as JSON, as they are years
from now. A definition that reads the clock, chance, or the order of a set has another fingerprint then: each model
would be stale by the next day.
"""

from __future__ import annotations

import datetime as clock
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumption.features.own_signals import defined_signals
from consumption.features.signal_set import fingerprints

_LATER = clock.timedelta(days=1234, hours=5)


class _Datetime(clock.datetime):
    @classmethod
    def now(cls, tz: clock.tzinfo | None = None) -> _Datetime:
        return super().now(tz) + _LATER

    @classmethod
    def today(cls) -> _Datetime:
        return super().today() + _LATER


class _Date(clock.date):
    @classmethod
    def today(cls) -> _Date:
        return super().today() + _LATER


def fingerprints_elsewhere(folder: Path) -> dict[str, str]:
    """Name to fingerprint of the folder's signals, as another process defines them years from now; {} if it fails."""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    done = subprocess.run(  # noqa: S603 - this module itself, by this interpreter
        [sys.executable, "-m", __name__, str(folder)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, str] = json.loads(done.stdout) if done.returncode == 0 else {}
    return found


@contextmanager
def _years_from_now() -> Iterator[None]:
    """Another clock for those who ask for the time meanwhile."""
    usual = clock.datetime, clock.date
    clock.datetime, clock.date = _Datetime, _Date  # type: ignore[misc] # types of a module, for a while
    try:
        yield
    finally:
        clock.datetime, clock.date = usual  # type: ignore[misc] # as above


def main(folder: Path) -> None:
    """Write the fingerprints of the folder's signals, years from now."""
    with _years_from_now():
        found = defined_signals(folder)
    sys.stdout.write(json.dumps(fingerprints([own.signal for own in found])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
