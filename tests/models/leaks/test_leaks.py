"""Leaks of each kind are planted, one by one, and found; what is clean passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS, by_name, signals_for
from consumption.lake.history import History
from consumption.models.encoding import Encoding
from consumption.models.heads.calibration import NO_CALIBRATION
from consumption.models.heads.fitting import Rows
from consumption.models.heads.head import calibrated_on, fit_rates
from consumption.models.heads.ranker import Ranker
from consumption.models.leaks.alone import auc
from consumption.models.leaks.examine import before_fitting, of_the_fit, of_the_past
from consumption.models.leaks.leak import KINDS, Leak, LeakFound, refuse
from consumption.models.leaks.leaning import alarms
from consumption.models.leaks.overwritten import overwritten
from consumption.models.leaks.own_actions import own_actions
from consumption.models.leaks.rebuilt import Past, rebuilt
from consumption.models.rows import segments_of
from consumption.models.samples.dataset import TrainingSet
from consumption.models.training import train
from tests.features.small import AS_OF, DAY, RULES, rich
from tests.models.book import QUICK, book, training_set

EARLIER = AS_OF - 56 * DAY
LEARNED = tuple(s.name for s in SIGNALS if s.name not in own_actions(SIGNALS))
NAMED = by_name()


def past(tables: dict[str, pl.DataFrame], learned: tuple[str, ...] = LEARNED) -> Past:
    """Everything there is of a small history, and the signals that models read."""
    return Past(History.of(**tables), SIGNALS, RULES, learned)


def snapshot(tables: dict[str, pl.DataFrame], as_of: datetime) -> pl.DataFrame:
    """The snapshot of all accounts."""
    return compute_signals(History.of(**tables), as_of=as_of, signals=SIGNALS, rules=RULES)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Rows of every table, some of the events received days after they happened."""
    made = dict(rich(count=20))
    late = pl.int_range(pl.len()) % 7 == 0
    received = pl.col("timestamp") + pl.when(late).then(pl.duration(days=9)).otherwise(pl.duration(minutes=1))
    return made | {"events": made["events"].with_columns(received.alias("received_at"))}


@pytest.fixture(scope="module")
def clean(tables: dict[str, pl.DataFrame]) -> dict[datetime, pl.DataFrame]:
    """Two snapshots as they should be."""
    return {date: snapshot(tables, date) for date in (EARLIER, AS_OF)}


def codes(leaks: list[Leak] | tuple[Leak, ...]) -> dict[str, tuple[str, ...]]:
    """What was found, by kind: the signals."""
    return {leak.kind.code: leak.subjects for leak in leaks}


def with_signal(data: TrainingSet, values: pl.Expr, name: str = "events_28d") -> TrainingSet:
    """The training set with another signal in place of one."""
    return replace(data, rows=data.rows.with_columns(values.alias(name)))


def noise(data: TrainingSet) -> pl.Series:
    """What tells nothing."""
    return pl.Series("noise", np.random.default_rng(7).normal(size=data.rows.height))


def test_snapshots_as_they_should_be_pass(
    tables: dict[str, pl.DataFrame], clean: dict[datetime, pl.DataFrame]
) -> None:
    """Made again from data cut off at their dates, signals are the same to the bit, late rows and all."""
    for seed in range(2):
        assert rebuilt(past(tables), clean, seed=seed) == []


def test_leak_1_a_snapshot_that_knows_the_future_is_found(
    tables: dict[str, pl.DataFrame], clean: dict[datetime, pl.DataFrame]
) -> None:
    """One column was computed four weeks later than it says."""
    ahead = compute_signals(
        History.of(**tables), as_of=EARLIER + 28 * DAY, signals=[NAMED["events_28d"]], rules=RULES
    ).select("account_id", "events_28d")
    planted = clean[EARLIER].drop("events_28d").join(ahead, on="account_id", how="left")
    found = rebuilt(past(tables), {EARLIER: planted.select(clean[EARLIER].columns)})
    assert "events_28d" in codes(found)["rebuilt"]
    of_others = (s for s in LEARNED if "percentile" in s or s.endswith("_segment"))
    assert set(codes(found)["rebuilt"]) <= {"events_28d", *of_others}
    with pytest.raises(LeakFound, match=r"Leak 1 .*events_28d") as stopped:
        refuse(found)
    assert "signals --audit" in stopped.value.remedy


