"""Who was erased: salted hashes, so that files which still name them are known, and they are not."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl

from consumption.lake.delta_table import DeltaPlace
from consumption.lake.names import may_be_name, plain, spans
from consumption.lake.wording import ERASED, spelled, whole_values

# How many words a name has is told, so that no longer ones are looked for.
HASHES = pl.Schema({"salt": pl.String(), "hash": pl.String(), "words": pl.Int64()})
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
_LEAST_LONGEST = 4  # of a list from before words were counted
_AROUND = "\"'`,;.:!?()[]{}<>"


@dataclass
class Erased:
    """The list, and what of the values met so far is on it."""

    salt: str
    hashes: frozenset[str]
    longest: int = _LEAST_LONGEST
    _met: dict[str, bool] = field(default_factory=dict)

    def has(self, value: str | None) -> bool:
        """Whether this is an id, an e-mail, a name or a phone number of somebody who was erased."""
        if not value:
            return False
        if value not in self._met:
            number = phone_number(value)
            self._met[value] = self._lists(value) or (number is not None and self._lists(number))
        return self._met[value]

    def _lists(self, value: str) -> bool:
        """The same, without regard to phone numbers: those may be the switchboard's."""
        forms = {value, plain(value)} if may_be_name(value) else {value}
        return any(hashed(form, self.salt) in self.hashes for form in forms)

    def refuse(self, table: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The rows without those of erased people, and how many those were; texts of others without their names."""
        if not self.hashes:
            return rows, 0
        who = pl.repeat(value=False, n=rows.height, eager=True)
        for column in _WHO.get(table, ()):
            who |= self._among(rows[column])
        if table == "contacts":
            who |= self._at_home(rows["account_id"].to_list(), rows["name"].to_list())
            # A number of the switchboard is that of others too: they stay, without it.
            rows = rows.with_columns(rows["phone"].set(self._among(rows["phone"]), None))
        return self._unnamed(rows.filter(~who)), int(who.sum())

    def refuse_wrong(self, wrong: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The same for rows that could not be read: those go that are an erased person's, and others stay."""
        if not self.hashes or wrong.is_empty():
            return wrong, 0
        theirs = pl.Series([self._is_theirs(row) for row in wrong["row"].to_list()], dtype=pl.Boolean)
        left = wrong.filter(~theirs)
        for column in ("row", "reason"):
            words = _ids_of(left[column], json_only=False, longest=self.longest)
            found = [word for word in words.union(*map(_values, left[column].drop_nulls())) if self.has(word)]
            left = left.with_columns(_replaced(left[column], found)) if found else left
        return left, int(theirs.sum())

    def _is_theirs(self, row: str | None) -> bool:
        """Whether a value of a row is an erased id or e-mail, or a name beside its account.

        Of a line that could not be taken apart, all that it says is looked at.
        """
        values = whole_values(row or "")
        if values is None:
            return any(map(self._lists, _ids_in(row)))
        return any(self._named_beside(v, values) if may_be_name(v) else self._lists(v) for v in values)

    def _named_beside(self, name: str, values: Collection[str]) -> bool:
        return self._lists(name) and any(self._is_at_home(value, name) for value in values)

    def _at_home(self, accounts: Sequence[str | None], names: Sequence[str | None]) -> pl.Series:
        """Whether each is the name of somebody who was erased, in their account."""
        found = [
            bool(account and name) and self._is_at_home(str(account), str(name))
            for account, name in zip(accounts, names, strict=True)
        ]
        return pl.Series(found, dtype=pl.Boolean)

    def _is_at_home(self, account_id: str, name: str) -> bool:
        forms = (plain(name), " ".join(name.split()))
        return any(hashed(named_in(account_id, form), self.salt) in self.hashes for form in forms)

    def _among(self, values: pl.Series) -> pl.Series:
        unique = values.unique().drop_nulls()
        on_it = unique.filter(pl.Series([self.has(v) for v in unique.to_list()], dtype=pl.Boolean))
        return values.is_in(on_it.implode()).fill_null(value=False)

    def _unnamed(self, rows: pl.DataFrame) -> pl.DataFrame:
        for column in (name for name in _TEXTS if name in rows.columns):
            words = _ids_of(rows[column], json_only=column == "attributes", longest=self.longest)
            found = [word for word in words if self.has(word)]
            if found:
                rows = rows.with_columns(_replaced(rows[column], found))
        return rows


def _ids_of(texts: pl.Series, *, json_only: bool, longest: int) -> set[str]:
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
    plain_texts = texts.unique().to_list()
    return found.union(*(spans(text, longest) for text in plain_texts), *(_runs(text) for text in plain_texts))


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
    longest = max([_LEAST_LONGEST, *kept["words"].drop_nulls()])
    return Erased(kept["salt"][0] if kept.height else "", frozenset(kept["hash"]), longest)


def add_erased(place: DeltaPlace, values: Sequence[str], *, source: str) -> None:
    """Put ids, e-mails and names on the list, once each."""
    before = read_erased(place)
    salt = before.salt or secrets.token_hex(16)
    made = {hashed(form, salt): words for value in values for form, words in _forms(value)}
    new = sorted((key, words) for key, words in made.items() if key not in before.hashes)
    if new:
        rows = {"salt": [salt] * len(new), "hash": [key for key, _ in new], "words": [words for _, words in new]}
        place.append(pl.DataFrame(rows, schema=HASHES), source=source)


def _forms(value: str) -> Iterator[tuple[str, int | None]]:
    """What of a value is listed, and of how many words it is if it is a name."""
    if not may_be_name(value) or "\n" in value:
        yield value, None
        return
    yield from ((form, len(plain(value).split())) for form in {value, plain(value)})


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
