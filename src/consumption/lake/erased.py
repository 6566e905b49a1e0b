"""Who was erased: salted hashes, so that files which still name them are known, and they are not."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl

from consumption.lake.delta_table import DeltaPlace
from consumption.lake.wording import ERASED, spelled

HASHES = pl.Schema({"salt": pl.String(), "hash": pl.String()})
# Columns that tell who a person is, in the tables that have them; texts of the others may name one.
_WHO = {"events": ("user_id",), "contacts": ("contact_id", "user_id", "email"), "interactions": ("user_id",)}
_TEXTS = ("topic", "text", "attributes")
_WORD = r"[\w.+@-]*[\w+@-]"
# Ids may have other signs (`auth0|4711`, `user:4711`): what stands between spaces, and what between quotes too.
_RUN = r"\S+"
_BARE_RUN = r"""[^\s"',;()\[\]{}<>]+"""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SEVERAL = r"[\\\s',;()\[\]{}<>]"
# A number as people write it: digits in groups, at least seven of them.
_PHONE = r"\+?\(?\d[\d ()/.\-]{5,}\d"
_FEWEST_DIGITS, _OWN_DIGITS = 7, 9
_LONGEST_NAME = 4
_AROUND = "\"'`,;.:!?()[]{}<>"


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
            forms = [value, *filter(None, [phone_number(value)])]
            self._met[value] = any(hashed(form, self.salt) in self.hashes for form in forms)
        return self._met[value]

    def refuse(self, table: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The rows without those of erased people, and how many those were; texts of others without their names."""
        if not self.hashes:
            return rows, 0
        who = pl.repeat(value=False, n=rows.height, eager=True)
        for column in _WHO.get(table, ()):
            who |= self._among(rows[column])
        if table == "contacts":
            at_home = pl.format("{}\n{}", "account_id", pl.col("name").str.replace_all(r"\s+", " "))
            who |= self._among(rows.select(at_home.alias("name")).to_series())
            # A number of the switchboard is that of others too: they stay, without it.
            rows = rows.with_columns(rows["phone"].set(self._among(rows["phone"]), None))
        return self._unnamed(rows.filter(~who)), int(who.sum())

    def refuse_wrong(self, wrong: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The same for rows that could not be read: whole ones that name an erased person."""
        if not self.hashes or wrong.is_empty():
            return wrong, 0
        named = pl.Series([any(map(self.has, _ids_in(row))) for row in wrong["row"].to_list()], dtype=pl.Boolean)
        return wrong.filter(~named), int(named.sum())

    def _among(self, values: pl.Series) -> pl.Series:
        unique = values.unique().drop_nulls()
        on_it = unique.filter(pl.Series([self.has(v) for v in unique.to_list()], dtype=pl.Boolean))
        return values.is_in(on_it.implode()).fill_null(value=False)

    def _unnamed(self, rows: pl.DataFrame) -> pl.DataFrame:
        for column in (name for name in _TEXTS if name in rows.columns):
            found = [word for word in _ids_of(rows[column], json_only=column == "attributes") if self.has(word)]
            if found:
                rows = rows.with_columns(_replaced(rows[column], found))
        return rows


def _ids_of(texts: pl.Series, *, json_only: bool) -> set[str]:
    """All that may be an id, an e-mail or a name in these texts; in JSON, names are whole values."""
    texts = texts.drop_nulls()
    words = texts.str.extract_all(_WORD)
    found = set(words.explode().drop_nulls().unique())
    found.update(texts.str.extract_all(_PHONE).explode().drop_nulls().unique())
    if json_only:
        quoted = texts.str.extract_all(_QUOTED).explode().drop_nulls().unique()
        # Of most values there is little to look into: no word, quote or list within them.
        whole = quoted.filter(~quoted.str.contains(_SEVERAL))
        found.update(whole.str.strip_chars('"'), whole.str.strip_chars(_AROUND))
        return found.union(*(_ids_in(text) for text in quoted.filter(quoted.str.contains(_SEVERAL)).to_list()))
    names = {" ".join(some) for each in words.to_list() for some in _neighbours(each)}
    return found.union(names, *(_runs(text) for text in texts.unique().to_list()))


def _neighbours(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Words that stand one after the other, as many as names have."""
    for many in range(2, _LONGEST_NAME + 1):
        yield from (words[k : k + many] for k in range(len(words) - many + 1))


def _ids_in(text: str | None) -> set[str]:
    """All that may be an id in one text: words, runs of other signs, and every string of JSON as a whole."""
    if not text:
        return set()
    return {*re.findall(_WORD, text), *re.findall(_PHONE, text), *_runs(text), *_values(text)}


def _runs(text: str) -> Iterator[str]:
    for run in (*re.findall(_RUN, text), *re.findall(_BARE_RUN, text)):
        yield run.strip(_AROUND)


def _values(text: str) -> Iterator[str]:
    """The strings of JSON, and those of JSON within them."""
    for quoted in re.findall(_QUOTED, text):
        try:
            value: str = json.loads(quoted)
        except ValueError:
            continue
        yield value
        yield from _runs(value)
        yield from _values(value)


def _replaced(texts: pl.Series, found: Iterable[str]) -> pl.Series:
    """The texts without these words, where they stand for themselves."""
    forms = spelled(found)
    around = "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms)
    taken = re.compile(around)
    has_one = texts.str.contains_any(forms).fill_null(value=False)
    left = [taken.sub(ERASED, text) if hit else text for text, hit in zip(texts, has_one, strict=True)]
    return pl.Series(texts.name, left, dtype=pl.String)


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


def phone_number(value: str) -> str | None:
    """A phone number without spaces, signs and what is dialled before it; None where a text is none."""
    if not re.fullmatch(_PHONE, value.strip()):
        return None
    digits = re.sub(r"\D", "", value)
    return f"phone {digits[-_OWN_DIGITS:]}" if len(digits) >= _FEWEST_DIGITS else None


def named_in(account_id: str, name: str) -> str:
    """A name within an account, for the list: there it tells who it is, whatever else a row says."""
    return f"{account_id}\n{name}"


def hashed(value: str, salt: str) -> str:
    """What the list keeps of an id, e-mail or name; only that of an id is told from others by its case."""
    plain = value.lower() if "@" in value or " " in value else value
    return blake2b(plain.encode(), digest_size=20, key=salt.encode()).hexdigest()
