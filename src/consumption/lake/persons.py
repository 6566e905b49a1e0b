"""A person at a customer: every name that files know them by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from consumption.lake.delta import Lake
from consumption.lake.erased import named_in, phone_number
from consumption.lake.names import may_be_name, plain, turned
from consumption.lake.wording import Wording
from consumption.tables import LINE

# Whoever shares a login is one person here; chains longer than this are not followed.
_ROUNDS = 5
# A shorter text says the same of anybody.
_SHORTEST_TEXT = 12
_FIELDS = {"user_ids": "user_id", "contact_ids": "contact_id", "emails": "email", "names": "name", "phones": "phone"}


@dataclass(frozen=True)
class Person:
    """Ids of users and contacts, e-mails, names and phones of one person, and what was written of talks with them."""

    user_ids: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def wording(self) -> Wording:
        """What tells who they are."""
        return Wording(frozenset({*self.ids, *self._written_names, *self.phones}))

    @property
    def wording_but_phones(self) -> Wording:
        """What tells who they are and nobody else: a phone number may be the switchboard's."""
        return Wording(frozenset({*self.ids, *self._written_names}))

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids and e-mails."""
        return (*self.user_ids, *self.contact_ids, *self.emails)

    def are_theirs(self, values: Collection[str]) -> bool:
        """Whether the values of a row make it theirs: an id, an e-mail, or a name in an account of theirs."""
        mails = {mail.lower() for mail in self.ids if "@" in mail}
        if any(value in self.ids or value.lower() in mails for value in values):
            return True
        names = {plain(name) for name in self._written_names if may_be_name(name)}
        return any(may_be_name(v) and plain(v) in names for v in values) and any(v in self.accounts for v in values)

    @property
    def _written_names(self) -> tuple[str, ...]:
        return (*self.names, *(form for name in self.names for form in turned(name)))

    @property
    def wording_of_talks(self) -> Wording:
        """The same, and what was said in talks with them: for rows of their accounts, whose words are about them."""
        return Wording(self.wording.words, frozenset(self.texts))

    @property
    def known_by(self) -> list[str]:
        """Ids, e-mails, phone numbers, and names of two words or more: one word is the name of others too.

        Names are there as they are and turned round, by their words; and again with each account, where they stand
        for nobody else.
        """
        several = [name for name in self.names if len(name.split()) > 1]
        names = [plain(form) for name in several for form in (name, *turned(name))]
        at_home = (named_in(account, name) for account in self.accounts for name in names)
        phones = filter(None, map(phone_number, self.phones))
        return [*self.ids, *names, *at_home, *phones]

    @property
    def as_json(self) -> dict[str, Any]:
        """Plain values, for `Person.of_json`."""
        return asdict(self)

    @staticmethod
    def of_json(values: dict[str, Any]) -> Person:
        """The person that `as_json` told."""
        return Person(**{name: tuple(value) for name, value in values.items()})


def find_person(lake: Lake, given: str) -> Person:
    """The person with this user id, or this e-mail: all that any version of `contacts` says of them."""
    rows = lake.scan("contacts").select("account_id", *_FIELDS.values()).unique().collect()
    known = {"user_ids": {given}, "emails": {given} if "@" in given else set(), "contact_ids": set[str]()}
    mine = rows.clear()
    for _ in range(_ROUNDS):
        found = rows.filter(
            pl.any_horizontal(one_of(_FIELDS[name], values) for name, values in known.items() if values)
        )
        if found.height == mine.height:
            break
        mine = found
        for name in known:
            known[name] |= set(mine[_FIELDS[name]].drop_nulls())
    told = {name: tuple(sorted(set(mine[column].drop_nulls()))) for name, column in _FIELDS.items()}
    told |= {name: tuple(sorted(values)) for name, values in known.items()}
    talks = lake.scan("interactions").filter(one_of("user_id", known["user_ids"])).collect()
    said = talks["text"].drop_nulls().unique()
    return Person(
        **told,
        accounts=tuple(sorted({*mine["account_id"], *talks["account_id"], *_accounts_of(lake, known["user_ids"])})),
        texts=tuple(sorted(said.filter(said.str.len_chars() >= _SHORTEST_TEXT))),
    )


def rows_by_account(lake: Lake, person: Person) -> pl.DataFrame:
    """How many rows of each account are the person's: account_id, table, rows; sorted."""
    of_users, of_contacts = one_of("user_id", person.user_ids), one_of("contact_id", person.contact_ids)
    theirs = {
        "events": of_users,
        "contacts": of_users | of_contacts | one_of("email", person.emails),
        "interactions": of_users,
    }
    counts = [
        # A mark below line 0 is no row of its own.
        lake.scan(table).filter(mine, pl.col(LINE) >= 0).group_by("account_id")
        .agg(pl.len().cast(pl.Int64).alias("rows")).select("account_id", pl.lit(table).alias("table"), "rows")
        for table, mine in theirs.items()
    ]  # fmt: skip
    return pl.concat(counts).collect(engine="streaming").sort("account_id", "table")


def one_of(column: str, values: set[str] | tuple[str, ...]) -> pl.Expr:
    """Whether a column has one of these values; the case of e-mails does not matter."""
    mails = pl.Series([v.lower() for v in values if "@" in v], dtype=pl.String)
    ids = pl.Series([v for v in values if "@" not in v], dtype=pl.String)
    mail = pl.col(column).str.to_lowercase().is_in(mails.implode()) if len(mails) else pl.lit(value=False)
    return (pl.col(column).is_in(ids.implode()) | mail).fill_null(value=False)


def _accounts_of(lake: Lake, user_ids: set[str]) -> list[str]:
    used = lake.scan("events").filter(one_of("user_id", user_ids)).select("account_id").unique()
    return used.collect(engine="streaming")["account_id"].to_list()
