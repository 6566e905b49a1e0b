"""How far back a signal's definition says that it reads."""

from __future__ import annotations

import re

from consumption.features.signal import Signal
from consumption.features.sources import SOURCES

# Columns of windowed frames that tell of all the time before: since when, until when.
_OF_ALL_TIME = re.compile(r"(first|last)_.*|is_new|is_first.*")


def reach(signal: Signal) -> int | None:
    """Days before the moment that events and interactions can matter; None where that is all the time there is."""
    if signal.of:
        parts = [reach(one) for one in signal.of]
        known = [days for days in parts if days is not None]
        return max(known) if len(known) == len(parts) else None
    source = SOURCES.get(signal.source)
    if source is None or not source.windowed or not source.windows or not signal.window:
        return None
    if any(_OF_ALL_TIME.fullmatch(column) for column in signal.expr.meta.root_names()):
        return None
    return signal.offset + source.windows * signal.window
