"""Who was erased: salted hashes, so that files which still name them are known, and they are not."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise

import polars as pl

from consumption.lake.delta_table import DeltaPlace
from consumption.lake.wording import ERASED

HASHES = pl.Schema({"salt": pl.String(), "hash": pl.String()})
# Columns that tell who a person is, in the tables that have them; texts of the others may name one.
_WHO = {"events": ("user_id",), "contacts": ("contact_id", "user_id", "email"), "interactions": ("user_id",)}
_TEXTS = ("topic", "text", "attributes")
_WORD = r"[\w.+@-]*[\w+@-]"


@dataclass
class Erased:
    """The list, and what of the values met so far is on it."""

    salt: str
    hashes: frozenset[str]
    _met: dict[str, bool] = field(default_factory=dict)

    def has(self, value: str | None) -> bool:
        """Whether this id or e-mail was erased."""
        if not value:
            return False
        if value not in self._met:
            self._met[value] = hashed(value, self.salt) in self.hashes
        return self._met[value]

    def refuse(self, table: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The rows without those of erased people, and how many those were; texts of others without their names."""
        if not self.hashes:
            return rows, 0
        who = pl.repeat(value=False, n=rows.height, eager=True)
        for column in _WHO.get(table, ()):
            who |= self._among(rows[column])
        return self._unnamed(rows.filter(~who)), int(who.sum())

    def refuse_wrong(self, wrong: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The same for rows that could not be read: whole ones that name an erased person."""
        if not self.hashes or wrong.is_empty():
            return wrong, 0
        named = wrong["row"].str.extract_all(_WORD).map_elements(self._any, return_dtype=pl.Boolean)
        return wrong.filter(~named), int(named.sum())

    def _among(self, values: pl.Series) -> pl.Series:
        unique = values.unique().drop_nulls()
        on_it = unique.filter(pl.Series([self.has(v) for v in unique.to_list()], dtype=pl.Boolean))
        return values.is_in(on_it.implode()).fill_null(value=False)

    def _unnamed(self, rows: pl.DataFrame) -> pl.DataFrame:
        for column in (name for name in _TEXTS if name in rows.columns):
            words = rows[column].drop_nulls().str.extract_all(_WORD)
            single = words.explode().drop_nulls().unique().to_list()
            # A name is two words; attributes are many, and have ids and e-mails.
            pairs = (
                {f"{a} {b}" for each in words.to_list() for a, b in pairwise(each)} if column != "attributes" else ()
            )
            found = [word for word in (*pairs, *single) if self.has(word)]
            if found:
                rows = rows.with_columns(pl.col(column).str.replace_many(found, [ERASED] * len(found)))
        return rows

    def _any(self, words: Sequence[str]) -> bool:
        return any(self.has(word) for word in words)


def read_erased(place: DeltaPlace) -> Erased:
    """The list that is kept in a place; without one nobody was erased."""
    kept = place.scan(HASHES).collect()
    return Erased(kept["salt"][0] if kept.height else "", frozenset(kept["hash"]))


def add_erased(place: DeltaPlace, values: Sequence[str], *, source: str) -> None:
    """Put ids, e-mails and names on the list, once each."""
    before = read_erased(place)
    salt = before.salt or secrets.token_hex(16)
    new = sorted({hashed(value, salt) for value in values} - before.hashes)
    if new:
        place.append(pl.DataFrame({"salt": [salt] * len(new), "hash": new}, schema=HASHES), source=source)


def hashed(value: str, salt: str) -> str:
    """What the list keeps of an id, e-mail or name; only that of an id is told from others by its case."""
    plain = value.lower() if "@" in value or " " in value else value
    return blake2b(plain.encode(), digest_size=20, key=salt.encode()).hexdigest()
