"""The daily job looks at the models that rank, and goes back where the new one turns out worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from consumption.config import Workspace
from consumption.jobs.doctor import doctor
from consumption.jobs.drift import watch
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.registering import registry_of, told_or_why
from consumption.jobs.rollback import rollback
from consumption.jobs.shadow import folder, keep_reference, records_file, records_of
from consumption.jobs.snapshots import snapshots
from consumption.jobs.training_set import training_set
from consumption.models import served
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.rule import Rule, Weights
from consumption.models.watching.columns_read import columns_read
from consumption.models.watching.drift import moved
from consumption.models.watching.records import Record, add, counts
from consumption.models.watching.reference import Reference
from tests.road.conftest import AS_OF

WEEK = timedelta(days=7)
GATE = served.Said("gate", "It won.", AS_OF - timedelta(days=300))


def turned(rule: Rule) -> Rule:
    """The rule that calls the safe accounts the worst, and nearly all of them lost."""
    against = {name: -weight for name, weight in rule.churn.drivers.items()}
    return replace(rule, churn=Weights(rule.churn.level + 3.0, against))


def put(workspace: Workspace, rule: Rule, version: str, said: served.Said = GATE) -> None:
    """Let a rule rank that was trained long before, so that labels have become known since."""
    about = replace(rule.about, version=version, as_of=AS_OF - timedelta(days=300), horizon_days=182)
    served.keep(workspace.models, rule.with_about(about))
    served.promote(workspace.models, "help", version, said)


def broken(workspace: Workspace, said: served.Said = GATE) -> None:
    """A good rule ranked before; now one does that has everything upside down, and was off a week ago too."""
    good = served.day_one("help", signals_of(workspace), usage_rules(workspace))
    put(workspace, good, "8")
    put(workspace, turned(good), "9", said)
    off = Record(AS_OF - WEEK, "help", "9", "calibration", True, "It was off.", known_to=AS_OF - timedelta(days=300))
    add(records_file(workspace), [off])


def now_of(workspace: Workspace) -> served.Pointer:
    """What ranks for help."""
    now = served.pointer(workspace.models, "help")
    assert now is not None
    return now


def asked(workspace: Workspace, question: str) -> list[Record]:
    """The records of help that ask so."""
    return [r for r in records_of(workspace) if r.question == question and r.motion == "help"]


def test_a_new_model_that_is_off_twice_and_worse_than_the_last_gives_way(copy: Workspace) -> None:
    """Once is noted; a week later it counts, and the one before ranks again; people decide from then on."""
    good = served.day_one("help", signals_of(copy), usage_rules(copy))
    put(copy, good, "8")
    put(copy, turned(good), "9")
    first = watch(copy, as_of=AS_OF)
    off = [r for r in first.records if r.alarm and r.question == "calibration" and r.motion == "help"]
    assert [r.version for r in off] == ["9"]
    assert now_of(copy) == served.Pointer("9", "8")
    assert "were expected" in first.text

    assert off[0].known_to is not None
    add(records_file(copy), [replace(off[0], as_of=AS_OF - WEEK, known_to=off[0].known_to - WEEK)])
    (finding,) = [f for f in doctor(copy, as_of=AS_OF).findings if f.code == "drift"]
    assert finding.severity.value == "warning"

    again = watch(copy, as_of=AS_OF, tell=lambda motion: told_or_why(copy, motion))
    now = now_of(copy)
    assert now == served.Pointer("8", "9")
    assert "Went back from version 9 to 8" in again.text
    # Who decided, why and when stands in what says who ranks; the registry, which knows neither version, is told.
    assert (now.said.by, now.said.when, now.withdrawn, now.told) == ("watch", AS_OF, True, True)
    assert registry_of(copy).version("help") is None
    assert [(r.version, r.text) for r in asked(copy, "went_back")] == [("8", now.said.why)]
    assert not (folder(copy) / "scores").exists()

    alarm = Record(AS_OF, "help", "8", "spread", True, "It is off.")
    add(records_file(copy), [alarm, replace(alarm, as_of=AS_OF - WEEK)])
    watch(copy, as_of=AS_OF)
    assert now_of(copy) == served.Pointer("8", "9"), "it does not swing to and fro"


def test_a_worse_alarm_does_not_bring_back_a_model_that_is_worse_still(copy: Workspace) -> None:
    """It is looked once whether the one before is better, and not again on the same outcomes."""
    good = served.day_one("help", signals_of(copy), usage_rules(copy))
    put(copy, turned(good), "8")
    put(copy, good.with_about(replace(good.about, note="level")), "9")
    put(copy, replace(good, churn=Weights(good.churn.level + 3.0, good.churn.drivers)), "10")
    alarm = Record(
        AS_OF - WEEK, "help", "10", "calibration", True, "It was off.", known_to=AS_OF - timedelta(days=300)
    )
    add(records_file(copy), [alarm])
    served.promote(copy.models, "help", "8", GATE)
    served.promote(copy.models, "help", "10", GATE)
    watch(copy, as_of=AS_OF)
    assert now_of(copy) == served.Pointer("10", "8")
    (look,) = asked(copy, "compared")
    assert "Held against version 8" in look.text
    watch(copy, as_of=AS_OF + WEEK)
    assert asked(copy, "compared") == [look]


def test_what_a_person_decided_no_machine_undoes(copy: Workspace) -> None:
    """Neither a version that somebody promoted, nor one that somebody went back to."""
    broken(copy, served.Said("person", "She knew better.", AS_OF))
    watch(copy, as_of=AS_OF)
    assert now_of(copy) == served.Pointer("9", "8")
    rollback(copy, "help")
    rollback(copy, "help")
    watch(copy, as_of=AS_OF)
    assert now_of(copy) == served.Pointer("9", "8")
    assert not asked(copy, "compared")


def test_a_going_back_that_was_killed_before_its_record_is_recorded_later(copy: Workspace) -> None:
    """What ranks, who decided so and why is one write; the record follows from it, once."""
    broken(copy)
    said = served.Said("watch", "Went back from version 9 to 8: it was off.", AS_OF - WEEK)
    served.go_back(copy.models, "help", said, only_from=now_of(copy))
    watch(copy, as_of=AS_OF)
    watch(copy, as_of=AS_OF)
    assert [(r.as_of, r.version, r.text) for r in asked(copy, "went_back")] == [(said.when, "8", said.why)]


def test_a_model_before_that_cannot_be_read_stops_no_list(copy: Workspace) -> None:
    """After an upgrade it is of another edition: it is left out, and said."""
    broken(copy)
    (copy.models / "help" / "8" / "severity.json").unlink()
    done = watch(copy, as_of=AS_OF)
    assert "Version 8 is not looked at" in done.text
    assert now_of(copy) == served.Pointer("9", "8")


def test_months_of_a_sound_world_are_no_alarm_and_a_source_that_breaks_is_one(copy: Workspace) -> None:
    """Two models of the same rows, a look every four weeks: nothing counts, nothing goes back; then use collapses."""
    start = AS_OF - timedelta(days=168)
    days = [start + timedelta(days=28 * number) for number in range(1, 7)]
    data = training_set(copy, start)
    made = snapshots(copy, days)
    for version, seed in (("101", 0), ("102", 7)):
        ranker = fit_ranker("help", data, seed=seed, settings=Boosting(rounds=40, seeds=1))
        served.keep(copy.models, ranker.with_about(replace(ranker.about, version=version)))
        served.promote(copy.models, "help", version, GATE)
        keep_reference(copy, "help", version, data)
    for day in days:
        watch(copy, as_of=day)
    seen = [r for r in records_of(copy) if r.motion == "help"]
    assert {r.as_of for r in seen if r.question == "spread"} == set(days)
    assert [r.text for r in seen if counts(seen, r)] == []
    assert not asked(copy, "compared")
    assert now_of(copy) == served.Pointer("102", "101")

    read = columns_read(served.load_served(copy.models, "help", signals_of(copy), usage_rules(copy)))
    use = [name for name in read if name.startswith("active_") and made[days[-1]].schema[name].is_numeric()]
    assert use
    reference = Reference.of(data.rows, data.signals)
    collapsed = made[days[-1]].with_columns(pl.col(name) * np.float64(0.1) for name in use)
    assert {off.signal for off in moved(reference, collapsed, read)} & set(use)