def test_leak_7_rows_received_later_are_found(
    tables: dict[str, pl.DataFrame], clean: dict[datetime, pl.DataFrame]
) -> None:
    """A snapshot that counts what happened before its date, but came in after it."""
    as_if = tables | {"events": tables["events"].with_columns(pl.col("timestamp").alias("received_at"))}
    planted = {AS_OF: snapshot(as_if, AS_OF)}
    assert not planted[AS_OF].equals(clean[AS_OF])
    found = codes(rebuilt(past(tables), planted))
    assert set(found) == {"received_later"}
    assert "events_28d" in found["received_later"]


def test_leak_4_what_we_did_ourselves_is_no_cause(
    tables: dict[str, pl.DataFrame], clean: dict[datetime, pl.DataFrame]
) -> None:
    """A model of the risk that reads our own calls takes help for a cause; models are not given such signals."""
    (found,) = rebuilt(past(tables, (*LEARNED, "days_since_call")), clean)
    assert (found.kind.code, found.subjects, found.stops) == ("own_actions", ("days_since_call",), True)
    assert {"days_since_contact", "conversations_84d", "trainings_364d"} <= set(own_actions(SIGNALS))
    assert not {"tickets_84d", "nps_last", "unpaid_days", "surveys_unanswered"} & set(own_actions(SIGNALS))


def test_a_signal_of_all_contacts_counts_our_own_too() -> None:
    """Whatever it is called, and however it is written: what matters is that our contacts change it."""
    contacts = replace(NAMED["tickets_84d"], name="contacts", expr=pl.len())
    assert own_actions([contacts, NAMED["tickets_84d"]]) == ("contacts",)


@pytest.mark.parametrize(
    "asked",
    [
        (pl.col("channel") == "call") & (pl.col("minutes") > 45),
        (pl.col("channel") == "email") & (pl.col("minutes") < 10),
        (pl.col("channel") == "visit") & (pl.col("topic") == "renewal"),
        (pl.col("channel") == "meeting") & pl.col("topic").is_in(["review", "roadmap"]) & (pl.col("days_ago") > 90),
    ],
)
def test_a_signal_of_some_of_our_contacts_counts_our_own_too(asked: pl.Expr) -> None:
    """Long calls, or talks about one topic, are our doing like all others; a customer's tickets are not."""
    ours, theirs = asked, (pl.col("channel") == "ticket") & (pl.col("minutes") > 45)
    made = [replace(NAMED["tickets_84d"], name=name, expr=expr.sum())
            for name, expr in (("ours", ours), ("theirs", theirs))]  # fmt: skip
    assert own_actions(made) == ("ours",)


def test_models_are_not_given_our_own_actions(data: TrainingSet) -> None:
    """Unless settings trust one."""
    assert set(data.signals) == set(LEARNED)


def test_a_clean_training_set_has_no_leak() -> None:
    """Of several books, for both motions; losses are told by signals, but by none alone."""
    for seed in range(2):
        made = training_set(book(accounts=400, seed=seed))
        assert before_fitting("help", made) == ()
        assert before_fitting("expand", made) == ()


def test_leak_2_a_late_alarm_is_told(data: TrainingSet) -> None:
    """It knows of losses in under 21 days and of no others: it warns, and stops nothing."""
    near = (pl.col("lost_on") - pl.col("as_of").dt.date()) < timedelta(days=21)
    some = (pl.int_range(pl.len()).over("outcome") % 5 == 0) & (pl.col("outcome") == "churn")
    soon = pl.when(some).then(pl.col("as_of").dt.date() + timedelta(days=16)).otherwise("lost_on").alias("lost_on")
    dated = replace(data, rows=data.rows.with_columns(soon).with_columns(noise(data)))
    planted = with_signal(dated, pl.when(near).then(9.0).otherwise("noise"))
    (found,) = before_fitting("help", planted)
    assert (found.kind.number, found.subjects, found.stops) == (2, ("events_28d",), False)
    assert before_fitting("help", with_signal(dated, pl.col("noise"))) == ()


