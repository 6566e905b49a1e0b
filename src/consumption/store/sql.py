"""The store: what people act on, behind one door; every method is one transaction."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from datetime import datetime

import polars as pl
from sqlalchemy.exc import IntegrityError

from consumption.store import answers, keys, log, migrating, own_choices, plans, publishing, reading, taking_back
from consumption.store.engine import open_engine
from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.keys import ApiKey, NewKey
from consumption.store.log import AuditEntry
from consumption.store.own_choices import Deed, OwnChoice
from consumption.store.publication import Publication
from consumption.store.records import Account, AccountDetail, Answer, Page, Person, Plan, Recommendation, Response
from consumption.store.sending import Outbox
from consumption.store.viewer import Viewer


class Store(Outbox):
    """One workspace's database. Open it with `Store.open`; it may be shared by threads, and closed once."""

    @staticmethod
    def open(url: str, *, migrate: bool = True) -> Store:
        """The store at an SQLite or PostgreSQL URL, brought to this version's tables.

        With `migrate` false, OldStore where the tables are another version's; WrongStoreUrl for another database.
        """
        with ExitStack() as unless_opened:
            store = Store(open_engine(url))
            unless_opened.callback(store.close)
            if migrate:
                store.migrate()
            else:
                store.check_version()
            unless_opened.pop_all()
            return store

    def check_version(self) -> None:
        """OldStore where the tables are not those of this version."""
        with self._reading() as connection:
            found = migrating.current(connection)
        if found != migrating.newest():
            raise migrating.OldStore(found)

    def migrate(self) -> None:
        """Brings the tables to this version; changes nothing where they are."""
        with self._writing() as connection:
            migrating.migrate(connection)

    # Publications

    def publish(self, publication: Publication) -> bool:
        """Logs the decisions and shows them, all or nothing; False where this or a later `as_of` was published.

        Open recommendations that nobody answered are withdrawn; started ones (accepted, handed over, snoozed) stay.
        """
        with self._writing() as connection:
            return publishing.publish(connection, publication)

    def latest_plan(self) -> Plan | None:
        """The latest publication; None before the first."""
        with self._reading() as connection:
            return plans.latest_plan(connection)

    def latest_as_of(self) -> datetime | None:
        """The `as_of` of the latest publication, without its texts; None before the first."""
        with self._reading() as connection:
            return plans.latest_as_of(connection)

    def is_published(self, as_of: datetime) -> bool:
        """Whether a plan of that moment was ever shown."""
        with self._reading() as connection:
            return plans.is_published(connection, as_of)

    def state(self) -> str:
        """A short text that changes with every publication and response: while it stays, so do all lists."""
        with self._reading() as connection:
            return plans.state(connection)

    # Accounts and recommendations

    def accounts(
        self, which: AccountFilter, *, visible_to: Viewer, cursor: str | None = None, limit: int = 50
    ) -> Page[Account]:
        """Accounts in force, highest on its list first; WrongCursor for a cursor of another list."""
        with self._reading() as connection:
            return reading.list_accounts(connection, which, visible_to, cursor, limit)

    def count_accounts(self, which: AccountFilter) -> int:
        """How many accounts in force there are of that kind."""
        with self._reading() as connection:
            return reading.count_accounts(connection, which)

    def account(self, account_id: str, *, visible_to: Viewer) -> AccountDetail:
        """One account with its signals, brief and weighed actions; UnknownAccount where there is none."""
        with self._reading() as connection:
            return reading.get_account(connection, account_id, visible_to)

    def segments(self) -> list[str]:
        """The segments there are, in order."""
        with self._reading() as connection:
            return reading.segments(connection)

    def owners(self) -> list[str]:
        """Who has accounts or recommendations, in order."""
        with self._reading() as connection:
            return reading.owners(connection)

    def recommendations(
        self, which: RecommendationFilter, *, visible_to: Viewer, cursor: str | None = None, limit: int = 50
    ) -> Page[Recommendation]:
        """Recommendations that this viewer may see, best first; WrongCursor for a cursor of another list."""
        with self._reading() as connection:
            return reading.list_recommendations(connection, which, visible_to, cursor, limit)

    def recommendation(self, recommendation_id: str, *, visible_to: Viewer) -> Recommendation:
        """One recommendation; UnknownRecommendation where this viewer may not see one of that id."""
        with self._reading() as connection:
            return reading.get_recommendation(connection, recommendation_id, visible_to)

    # Responses

    def respond(self, recommendation_id: str, answer: Answer, at: datetime) -> Response:
        """What a person did, and the status that follows; repeated, it is the response stored before.

        UnknownRecommendation, ResponseIncomplete, ResponseTooLate or KeyReused where it cannot be.
        """
        try:
            with self._writing() as connection:
                return answers.respond(connection, recommendation_id, answer, at)
        except IntegrityError:
            # Two requests with one idempotency key at the same moment: the other was first, and is found now.
            with self._writing() as connection:
                return answers.respond(connection, recommendation_id, answer, at)

    def responses(self, *, account: str | None = None, recommendation: str | None = None) -> list[Response]:
        """What people did about an account or a recommendation, latest first."""
        with self._reading() as connection:
            return answers.list_responses(connection, account=account, recommendation=recommendation)

    def choose(self, deed: Deed, at: datetime) -> OwnChoice:
        """What a person did by their own judgement; repeated, it is the one stored before.

        UnknownAccount, OwnChoiceIncomplete, UnknownAction, OwnChoiceOutOfTime, RecommendedAlready or KeyReused.
        """
        with self._writing() as connection:
            return own_choices.choose(connection, deed, at)

    def take_back(self, account_id: str, decision_id: str, at: datetime, *, actor: str | None = None) -> OwnChoice:
        """An own choice stands no longer; `actor`: only that person's. UnknownOwnChoice, NotYourChoice, ..."""
        with self._writing() as connection:
            return taking_back.take_back(connection, account_id, decision_id, at, actor=actor)

    def own_choices(self, *account_ids: str) -> list[OwnChoice]:
        """What people did at these accounts by themselves, latest first, without what was taken back."""
        with self._reading() as connection:
            return own_choices.list_own_choices(connection, account_ids)

    def every_own_choice(self) -> list[OwnChoice]:
        """What people ever did by themselves, latest first, with what was taken back."""
        with self._reading() as connection:
            return own_choices.every_own_choice(connection)

    # Logs for the lake

    def draw(self, members: pl.DataFrame) -> None:
        """Store who is in which arm, of accounts seen for the first time; who was drawn before keeps their arm."""
        with self._writing() as connection:
            publishing.draw(connection, members)

    def holdout_members(self) -> pl.DataFrame:
        """One row an account that was ever drawn: account_id, top_parent, arm, stratum, drawn_at."""
        with self._reading() as connection:
            return log.holdout_members(connection)

    def decisions_since(self, since: datetime | None = None) -> pl.DataFrame:
        """Decisions recorded at or after `since` (all, if None): DECISIONS with `attributes`, oldest first."""
        with self._reading() as connection:
            return log.decisions_since(connection, since)

    def responses_since(self, since: datetime | None = None) -> pl.DataFrame:
        """Responses given at or after `since` (all, if None): RESPONSES_TABLE with `attributes`, oldest first."""
        with self._reading() as connection:
            return log.responses_since(connection, since)

    # People

    def people(self) -> list[Person]:
        """Our own team, by e-mail."""
        with self._reading() as connection:
            return plans.list_people(connection)

    def person(self, email: str) -> Person | None:
        """One of our own team, whatever the case of the e-mail; None if there is nobody."""
        with self._reading() as connection:
            return plans.find_person(connection, email)

    # Keys and audit

    def create_key(
        self,
        name: str,
        scopes: Collection[str],
        at: datetime,
        *,
        person: str | None = None,
        expires_at: datetime | None = None,
    ) -> NewKey:
        """A new key, with the secret that is shown this once; UnknownScope for a scope there is not."""
        with self._writing() as connection:
            return keys.create(connection, name, scopes, at, person=person, expires_at=expires_at)

    def keys(self) -> list[ApiKey]:
        """Every key there ever was, oldest first, without secrets."""
        with self._reading() as connection:
            return keys.list_keys(connection)

    def key(self, key_id: str, at: datetime) -> ApiKey | None:
        """A key that opens at that moment; None where it does not."""
        with self._reading() as connection:
            return keys.find(connection, key_id, at)

    def revoke_key(self, key_id: str, at: datetime) -> None:
        """From now on the key opens nothing; UnknownKey where there is none."""
        with self._writing() as connection:
            keys.revoke(connection, key_id, at)

    def verify_key(self, secret: str, at: datetime) -> ApiKey:
        """The key of that secret, its use noted; KeyRefused where it opens nothing."""
        with self._reading() as connection:
            key = keys.verify(connection, secret, at)
        if keys.to_be_noted(key, at):
            with self._writing() as connection:
                keys.note_use(connection, key.key_id, at)
        return key

    def audit(self, actor: str, verb: str, subject: str, at: datetime, detail: str | None = None) -> None:
        """Notes who did what to what."""
        with self._writing() as connection:
            log.note(connection, AuditEntry(at, actor, verb, subject, detail))

    def audit_entries(self, limit: int = 100) -> list[AuditEntry]:
        """The latest entries of the audit log, latest first."""
        with self._reading() as connection:
            return log.audit_entries(connection, limit)
