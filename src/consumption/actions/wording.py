"""Where in a file something stands, and what its writer may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`, did you mean X?`, or nothing where no word is near."""
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f", did you mean {near[0]}?" if near else ""


@dataclass(frozen=True)
class Lines:
    """The lines of a TOML text in which entries `[[action]]` stand."""

    text: str
    source: str
    starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        starts = [n for n, line in enumerate(self.text.splitlines(), 1) if re.match(r"\s*\[\[\s*action\s*\]\]", line)]
        object.__setattr__(self, "starts", tuple(starts))

    def at(self, entry: int, key: str) -> str:
        """`FILE line N`: where the key of that entry stands, or the entry itself."""
        if entry >= len(self.starts):
            return self.source
        first = self.starts[entry]
        after = self.starts[entry + 1] if entry + 1 < len(self.starts) else len(self.text.splitlines()) + 1
        pattern = re.compile(rf"\s*(\[\[\s*action\.)?{re.escape(key)}\b") if key else re.compile(r"$^")
        inside = enumerate(self.text.splitlines()[first : after - 1], first + 1)
        line = next((n for n, text in inside if pattern.match(text)), first)
        return f"{self.source} line {line}"
