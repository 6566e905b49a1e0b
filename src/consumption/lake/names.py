"""Names of people as they are written: with apostrophes and hyphens, of many words, turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"\w+")
# What may stand between the words of one name: `O'Brien`, `Anne-Marie`, `J. R. Smith`, `Lopez, Ana`.
_BETWEEN = re.compile(r"[\s.,'\u2019\u02bc`\u00b4\u2010\u2011-]{1,3}")


def plain(name: str) -> str:
    """A name's words in lower case, whatever stands between them."""
    return " ".join(_WORD.findall(name.lower()))


def turned(name: str) -> list[str]:
    """A name as lists have it, what comes last first; wherever its last part may begin."""
    words = name.split()
    return [f"{' '.join(words[k:])}, {' '.join(words[:k])}" for k in range(1, len(words))]


def may_be_name(value: str) -> bool:
    """Whether a value has several words and looks like no id."""
    return len(value.split()) > 1 and not any(c.isdigit() or c == "@" for c in value)


def spans(text: str, longest: int) -> Iterator[str]:
    """All that may be a name in a text: pieces of two words or more, of at most so many."""
    words = list(_WORD.finditer(text))
    for first, begin in enumerate(words):
        for last in range(first + 1, min(first + longest, len(words))):
            if not _BETWEEN.fullmatch(text, words[last - 1].end(), words[last].start()):
                break
            yield text[begin.start() : words[last].end()]
