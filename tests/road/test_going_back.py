"""The daily job looks at the models that rank, and goes back where the new one turns out worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from consumption.config import Workspace
from consumption.jobs.doctor import doctor
from consumption.jobs.drift import watch
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.registering import registry_of, told_or_why
from consumption.jobs.shadow import folder, records_file, records_of
from consumption.models import served
from consumption.models.rule import Rule, Weights
from consumption.models.watching import Record, add
from tests.road.conftest import AS_OF


def turned(rule: Rule) -> Rule:
    """The rule that calls the safe accounts the worst, and nearly all of them lost."""
    against = {name: -weight for name, weight in rule.churn.drivers.items()}
    return replace(rule, churn=Weights(rule.churn.level + 3.0, against))


def put(workspace: Workspace, rule: Rule, version: str) -> None:
    """Let a rule rank that was trained long before, so that labels have become known since."""
    about = replace(rule.about, version=version, as_of=AS_OF - timedelta(days=300), horizon_days=182)
    served.keep(workspace.models, rule.with_about(about))
    served.promote(workspace.models, "help", version)


def test_a_new_model_that_is_off_twice_and_worse_than_the_last_gives_way(copy: Workspace) -> None:
    """Once is noted; a week later it counts, and the one before ranks again; people decide from then on."""
    good = served.day_one("help", signals_of(copy), usage_rules(copy))
    put(copy, good, "8")
    put(copy, turned(good), "9")
    first = watch(copy, as_of=AS_OF)
    off = [r for r in first.records if r.alarm and r.question == "calibration" and r.motion == "help"]
    assert [r.version for r in off] == ["9"]
    assert served.pointer(copy.models, "help") == served.Pointer("9", "8")
    assert "were expected" in first.text

    add(records_file(copy), [replace(off[0], as_of=AS_OF - timedelta(days=7))])
    (finding,) = [f for f in doctor(copy, as_of=AS_OF).findings if f.code == "drift"]
    assert finding.severity.value == "warning"

    again = watch(copy, as_of=AS_OF, tell=lambda motion: told_or_why(copy, motion))
    assert served.pointer(copy.models, "help") == served.Pointer("8", "9")
    assert "Went back from version 9 to 8" in again.text
    # The registry, which knows neither, is told: its alias points nowhere rather than to another model.
    now = served.pointer(copy.models, "help")
    assert now is not None
    assert now.told
    assert registry_of(copy).version("help") is None

    scores = pl.read_parquet(folder(copy) / "scores" / f"{AS_OF:%Y-%m-%d}-help.parquet")
    assert set(scores["what"]) >= {"champion", "previous"}
    went = [r for r in records_of(copy) if r.question == "went_back"]
    assert [(r.motion, r.version) for r in went] == [("help", "8")]

    alarm = Record(AS_OF, "help", "8", "calibration", True, "It is off.")
    add(records_file(copy), [alarm, replace(alarm, as_of=AS_OF - timedelta(days=7))])
    watch(copy, as_of=AS_OF)
    assert served.pointer(copy.models, "help") == served.Pointer("8", "9"), "it does not swing to and fro"


def test_a_worse_alarm_does_not_bring_back_a_model_that_is_worse_still(copy: Workspace) -> None:
    """Two alarms are not enough: the one before has to have ranked better on what is known since."""
    good = served.day_one("help", signals_of(copy), usage_rules(copy))
    put(copy, turned(good), "8")
    put(copy, good, "9")
    alarm = Record(AS_OF - timedelta(days=7), "help", "9", "spread", True, "It lies otherwise.")
    add(records_file(copy), [alarm])
    watch(copy, as_of=AS_OF)
    assert served.pointer(copy.models, "help") == served.Pointer("9", "8")
