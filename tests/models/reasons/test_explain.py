"""Why an account is on a list."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS, by_name
from consumption.models.heads.ranker import Ranker
from consumption.models.motion import MOTIONS
from consumption.models.ranking import rank
from consumption.models.reasons.change import COMMON, changed
from consumption.models.reasons.explain import explain_change, reasons
from consumption.models.reasons.figures import AGAINST, SEASON, Figures
from consumption.models.reasons.listed import Listed, listed
from consumption.models.rows import scoring_rows
from consumption.models.samples.dataset import TrainingSet
from consumption.models.served import day_one
from consumption.tables import REASONS
from tests.models.book import Book, population, snapshot

CALM = {
    "active_users_7d": 90.0, "days_since_last_event": 0.0, "seat_utilisation_28d": 0.8, "events_trend_28d": 0.0,
    "recent_active_share_14d": 0.7, "open_severe_ticket_days": 0.0, "days_to_decision": 300.0,
    "projected_utilisation": 0.8,
}  # fmt: skip


def accounts(values: Mapping[str, Mapping[str, float]]) -> pl.DataFrame:
    """A snapshot of named accounts: calm, but for what is given."""
    rows = [{"account_id": name, **{s.name: None for s in SIGNALS}, **CALM, **own} for name, own in values.items()]
    schema = {"account_id": pl.String, **{s.name: pl.Float64 for s in SIGNALS}}
    return pl.DataFrame(rows, schema=schema).sort("account_id")


@pytest.fixture
def told(small: Book, data: TrainingSet) -> pl.DataFrame:
    """Reasons of the rule for one account in trouble, one growing and calm ones, all against calm baselines."""
    date = data.horizon.dates[-1]
    people = population(small, date).head(6)
    names = dict(zip(["idle", "busy", "c1", "c2", "c3", "c4"], people["account_id"], strict=True))
    own = {
        "idle": {"days_since_last_event": 40.0, "seat_utilisation_28d": 0.2, "recent_active_share_14d": 0.0},
        "busy": {"seat_utilisation_28d": 1.3, "projected_utilisation": 1.4},
    }
    people = people.with_columns(segment=pl.lit("one"))
    made = accounts({names[n]: own.get(n, {}) for n in names}).with_columns(
        as_of=pl.lit(date).cast(pl.Datetime("us", "UTC"))
    )
    usual = accounts({name: {} for name in names.values()})
    shrink, grow = day_one("help", SIGNALS), day_one("expand", SIGNALS)
    ranked = rank(made, people, help=shrink, expand=grow, as_of=date)
    found = reasons(made, usual, people, ranked, help=shrink, expand=grow, signals=SIGNALS)
    back = {account: name for name, account in names.items()}
    return found.with_columns(pl.col("account_id").replace(back))


def test_trouble_is_told_with_its_own_baseline_and_its_peers(told: pl.DataFrame) -> None:
    """The rep reads what changed, from what, and what is usual elsewhere."""
    mine = told.filter((pl.col("account_id") == "idle") & (pl.col("motion") == "help"))
    assert "Share of the last 14 days in use fell from 70 % to 0 %; similar accounts: 70 %" in mine["text"].to_list()
    assert mine["position"].to_list() == list(range(1, mine.height + 1))


def test_growth_is_told_by_what_grew(told: pl.DataFrame) -> None:
    """The reason to grow is use beyond what was bought."""
    mine = told.filter((pl.col("account_id") == "busy") & (pl.col("motion") == "expand"))
    assert mine["driver"][0] == "over_use"
    assert "up from 80 %" in mine["text"][0] or "rose from 80 %" in mine["text"][0]


def test_reasons_keep_their_contract(told: pl.DataFrame) -> None:
    """At most three, strongest first, each a share of all that pushes."""
    REASONS.check(told)
    assert told["position"].to_numpy().max() <= 3
    assert (
        told.group_by("account_id", "motion").agg(pl.col("contribution").sum())["contribution"].to_numpy().max()
        <= 1.0001
    )


def test_words_never_contradict_the_motion(small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker) -> None:
    """Use that rose is no reason why an account needs help, nor one that fell a reason to grow."""
    now, before = data.horizon.dates[-1], data.horizon.dates[-3]
    people = population(small, now)
    ranked = rank(snapshot(small, now), people, help=ranker, expand=grower, as_of=now)
    found = reasons(
        snapshot(small, now), snapshot(small, before), people, ranked, help=ranker, expand=grower, signals=SIGNALS
    )
    assert found["account_id"].n_unique() > 0.9 * people.height
    known = by_name()
    for row in found.iter_rows(named=True):
        direction = known[row["code"]].direction * (-1 if row["motion"] == "help" else 1)
        rose = any(word in row["text"] for word in (" rose ", ", up from"))
        fell = any(word in row["text"] for word in (" fell ", ", down from"))
        assert (int(rose) - int(fell)) * direction >= 0, row["text"]


def test_an_account_without_a_past_is_held_against_its_peers(data: TrainingSet, small: Book) -> None:
    """No baseline: the level, and what is usual elsewhere."""
    date = data.horizon.dates[-1]
    people = population(small, date)
    shrink, grow = day_one("help", SIGNALS), day_one("expand", SIGNALS)
    now = snapshot(small, date)
    ranked = rank(now, people, help=shrink, expand=grow, as_of=date)
    found = reasons(now, now.clear(), people, ranked, help=shrink, expand=grow, signals=SIGNALS)
    assert found["baseline"].null_count() == found.height
    assert not found["text"].str.contains(" from ").any()


def _change_of(old: Listed, new: Listed, account: str) -> float:
    """By how much an account's log odds moved, less their base."""
    one, other = (part.accounts.to_list().index(account) for part in (old, new))
    return float(new.log_odds[other] - old.log_odds[one] - new.base[other] + old.base[one])


