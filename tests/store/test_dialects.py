"""What must hold on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from sqlalchemy.exc import IntegrityError

from consumption.errors import ConsumptionError
from consumption.store.answers import KeyReused, ResponseTooLate
from consumption.store.filters import AccountFilter, RecommendationFilter
from consumption.store.records import Answer
from consumption.store.sql import Store
from consumption.tables import DECISIONS, RESPONSES_TABLE
from tests.store.book import DAY, ENGINEER, MONDAY, NOON, REP, publication, recommendation_id

ACCEPT = Answer("accepted", "ada@us.test")


def test_what_is_published_can_be_read(either: Store) -> None:
    """Plan, people, accounts, recommendations, hold-out: everything comes back as it went in."""
    assert either.publish(publication())
    plan = either.latest_plan()
    assert plan is not None
    assert (plan.as_of, plan.seed, plan.model_versions) == (MONDAY, 7, {"help": "3", "expand": "2"})
    assert plan.actions[0].steps == ("Book a room", "Teach")
    hours = {one.email: one.hours_week for one in either.people() if one.hours_week is not None}
    assert hours == {"ada@us.test": 8.0, "bob@us.test": 4.0}
    acme = either.account("acme", visible_to=REP)
    assert (acme.arr, acme.decision_on, acme.signals["active_users_28d"]) == (120_000, date(2025, 12, 12), 58)
    assert acme.external_account_id == "sf-acme"
    assert either.holdout_members().filter(pl.col("arm") == "control")["account_id"].to_list() == ["elm", "gum"]


def test_the_same_moment_published_again_changes_nothing(either: Store) -> None:
    """Neither the same as_of nor an earlier one is shown: the answer is no, and nothing moved."""
    either.publish(publication())
    before = (either.state(), either.decisions_since())
    assert not either.publish(publication())
    assert not either.publish(publication(MONDAY - DAY))
    assert either.state() == before[0]
    assert either.decisions_since().equals(before[1])


def test_a_publication_that_fails_leaves_no_trace(either: Store) -> None:
    """All or nothing: with one account twice, not even the decisions that were logged first stay."""
    either.publish(publication())
    before = either.state()
    wrong = publication(MONDAY + DAY)
    twice = replace(wrong, population=pl.concat([wrong.population, wrong.population.head(1)]))
    with pytest.raises(IntegrityError):
        either.publish(twice)
    assert either.state() == before
    assert either.decisions_since().height == 7
    assert either.account("acme", visible_to=REP).as_of == MONDAY


def test_what_nobody_answered_is_withdrawn_by_the_next_plan(either: Store) -> None:
    """Open recommendations of the older plan become tombstones; started ones stay as they are."""
    either.publish(publication())
    either.respond(recommendation_id("acme"), ACCEPT, NOON)
    either.respond(recommendation_id("birch"), Answer("snoozed", "ada@us.test", until=date(2025, 6, 20)), NOON)
    either.publish(publication(MONDAY + DAY))
    changed = either.recommendations(RecommendationFilter(updated_since=MONDAY), visible_to=REP, limit=50).items
    of_monday = {r.account_id: r.status for r in changed if r.as_of == MONDAY}
    assert of_monday == {"acme": "accepted", "birch": "snoozed", "cedar": "withdrawn", "gum": "withdrawn"}
    tombstone = next(r for r in changed if r.account_id == "cedar" and r.as_of == MONDAY)
    assert tombstone.updated_at == publication(MONDAY + DAY).published_at


def test_a_list_read_page_by_page_is_the_whole_list(either: Store) -> None:
    """Cursors neither skip nor repeat, whatever the order of the list."""
    either.publish(publication())
    for which in (AccountFilter(), AccountFilter(motion="expand"), AccountFilter(owner="ada@us.test")):
        whole = [a.account_id for a in either.accounts(which, visible_to=REP).items]
        paged: list[str] = []
        cursor, more = None, True
        while more:
            page = either.accounts(which, visible_to=REP, cursor=cursor, limit=2)
            paged += [a.account_id for a in page.items]
            cursor, more = page.next_cursor, page.next_cursor is not None
        assert paged == whole
        assert len(whole) == either.count_accounts(which)


def test_changes_are_read_page_by_page_in_the_order_they_happened(either: Store) -> None:
    """With updated_since the oldest change comes first, so that a program can go on where it stopped."""
    either.publish(publication())
    either.respond(recommendation_id("acme"), ACCEPT, NOON)
    which = RecommendationFilter(updated_since=MONDAY)
    first = either.recommendations(which, visible_to=REP, limit=3)
    rest = either.recommendations(which, visible_to=REP, limit=3, cursor=first.next_cursor)
    found = [r.account_id for r in (*first.items, *rest.items)]
    assert (sorted(found), found[-1]) == (["acme", "birch", "cedar", "gum"], "acme")


def test_filters_narrow_a_list(either: Store) -> None:
    """Owner, motion, segment, service line, status and a part of the name each leave what fits."""
    either.publish(publication())
    either.respond(recommendation_id("cedar"), Answer("handed_over", "bob@us.test", to="ada@us.test"), NOON)

    def ids(which: RecommendationFilter) -> list[str]:
        return [r.account_id for r in either.recommendations(which, visible_to=REP).items]

    assert ids(RecommendationFilter(owner="ada@us.test")) == ["acme", "birch", "cedar"]
    assert ids(RecommendationFilter(service_line="sales")) == ["birch"]
    assert ids(RecommendationFilter(segment="large")) == ["birch"]
    assert ids(RecommendationFilter(status=("handed_over",))) == ["cedar"]
    assert ids(RecommendationFilter(account="gum", motion="help")) == ["gum"]
    found = either.accounts(AccountFilter(search="EL"), visible_to=REP).items
    assert {a.account_id for a in found} == {"delta", "elm"}
    assert either.accounts(AccountFilter(search="100%"), visible_to=REP).items == ()
    assert [a.account_id for a in either.accounts(AccountFilter(ids=("fir", "no")), visible_to=REP).items] == ["fir"]
    assert (either.segments(), either.owners()) == (["large", "small"], ["ada@us.test", "bob@us.test"])


def test_of_many_who_answer_at_once_one_is_kept(either: Store) -> None:
    """Ten people accept the same recommendation at the same moment: one has it, nine are told so."""
    either.publish(publication())

    def accept(number: int) -> str:
        try:
            return either.respond(recommendation_id("acme"), Answer("accepted", f"{number}@us.test"), NOON).response
        except ResponseTooLate:
            return "too late"

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(accept, range(10))) == {"accepted": 1, "too late": 9}
    assert len(either.responses(recommendation=recommendation_id("acme"))) == 1


def test_a_request_sent_ten_times_at_once_is_stored_once(either: Store) -> None:
    """The same idempotency key brings back the same response, however the requests race."""
    either.publish(publication())
    answer = replace(ACCEPT, idempotency_key="k1")
    with ThreadPoolExecutor(10) as pool:
        stored = set(pool.map(lambda _: either.respond(recommendation_id("acme"), answer, NOON), range(10)))
    assert len(stored) == 1
    with pytest.raises(KeyReused):
        either.respond(recommendation_id("birch"), answer, NOON)


def test_one_key_on_two_recommendations_at_once_serves_one_of_them(either: Store) -> None:
    """Where two requests with one key race for different rows, one is stored and the other is told."""
    either.publish(publication())

    def accept(account: str) -> str:
        answer = Answer("accepted", "ada@us.test", idempotency_key="k")
        try:
            return either.respond(recommendation_id(account), answer, NOON).response
        except KeyReused:
            return "reused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, ["acme", "birch"])) == ["accepted", "reused"]


def test_two_publications_at_once_are_published_once(either: Store) -> None:
    """Two jobs for the same day race: one publishes, the other finds it done."""
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: either.publish(publication()), range(2))) == [False, True]
    assert either.decisions_since().height == 7


def test_a_reader_sees_one_publication_or_the_other(either: Store) -> None:
    """While a plan is published, lists come from the old one or from the new one, never from both."""
    either.publish(publication())

    def read(_: int) -> set[object]:
        page = either.accounts(AccountFilter(), visible_to=REP)
        return {page.as_of, *(a.as_of for a in page.items)}

    with ThreadPoolExecutor(4) as pool:
        published = pool.submit(either.publish, publication(MONDAY + DAY))
        seen = list(pool.map(read, range(40)))
    assert published.result()
    assert {len(moments) for moments in seen} == {1}


def test_what_goes_back_to_the_lake_has_its_columns(either: Store) -> None:
    """Decisions and responses come as the contract's tables, from a moment on, with the rest as attributes."""
    either.publish(publication())
    either.respond(recommendation_id("acme"), ACCEPT, NOON)
    decisions, responses = either.decisions_since(), either.responses_since(NOON)
    assert list(decisions.schema.items())[:-2] == list(DECISIONS.schema.items())
    assert decisions.columns[-2:] == ["received_at", "attributes"]
    assert list(responses.schema.items())[:-1] == list(RESPONSES_TABLE.schema.items())
    held_out = decisions.filter(pl.col("account_id") == "elm").row(0, named=True)
    assert (held_out["action"], held_out["would_be"], held_out["propensity"]) == ("none", "executive_call", 0.9)
    assert '"held_out":true' in held_out["attributes"]
    assert '"week_hours":8.0' in held_out["attributes"]
    assert responses["decision_id"].to_list() == [recommendation_id("acme")]
    assert either.responses_since(NOON + DAY).is_empty()
    assert either.decisions_since(NOON).is_empty()