@pytest.mark.parametrize("form", ["number", "unknown", "word"])
def test_leak_3_a_signal_that_tells_all_by_itself_stops(data: TrainingSet, form: str) -> None:
    """As a number, by being unknown, or as a word; written down after the fact, all of them."""
    lost = pl.col("outcome") == "churn"
    values = {
        "number": pl.when(lost).then(1.0).otherwise(0.0) + 0.1 * noise(data),
        "unknown": pl.when(~lost).then(1.0),
        "word": pl.when(lost).then(pl.lit("red")).otherwise(pl.lit("green")),
    }
    planted = with_signal(data, values[form])
    found = [leak for leak in before_fitting("help", planted) if leak.stops]
    assert [(leak.kind.number, leak.subjects) for leak in found] == [(3, ("events_28d",))]
    with pytest.raises(LeakFound, match="AUC of"):
        train("help", planted, seed=0, rules=QUICK)


def test_leak_3_is_looked_for_in_growth_too(data: TrainingSet) -> None:
    """What tells who grows is no leak of the help model, which asks something else."""
    grown = with_signal(data, (pl.col("outcome") == "expansion").cast(pl.Float64))
    assert 3 in {leak.kind.number for leak in before_fitting("expand", grown)}
    assert before_fitting("help", grown) == ()


def test_what_settings_trust_is_noted_and_stops_nothing(data: TrainingSet) -> None:
    """The training goes on, and says so in the run and on the command line."""
    planted = with_signal(data, (pl.col("outcome") == "churn").cast(pl.Float64))
    trained = train("help", replace(planted, trusted=("events_28d",)), seed=0, rules=QUICK)
    assert [leak.trusted for leak in trained.leaks] == [True]
    assert any("trusted by settings" in word for word in trained.words)
    assert trained.parameters["trusted"] == "events_28d"


def test_terms_signed_before_may_tell_as_much_as_they_can(data: TrainingSet) -> None:
    """The day on which a customer can leave was known long ago."""
    planted = with_signal(data, (pl.col("outcome") == "churn").cast(pl.Float64), "days_to_decision")
    assert before_fitting("help", planted) == ()


def test_leak_5_codes_of_words_come_from_the_training_part(data: TrainingSet, ranker: Ranker) -> None:
    """A code for a word that only a later part has was made with a look at it."""
    assert of_the_fit(ranker, data) == ()
    word = pl.when(pl.col("part") == "test").then(pl.lit("new")).otherwise(pl.lit("old"))
    worded = with_signal(data, word, "plan")
    bare = replace(ranker.churn, calibration=NO_CALIBRATION)
    whole = replace(bare, encoding=Encoding.fit(worded.rows, [*data.signals, "plan"]))
    own = replace(bare, encoding=Encoding.fit(worded.part("train"), [*data.signals, "plan"]))
    (found,) = of_the_fit(replace(ranker, churn=whole), worded)
    assert (found.kind.number, found.subjects) == (5, ("plan",))
    assert of_the_fit(replace(ranker, churn=own), worded) == ()


def test_leak_5_rates_come_from_the_training_part(data: TrainingSet, ranker: Ranker) -> None:
    """Rates of segments that the other parts' outcomes have gone into know what became of them."""
    left = (data.rows["outcome"] == "churn").cast(pl.Float64).to_numpy()
    rates = fit_rates(left, data.rows["row_weight"].to_numpy(), segments_of(data.rows))
    (found,) = of_the_fit(replace(ranker, churn=replace(ranker.churn, rates=rates)), data)
    assert (found.kind.number, found.subjects) == (5, ("segment rates",))


@pytest.mark.parametrize("part", ["train", "test"])
def test_leak_5_a_calibration_comes_from_validation(data: TrainingSet, ranker: Ranker, part: str) -> None:
    """Fitted on the test it flatters; fitted on what the trees have learned from it corrects nothing."""
    rows = Rows.of(data.part(part), (pl.col("outcome") == "churn").cast(pl.Float64))
    (found,) = of_the_fit(replace(ranker, churn=calibrated_on(rows.validation, ranker.churn)), data)
    assert (found.kind.number, found.subjects) == (5, ("calibration",))


def test_leak_6_label_windows_end_before_the_next_part(data: TrainingSet) -> None:
    """A split at random, or one without purge or embargo, is refused."""
    drawn = pl.Series(np.random.default_rng(1).choice(["train", "valid", "test"], size=data.rows.height))
    found = before_fitting("help", replace(data, rows=data.rows.with_columns(drawn.alias("part"))))
    assert {leak.kind.number for leak in found} == {6}
    last = data.part("train")["as_of"].max()
    longer = pl.when(pl.col("as_of") == last).then(pl.col("window_end") + timedelta(days=400)).otherwise("window_end")
    (one, *_) = before_fitting("help", replace(data, rows=data.rows.with_columns(longer.alias("window_end"))))
    assert one.kind.number == 6


