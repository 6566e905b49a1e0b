"""Linear algebra on one thread: for tables this small, threads that wait for each other cost more than the sums."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """Looks for the libraries once: that takes longer than what they are then asked to do."""
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Within it, linear algebra runs on one thread."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1)
    return limited