def test_why_a_probability_moved_is_told_by_what_moved(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """The changes of the contributions add up to the change of the log odds less that of the base."""
    dates = data.horizon.dates[-3], data.horizon.dates[-1]
    before, after = (scoring_rows(snapshot(small, d), population(small, d)) for d in dates)
    old, new = (listed(rows, help=ranker, expand=grower) for rows in (before, after))
    for motion in MOTIONS:
        moved = explain_change(old[motion], new[motion])
        account = moved["account_id"][0]
        change = _change_of(old[motion], new[motion], account)
        mine = moved.filter(pl.col("account_id") == account)["contribution"]
        assert mine.sum() == pytest.approx(change, abs=1e-9)
        assert mine.abs().is_sorted(descending=True)


def falling(own: float, others: float, season: float | None) -> pl.DataFrame:
    """One account and nine like it, with these changes of use (in logarithms)."""
    values = {f"o{i}": {"events_trend_28d": others} for i in range(9)}
    made = accounts({"mine": {"events_trend_28d": own}, **values}).with_columns(
        segment=pl.lit("one"), **{SEASON: pl.lit(season, dtype=pl.Float64)}
    )
    return made.sort("account_id")


@pytest.mark.parametrize(
    ("own", "others", "season", "carried"),
    [
        (-0.6, 0.0, None, True),
        (-0.6, -0.6, None, False),  # the whole segment fell
        (-0.6, 0.0, -0.6, False),  # so it did in the same weeks of last year
        (-1.5, -0.2, -0.2, True),  # far beyond both
        (-0.6, 0.6, 0.6, True),  # against both
    ],
)
def test_a_fall_of_the_season_or_of_the_segment_is_no_reason(
    own: float, others: float, season: float | None, carried: bool
) -> None:
    """Only what is the account's own is said of it."""
    rows = falling(own, others, season)
    read = [by_name()["events_trend_28d"]]
    found = Figures.of(rows, rows.clear(), read).carries("help")
    mine = rows["account_id"].to_list().index("mine")
    assert bool(found[mine, 0] > AGAINST) is carried


def test_a_fall_from_its_own_past_is_no_reason_where_the_season_falls_as_much() -> None:
    """Active users who halve every August are no reason in August."""
    usual = accounts({"mine": {"active_users_7d": 90.0}}).with_columns(segment=pl.lit("one"))
    read = [by_name()["active_users_7d"]]
    for season, carried in ((None, True), (-0.7, False)):
        now = accounts({"mine": {"active_users_7d": 45.0}}).with_columns(
            segment=pl.lit("one"), **{SEASON: pl.lit(season, dtype=pl.Float64)}
        )
        assert bool(Figures.of(now, usual, read).carries("help")[0, 0] > AGAINST) is carried


def test_what_similar_accounts_do_is_never_a_reason() -> None:
    """The signals of a whole segment move the model, and are no one's own: they carry neither motion in words."""
    shared = [s for s in SIGNALS if s.name.endswith("_segment") and "against" not in s.name]
    usual = accounts({"mine": {s.name: 9.0 for s in shared}}).with_columns(segment=pl.lit("one"))
    now = accounts({"mine": {s.name: 1.0 for s in shared}}).with_columns(segment=pl.lit("one"))
    assert len(shared) == 7
    for motion in MOTIONS:
        assert set(Figures.of(now, usual, shared).carries(motion).ravel()) == {AGAINST}


def test_why_a_probability_moved_is_told_in_words_that_add_up(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """Drivers, the largest first, each with the signal that did most; with the base they give the change."""
    dates = data.horizon.dates[-3], data.horizon.dates[-1]
    before, after = (scoring_rows(snapshot(small, d), population(small, d)) for d in dates)
    account = min(set(before["account_id"]) & set(after["account_id"]))
    one, other = (rows.filter(pl.col("account_id") == account) for rows in (before, after))
    every = changed(account, before, after, help=ranker, expand=grower, signals=SIGNALS)
    for motion, found in every.items():
        odds = [listed(r, help=ranker, expand=grower)[motion].log_odds.item() for r in (one, other)]
        assert found.base + sum(p.contribution for p in found.parts) == pytest.approx(odds[1] - odds[0], abs=1e-9)
        sizes = [abs(p.contribution) for p in found.parts]
        assert sizes == sorted(sizes, reverse=True)
        assert found.lines[0].endswith("after")
        assert all(text.startswith(("  up", "  down")) for text in found.lines[1:])


def test_why_a_probability_moved_tells_apart_what_everybody_did(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """Use that fell by as much for the whole segment is no account's own reason; its part of the change is kept."""
    date = data.horizon.dates[-1]
    before = scoring_rows(snapshot(small, date), population(small, date))
    names = [s.name for s in SIGNALS if s.family in {"frequency", "depth"} and s.unit not in {"word", "change"}]
    of_use = [name for name in names if name in ranker.about.signals and not name.endswith("_segment")]
    fell = before.with_columns((pl.col(name) * 0.3).alias(name) for name in of_use)
    account = before.sort("events_28d", descending=True)["account_id"][0]
    common = changed(account, before, fell, help=ranker, expand=grower, signals=SIGNALS)["help"]
    mine = pl.col("account_id") == account
    alone = before.with_columns(pl.when(mine).then(pl.col(n) * 0.3).otherwise(pl.col(n)).alias(n) for n in of_use)
    own = changed(account, before, alone, help=ranker, expand=grower, signals=SIGNALS)["help"]
    # What did not move shifts a little too: trees share out what signals do together.
    shared = [sum(part.contribution for part in found.parts if part.driver == COMMON) for found in (common, own)]
    assert common.parts[0].driver == COMMON
    assert abs(shared[1]) < 0.2 * abs(shared[0])
    assert (own.before, own.after) == (common.before, common.after)