def plans(*versions: tuple[str, int, int]) -> History:
    """Two accounts with a plan: versions of the first, each with the days since AS_OF it was known and loaded on."""
    rows = [("a", plan, known, loaded) for plan, known, loaded in versions] + [("b", "gold", -400, -400)]
    frame = pl.DataFrame(rows, schema=["account_id", "plan", "known", "loaded"], orient="row").select(
        "account_id",
        "plan",
        created_at=pl.lit(AS_OF - 400 * DAY),
        received_at=pl.lit(AS_OF) + pl.duration(days="known"),
        loaded_at=pl.lit(AS_OF) + pl.duration(days="loaded"),
    )
    return History.of(accounts=frame)


def written_over(history: History) -> dict[str, tuple[str, ...]]:
    """What is found of the attribute `plan` on two dates."""
    signals = signals_for(RULES, ())
    return codes(overwritten(history, signals, [s.name for s in signals], [EARLIER, AS_OF]))


def test_leak_8_a_column_that_was_written_over_is_found() -> None:
    """The CRM's export says that it was always so; what was loaded before said otherwise."""
    assert written_over(plans(("free", -400, -400), ("gold", -399, 5))) == {"overwritten": ("attr_plan",)}
    # A version that says since when it is known is history, and so is one that came in before the date.
    assert written_over(plans(("free", -400, -400), ("gold", 3, 5))) == {}
    assert written_over(plans(("free", -400, -400), ("gold", -100, -100))) == {}


def test_a_column_of_which_nobody_knows_since_when_is_told() -> None:
    """All of it was loaded after the last date, and says only when the account began: it warns."""
    frame = plans(("free", -400, 5)).accounts.collect().with_columns(loaded_at=pl.lit(AS_OF + 5 * DAY))
    assert written_over(History.of(accounts=frame)) == {"not_dated": ("attr_plan",)}


def test_the_eight_are_numbered_and_say_what_to_do() -> None:
    """Each has a rule and a remedy in words."""
    assert [kind.number for kind in KINDS] == list(range(1, 9))
    assert all(kind.rule.endswith(".") and kind.remedy for kind in KINDS)


def test_all_that_the_history_tells_is_told_once_for_both_motions(
    tables: dict[str, pl.DataFrame], clean: dict[datetime, pl.DataFrame]
) -> None:
    """And what settings trust is told apart."""
    found = of_the_past(past(tables, (*LEARNED, "days_since_call")), clean, trusted=("days_since_call",))
    assert [(leak.kind.number, leak.trusted, leak.stops) for leak in found] == [(4, True, False)]


def test_the_auc_of_a_signal_is_that_of_its_ranks() -> None:
    """Three of four pairs in order: .75; the other way round it tells as much."""
    happened = np.array([0.0, 0.0, 1.0, 1.0])
    assert auc(pl.Series([1.0, 3.0, 2.0, 4.0]), happened).auc == 0.75
    assert auc(pl.Series([4.0, 2.0, 3.0, 1.0]), happened).auc == 0.75
    assert auc(pl.Series([1.0, 1.0, 1.0, 1.0]), happened).auc == 0.5


def test_own_signals_are_looked_at_like_ours() -> None:
    """An own signal that counts our calls is kept from models as well."""
    calls = Signal("calls", "count", "voice", "Calls.", "Calls", "interactions", (pl.col("channel") == "call").sum())
    assert own_actions([calls]) == ("calls",)


def test_a_leak_that_is_spread_over_signals_is_leant_on_all_the_same() -> None:
    """Four alarmed signals of 4 % each are 16 % of the model; two, or trusted ones, are let pass."""
    sizes = {"a": 4.0, "b": 4.0, "c": 4.0, "d": 4.0, "honest": 84.0}
    each = [Leak(KINDS[1], (name,), f"`{name}` is a late alarm") for name in "abcd"]
    assert len(alarms(each, sizes)) == 4
    assert alarms(each[:2], sizes) == []
    assert alarms([replace(leak, trusted=True) for leak in each], sizes) == []
    assert alarms([Leak(KINDS[1], ("unread",), "another")], sizes) == []
