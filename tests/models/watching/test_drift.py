"""Whether accounts lie as they did, and when an alarm counts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.features.quality.finding import FINE, NOTE, WARNING
from consumption.models.watching.drift import in_the_large, moved, psi_threshold
from consumption.models.watching.records import KEPT, Question, Record, add, counts, drift, read
from consumption.models.watching.reference import Reference, psi

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def accounts(count: int, *, seed: int, shift: float = 0.0, unknown: float = 0.1, red: float = 0.3) -> pl.DataFrame:
    """So many accounts of one day: a number, mostly known, a flag, a word."""
    random = np.random.default_rng(seed)
    known = random.random(count) >= unknown
    use = random.normal(shift, 1.0, size=count)
    return pl.DataFrame(
        {
            "account_id": [f"a{n}" for n in range(count)],
            "as_of": [MONDAY] * count,
            "use": [value if there else None for value, there in zip(use.tolist(), known, strict=True)],
            "flag": (random.random(count) < 0.2).astype(float),
            "plan": np.where(random.random(count) < red, "red", "green").tolist(),
        }
    )


SIGNALS = ("use", "flag", "plan")


def test_psi_is_the_sum_over_bins() -> None:
    """From half and half to three quarters: .25 ln 1.5 - .25 ln .5."""
    assert psi([0.5, 0.5], [0.75, 0.25]) == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))
    assert psi([0.2, 0.8], [0.2, 0.8]) == 0.0


def test_the_threshold_falls_with_the_number_of_accounts() -> None:
    """A hundred accounts differ by chance; ten thousand hardly do. It never falls to what is no drift at all."""
    small, large = psi_threshold(10, 100, 100), psi_threshold(10, 10_000, 10_000)
    assert small > 2 * large > 0.4
    assert psi_threshold(10, 10**9, 10**9) == pytest.approx(0.20)


@pytest.mark.parametrize("count", [60, 400, 4_000])
def test_the_same_kind_of_accounts_is_no_drift(count: int) -> None:
    """Whatever their number: 20 draws, not an alarm."""
    for seed in range(20):
        reference = Reference.of(accounts(count, seed=seed), SIGNALS)
        assert moved(reference, accounts(count, seed=seed + 1_000)) == []


def test_what_lies_otherwise_is_named_the_furthest_first() -> None:
    """A shift of one spread, and another share of a word."""
    reference = Reference.of(accounts(2_000, seed=1), SIGNALS)
    found = moved(reference, accounts(2_000, seed=2, shift=1.0, red=0.7))
    assert [(one.signal, one.kind) for one in found] == [("use", "spread"), ("plan", "spread")]
    assert all(one.value > one.threshold for one in found)


def test_what_all_of_a_segment_share_at_a_moment_lies_nowhere() -> None:
    """It has another value at each date; were it kept, it would be an alarm every day."""
    days = [
        accounts(100, seed=n).with_columns(as_of=pl.lit(MONDAY + n * DAY), segment=pl.lit("one"), mood=pl.lit(n / 7))
        for n in range(6)
    ]
    reference = Reference.of(pl.concat(days), (*SIGNALS, "mood"))
    assert sorted(reference.signals) == sorted(SIGNALS)


def test_a_jump_of_what_is_unknown_is_an_alarm_of_its_own() -> None:
    """A source stops: the known values still lie as they did, but fewer are known."""
    reference = Reference.of(accounts(1_000, seed=1), SIGNALS)
    found = moved(reference, accounts(1_000, seed=2, unknown=0.4))
    assert [(one.signal, one.kind) for one in found] == [("use", "missing")]


def test_a_word_never_seen_before_is_drift() -> None:
    """It has no bin of its own, and falls into the one for all others."""
    reference = Reference.of(accounts(1_000, seed=1), SIGNALS)
    renamed = accounts(1_000, seed=2).with_columns(pl.col("plan").replace("red", "crimson"))
    assert [one.signal for one in moved(reference, renamed)] == ["plan"]


def test_a_reference_survives_as_json() -> None:
    """Nothing is lost in a file."""
    reference = Reference.of(accounts(300, seed=1), SIGNALS)
    assert Reference.of_dict(reference.as_dict()) == reference


def test_a_reference_of_another_edition_is_not_read() -> None:
    """It measured otherwise: every day would be an alarm."""
    assert Reference.of_dict({"accounts": 300, "signals": {}}) is None


MONTH = timedelta(days=28)


def months(shifts: list[float], *, count: int = 400) -> pl.DataFrame:
    """A snapshot every four weeks from Monday on, its numbers shifted so far."""
    dated = [
        accounts(count, seed=number, shift=shift).with_columns(as_of=pl.lit(MONDAY + number * MONTH))
        for number, shift in enumerate(shifts)
    ]
    return pl.concat(dated)


def test_a_season_that_training_saw_is_no_alarm_and_a_further_one_is() -> None:
    """Two years of a wave: its crest next year is usual; twice as high is not."""
    wave = [math.sin(2 * math.pi * number / 13) for number in range(26)]
    reference = Reference.of(months(wave), SIGNALS, MONTH * 8)
    crest = accounts(400, seed=99, shift=1.0).with_columns(as_of=pl.lit(MONDAY + 42 * MONTH))
    assert moved(reference, crest) == []
    beyond = accounts(400, seed=99, shift=3.5).with_columns(as_of=pl.lit(MONDAY + 42 * MONTH))
    assert [off.signal for off in moved(reference, beyond)] == ["use"]


def test_a_trend_that_training_saw_may_go_on() -> None:
    """A book that grows a little every month is no alarm half a year later; the same leap overnight is one."""
    steady = Reference.of(months([0.05 * number for number in range(20)]), SIGNALS, MONTH * 8)
    still = Reference.of(months([0.0] * 20), SIGNALS, MONTH * 8)
    later = accounts(400, seed=77, shift=0.05 * 28).with_columns(as_of=pl.lit(MONDAY + 28 * MONTH))
    assert moved(steady, later) == []
    assert [off.signal for off in moved(still, later)] == ["use"]


def test_what_becomes_known_little_by_little_may_go_on_but_not_turn_round() -> None:
    """Telemetry grows older, and fewer accounts are unknown; all at once more of them is an alarm."""
    shares = [0.9 - 0.05 * number for number in range(12)]
    dated = [
        accounts(400, seed=n, unknown=share).with_columns(as_of=pl.lit(MONDAY + n * MONTH))
        for n, share in enumerate(shares)
    ]
    reference = Reference.of(pl.concat(dated), SIGNALS, MONTH * 8)
    later = MONDAY + 18 * MONTH
    fewer = accounts(400, seed=50, unknown=0.05).with_columns(as_of=pl.lit(later))
    assert moved(reference, fewer) == []
    more = accounts(400, seed=50, unknown=0.7).with_columns(as_of=pl.lit(later))
    assert [(off.signal, off.kind) for off in moved(reference, more)] == [("use", "missing")]
    # Training's own first snapshot was as it was.
    assert moved(reference, dated[0]) == []


def test_a_signal_known_for_a_short_time_has_no_usual_spread() -> None:
    """Two snapshots of ten do not tell how it swings over a year."""
    young = months([0.0] * 10).with_columns(use=pl.when(pl.col("as_of") >= MONDAY + 8 * MONTH).then("use"))
    assert sorted(Reference.of(young, SIGNALS).signals) == ["flag", "plan"]


def test_columns_that_no_tree_reads_are_not_looked_at() -> None:
    """They lie otherwise, and not one probability is another."""
    reference = Reference.of(accounts(1_000, seed=1), SIGNALS)
    other = accounts(1_000, seed=2, shift=2.0)
    assert [off.signal for off in moved(reference, other)] == ["use"]
    assert moved(reference, other, {"flag", "plan"}) == []


def test_calibration_in_the_large_takes_more_than_chance_and_more_than_little() -> None:
    """Of 1,000 with a chance of .1, 100 are expected: 120 may be chance, 160 are not; 105 of 1,000 are little."""

    def alarm(rows: int, observed: int) -> bool:
        happened = np.zeros(rows)
        happened[:observed] = 1.0
        return in_the_large(np.full(rows, 0.1), happened).alarm

    assert [alarm(1_000, observed) for observed in (60, 100, 120, 160)] == [True, False, False, True]
    assert not alarm(10, 3)
    assert not alarm(100_000, 10_500)


def record(day: int, *, alarm: bool = True, question: Question = "calibration", version: str = "2") -> Record:
    """A look so many days after Monday."""
    return Record(MONDAY + day * DAY, "help", version, question, alarm, "It is off.")


def test_two_alarms_in_a_row_count_where_a_week_lies_between() -> None:
    """Two days see the same week; a calm look between breaks the row; another model's alarms are another's."""
    assert not counts([], record(7))
    assert not counts([record(1)], record(7))
    assert counts([record(0)], record(7))
    assert counts([record(0), record(3), record(6)], record(7))
    assert not counts([record(0), record(3, alarm=False)], record(7))
    assert not counts([record(0, version="1")], record(7))
    assert not counts([record(0, question="spread")], record(7))
    assert not counts([record(0)], record(7, alarm=False))


def test_two_alarms_of_different_signals_are_two_first_ones() -> None:
    """One signal has to be off both times; outcomes that were an alarm once are not another one a week later."""
    first, second = (replace(record(day, question="spread"), subjects=("use", "plan")) for day in (0, 7))
    assert counts([first], second)
    assert not counts([replace(first, subjects=("flag",))], second)
    looked = [replace(record(day), known_to=MONDAY - timedelta(days=days)) for day, days in ((0, 230), (7, 230))]
    assert not counts(looked[:1], looked[1])
    assert counts(looked[:1], replace(looked[1], known_to=MONDAY - timedelta(days=223)))


def test_old_records_are_dropped_and_goings_back_are_kept(tmp_path: Path) -> None:
    """The file stays small; why a model ranks is never forgotten."""
    file = tmp_path / "records.ndjson"
    add(file, [record(0), replace(record(0), question="went_back", alarm=False)])
    kept = add(file, [replace(record(0), as_of=MONDAY + KEPT + DAY)])
    assert [(r.question, r.as_of) for r in kept] == [("went_back", MONDAY), ("calibration", MONDAY + KEPT + DAY)]


def test_records_are_kept_one_a_day_and_question(tmp_path: Path) -> None:
    """The same day looked at again takes the place of the first look."""
    file = tmp_path / "drift" / "records.ndjson"
    add(file, [record(0), record(0, question="spread")])
    add(file, [record(0, alarm=False)])
    assert read(file) == [record(0, alarm=False), record(0, question="spread")]
    assert read(tmp_path / "none") == []


def test_the_doctor_warns_of_what_counts_and_notes_what_was_seen_once() -> None:
    """And says so where nothing was looked at yet."""
    assert [finding.severity for finding in drift([])] == [FINE]
    assert [finding.severity for finding in drift([record(0, alarm=False)])] == [FINE]
    assert [finding.severity for finding in drift([record(0)])] == [NOTE]
    (found,) = drift([record(0), record(7)])
    assert found.severity is WARNING
    assert "not for the first time: It is off." in found.seen
    # A model that was replaced is not warned of any more.
    assert [finding.severity for finding in drift([record(0), record(7), record(8, version="3", alarm=False)])] == [
        FINE
    ]


def test_what_was_unknown_long_ago_is_no_measure_of_today() -> None:
    """A signal that needs history becomes known little by little: only the last snapshot tells what is usual."""
    early = accounts(400, seed=1, unknown=0.9).with_columns(as_of=pl.lit(MONDAY - 84 * DAY))
    reference = Reference.of(pl.concat([early, accounts(400, seed=2, unknown=0.0)]), SIGNALS)
    assert reference.signals["use"].unknown == 0.0
    assert moved(reference, accounts(400, seed=3, unknown=0.0)) == []
    assert [off.kind for off in moved(reference, accounts(400, seed=4, unknown=0.3))] == ["missing"]
