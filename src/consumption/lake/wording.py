"""The words that tell who a person is, found in any text and taken out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

ERASED = "[erased]"
# Shorter words, numbers of few digits and plain words stand for other things too.
_SHORTEST, _SHORTEST_PLAIN, _FEWEST_DIGITS = 4, 8, 7
# What stands around a word: nothing that would make it another, but an escaped sign of a JSON text may. An id may be
# a part of another id (call-ada-4711); an e-mail that goes on in front is somebody else's.
_ESCAPED = r"(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})"
_WORD = rf"(?:(?<![^\W_])(?<![@+])|{_ESCAPED}){{}}(?![^\W_]|[@+])"
_MAIL = rf"(?:(?<![\w@+.-])|{_ESCAPED}){{}}(?![\w@+-])"
# Fields of JSON whose value is a person.
_PERSONAL = r"(?:user|user_id|userid|contact|contact_id|actor|who|name|email|phone)"


@dataclass(frozen=True)
class Wording:
    """What to take out of texts, which may be plain, JSON, or JSON within JSON; case does not matter.

    `texts` and `words` go wherever they stand; words that say little only where JSON names a person by them.
    """

    words: frozenset[str]
    texts: frozenset[str] = field(default_factory=frozenset)

    def hinted(self, column: str) -> pl.Expr:
        """Whether a text may need a change: never false where it does."""
        parts = [re.escape(form) for form in self.forms]
        parts += [rf'"{re.escape(form)}\\*"' for form in spelled(w for w in self.words if not _tells(w))]
        if not parts:
            return pl.lit(value=False)
        return pl.col(column).str.contains(f"(?i){'|'.join(parts)}").fill_null(value=False)

    def without(self, text: str | None) -> str | None:
        """The text without them."""
        return text and self._pattern.sub(lambda found: (found["field"] or "") + ERASED, text)

    def hinted_as_value(self, column: str) -> pl.Expr:
        """Whether one of the words may be a whole value of a JSON text: never false where it is."""
        parts = [re.escape(form) for form in spelled(self.words)]
        if not parts:
            return pl.lit(value=False)
        pattern = rf'(?i)["\s:,\[](?:{"|".join(parts)})["\s\\,}}\]]'
        return pl.col(column).str.contains(pattern).fill_null(value=False)

    def redacted(self, values: pl.Series) -> pl.Series:
        """The texts without them."""
        return pl.Series(values.name, [self.without(v) for v in values.to_list()], dtype=pl.String)

    @cached_property
    def forms(self) -> list[str]:
        """Every way in which what is taken out everywhere may be written, the longest first."""
        return spelled([*self.texts, *(word for word in self.words if _tells(word))])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        texts = _alternatives(self.texts)
        mails = _MAIL.replace("{}", _alternatives(w for w in self.words if "@" in w))
        telling = _WORD.replace("{}", _alternatives(w for w in self.words if _tells(w) and "@" not in w))
        others = _alternatives(w for w in self.words if not _tells(w))
        named = rf'(?P<field>"{_PERSONAL}\\*"\s*:\s*\\*"){others}(?=\\*")'
        return re.compile("|".join((named, texts, mails, telling)), re.IGNORECASE)


def whole_values(text: str) -> list[str] | None:
    """The texts and numbers in a JSON text, as text, whatever their keys; None where it is no JSON."""
    try:
        return [str(value).strip() for value in _leaves(json.loads(text))]
    except ValueError:
        return None


def _leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield value


def _tells(word: str) -> bool:
    """Whether a word can hardly mean anything else."""
    if not any(c.isalpha() for c in word):
        return sum(c.isdigit() for c in word) >= _FEWEST_DIGITS
    mixed = any(not c.isalpha() for c in word)
    return len(word) >= (_SHORTEST if mixed else _SHORTEST_PLAIN)


def _alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words; without words, one that nothing matches."""
    forms = spelled(words)
    return f"(?:{'|'.join(re.escape(form) for form in forms)})" if forms else r"(?!)"


def spelled(words: Iterable[str]) -> list[str]:
    """The words as they are, as JSON writes them, and as JSON within JSON does."""
    forms = set(words)
    for _ in range(2):
        forms |= {json.dumps(form, ensure_ascii=plain)[1:-1] for form in forms for plain in (True, False)}
    return sorted(forms, key=lambda form: (-len(form), form))
