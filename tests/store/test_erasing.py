"""A person taken out of the store, on both databases."""

from __future__ import annotations

from datetime import timedelta

from consumption.lake.persons import Person
from consumption.store.erasing import erase_from_store, rows_naming
from consumption.store.filters import RecommendationFilter
from consumption.store.records import Answer
from consumption.store.sql import Store
from tests.store.book import LEAD, NOON, publication, recommendation_id

ADA = Person(
    user_ids=("al-4711",), emails=("Ada.L@acme.test",), names=("Ada Lovelace",), accounts=("acme",),
    texts=("wants to pay the loom by card",),
)  # fmt: skip


def test_every_text_of_the_store_is_rid_of_the_person(either: Store, url: str) -> None:
    """Notes, the audit log and what was said; counted first, done once; everything else stays as it was."""
    either.publish(publication())
    note = "ADA LOVELACE (al-4711) wants to pay the loom by card; al-47110 agrees"
    answer = Answer(response="dismissed", actor="ada@us.test", reason=note)
    either.respond(recommendation_id("acme"), answer, NOON)
    either.audit("ada@us.test", "read", "contact ada.l@acme.test", NOON, detail='{"user":"al-4711"}')
    either.audit("ada@us.test", "read", "wants to pay the loom by card", NOON + timedelta(hours=1))
    before = either.recommendations(RecommendationFilter(), visible_to=LEAD)
    assert rows_naming(url, ADA) == {"audit": 1, "responses": 1}
    erase_from_store(url, ADA)
    assert rows_naming(url, ADA) == {}
    assert either.responses()[0].reason == "[erased] ([erased]) [erased]; al-47110 agrees"
    # What was said counts as theirs only where their account is meant.
    said = {(entry.subject, entry.detail) for entry in either.audit_entries()}
    assert ("contact [erased]", '{"user":"[erased]"}') in said
    assert ("wants to pay the loom by card", None) in said
    assert either.recommendations(RecommendationFilter(), visible_to=LEAD) == before
