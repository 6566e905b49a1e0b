"""Work on this machine, one group of buckets after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from consumption.engines.progress import Progress, silent

Result = TypeVar("Result")
Buckets = Sequence[int]


def apply(
    function: Callable[[Buckets], Result], groups: Sequence[Buckets], *, what: str, progress: Progress = silent
) -> Iterator[Result]:
    """The function's answer for each group of buckets, in order.

    A group is what fits in memory at once; Polars uses every core within it, so groups take turns.
    """
    progress(what, 0, len(groups))
    for done, buckets in enumerate(groups, start=1):
        yield function(buckets)
        progress(what, done, len(groups))