def test_a_key_opens_until_it_is_revoked(either: Store) -> None:
    """What verifies is the secret that was shown once; a revoked key verifies no more."""
    made = either.create_key("crm", ["read"], NOON, person="ada@us.test", expires_at=NOON + DAY)
    assert either.verify_key(made.secret, NOON).key_id == made.key.key_id
    assert either.keys()[0].last_used_at == NOON
    with pytest.raises(ConsumptionError, match="ended on"):
        either.verify_key(made.secret, NOON + DAY)
    either.revoke_key(made.key.key_id, NOON)
    with pytest.raises(ConsumptionError, match="was revoked"):
        either.verify_key(made.secret, NOON)


def test_the_log_remembers_who_did_what(either: Store) -> None:
    """The audit log is read latest first."""
    either.audit("ada@us.test", "signed in", "pages", NOON)
    either.audit("ada@us.test", "read", "account acme", NOON + DAY)
    assert [(e.verb, e.at) for e in either.audit_entries()] == [("read", NOON + DAY), ("signed in", NOON)]


def test_engineers_can_tell_the_control_group(either: Store) -> None:
    """Only for them are decisions that were not shown on the list, with what would have been."""
    either.publish(publication())
    everything = RecommendationFilter(withheld=True)
    seen = {r.account_id: r for r in either.recommendations(everything, visible_to=ENGINEER).items}
    assert (seen["elm"].held_out, seen["elm"].would_be, seen["elm"].propensity) == (True, "executive_call", 0.9)
    assert set(seen) - {r.account_id for r in either.recommendations(everything, visible_to=REP).items} == {
        "delta",
        "elm",
        "fir",
    }
