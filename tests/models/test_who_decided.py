"""Who let a version rank, why and when, in the same write as the change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.loading import versioned
from consumption.models.pointer import POINTER
from consumption.models.served import Pointer, Said, day_one, go_back, keep, mark_told, pointer, promote

WHEN = datetime(2026, 6, 1, tzinfo=UTC)
PERSON = Said("person", "She knew better.", WHEN)
GATE = Said("gate", "It won.", WHEN)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two rules for help, 8 and 9; a training let 9 rank."""
    rule = day_one("help", SIGNALS)
    for version in ("8", "9"):
        keep(tmp_path, versioned(rule, version))
        promote(tmp_path, "help", version, GATE)
    return tmp_path


def now_of(root: Path) -> Pointer:
    """What ranks."""
    now = pointer(root, "help")
    assert now is not None
    return now


def test_who_decided_stands_beside_what_was_decided(root: Path) -> None:
    """It is read back as it was said, and telling the registry does not wipe it out."""
    assert now_of(root).said == GATE
    assert not now_of(root).decided_by_a_person
    go_back(root, "help", PERSON)
    mark_told(root, "help", now_of(root))
    assert (now_of(root).version, now_of(root).said, now_of(root).told) == ("8", PERSON, True)
    assert now_of(root).decided_by_a_person


def test_a_pointer_that_an_earlier_edition_wrote_is_nobodys(root: Path) -> None:
    """It is read, and says so."""
    values = {"version": "9", "previous": "8"}
    (root / "help" / POINTER).write_text(json.dumps(values))
    assert now_of(root).said == Said()


def test_going_back_from_what_ranks_no_longer_changes_nothing(root: Path) -> None:
    """Between the look and the step somebody else decided: that stands."""
    looked_at = now_of(root)
    go_back(root, "help", PERSON)
    go_back(root, "help", Said("person", "And forth.", WHEN))
    watch = Said("watch", "It was off.", WHEN)
    assert go_back(root, "help", watch, only_from=looked_at).version == "9"
    assert now_of(root).said.why == "And forth."
    assert go_back(root, "help", watch, only_from=now_of(root)).said == watch
    assert now_of(root).version == "8"


def test_a_copy_under_another_name_keeps_who_decided(root: Path) -> None:
    """A registry made anew counts from 1 again: what ranks gets a name of its own, and its reason stays."""
    other = versioned(day_one("help", SIGNALS[:40]), "9")
    keep(root, other)
    assert now_of(root).version.startswith("9-")
    assert now_of(root).said == GATE


def test_a_person_may_confirm_what_a_training_let_rank(root: Path) -> None:
    """From then on it is a person's decision; a training that finds the same model again changes nothing of it."""
    assert promote(root, "help", "9", PERSON) == Pointer("9", "8")
    promote(root, "help", "9", GATE)
    assert now_of(root).said == PERSON
