"""What the command line exports, column by column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from consumption.cli.data import Exportable
from consumption.config import Workspace
from consumption.features.by_product import PRODUCTS_IN_USE
from consumption.features.disagreement import DISAGREEMENTS
from consumption.features.stage import JOURNEY
from consumption.features.whitespace import WHITESPACE
from consumption.jobs.export import FROM_USE
from consumption.jobs.keys import store_of
from consumption.jobs.opening import catalogue_of, signals_of
from consumption.jobs.snapshots import Making
from tests.conftest import Command
from tests.road.conftest import AS_OF

COLUMNS = {
    "accounts": [
        "account_id", "as_of", "help_probability", "expand_probability", "help_rank", "expand_rank",
        "value_at_stake", "value_to_gain", "ranked_by",
    ],
    "effects": ["account_id", "as_of", "action", "effect", "low", "high", "hours", "eligible"],
    "recommendations": [
        "recommendation_id", "account_id", "as_of", "motion", "action", "rank", "owner", "hours", "value_at_stake",
        "expected_value", "propensity", "held_out", "reasons",
    ],
}  # fmt: skip
TO_SEND = [
    "recommendation_id", "account_id", "as_of", "motion", "action", "title", "reason_text", "cost", "expected_value",
    "propensity", "expires_at",
]  # fmt: skip
LISTS = {"products": PRODUCTS_IN_USE, "journey": JOURNEY, "whitespace": WHITESPACE}


@pytest.fixture
def exported(made: Workspace, tmp_path: Path, command: Command) -> dict[str, pl.DataFrame]:
    """Every export as of the published day."""
    found = {}
    for what in ("snapshot", *COLUMNS):
        file = tmp_path / f"{what}.parquet"
        assert command("export", what, file, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
        found[what] = pl.read_parquet(file)
    return found


def test_exports_have_exactly_the_documented_columns(made: Workspace, exported: dict[str, pl.DataFrame]) -> None:
    """Other programs rely on these names and on their order."""
    assert {name: exported[name].columns for name in COLUMNS} == COLUMNS
    assert exported["snapshot"].columns == ["account_id", "as_of", *(s.name for s in signals_of(made))]


def test_every_account_in_force_is_in_every_export(exported: dict[str, pl.DataFrame]) -> None:
    """Held-out accounts are there like any, and an account for which nothing was chosen has its reason."""
    accounts = set(exported["accounts"]["account_id"])
    assert set(exported["recommendations"]["account_id"]) == accounts
    assert set(exported["effects"]["account_id"]) == accounts
    assert accounts <= set(exported["snapshot"]["account_id"])
    nothing = exported["recommendations"].filter(pl.col("action") == "none")
    assert nothing.height > 0
    assert nothing.filter(pl.col("reasons").str.len_chars() <= 2).is_empty()


def test_ranks_count_from_one_by_money_at_stake(exported: dict[str, pl.DataFrame]) -> None:
    """Rank 1 is the most money at stake; the last rank is the number of accounts."""
    ranked = exported["accounts"].sort("help_rank")
    assert ranked["help_rank"].to_list() == list(range(1, ranked.height + 1))
    assert ranked["value_at_stake"].to_list() == sorted(ranked["value_at_stake"], reverse=True)


def test_a_held_out_account_gets_nothing_and_its_chance_is_logged(exported: dict[str, pl.DataFrame]) -> None:
    """The control group is withheld, unless an action is mandatory; every propensity lies between 0 and 1."""
    rows = exported["recommendations"]
    assert rows["held_out"].sum() > 0
    assert rows["propensity"].is_between(0, 1).all()
    shown = rows.filter(pl.col("held_out") & (pl.col("action") != "none"))
    assert set(shown["action"]) <= {"notice_rescue"}


def test_what_runs_by_itself_is_a_list_to_send(made: Workspace, tmp_path: Path, command: Command) -> None:
    """Each with its cost and its chance, of no held-out account; it is in the log of decisions like any other."""
    file = tmp_path / "send.ndjson"
    # All of that plan, which was made as of a week that is over: nothing of it would be handed out any more.
    assert command("export", "to_send", file, "--all", "--as-of", "2026-06-01", "-w", made.root)[0] == 0
    found = pl.read_ndjson(file)
    assert found.columns == TO_SEND
    assert found.height > 0
    assert set(found["action"]) == set(catalogue_of(made).by_itself)
    with store_of(made) as store:
        logged, arms = store.decisions_since(), store.holdout_members()
    both = found.join(logged, left_on="recommendation_id", right_on="decision_id", suffix="_logged")
    assert both.height == found.height
    assert both["action"].equals(both["action_logged"], check_names=False)
    assert (both["propensity"] == both["propensity_logged"]).all()
    assert "holdout" not in set(found.join(arms, on="account_id")["arm"])


def test_no_export_says_what_a_held_out_account_would_have_got(
    made: Workspace, tmp_path: Path, command: Command
) -> None:
    """Everything that can be exported: nothing is marked as withheld from one, or chosen for one but duties."""
    with store_of(made) as store:
        withheld = store.decisions_since().filter(pl.col("would_be").is_not_null())
    assert withheld.height > 0
    for what in Exportable:
        file = tmp_path / f"{what.value}.parquet"
        every = ["--all"] if what is Exportable.TO_SEND else []
        assert command("export", what.value, file, *every, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
        rows = pl.read_parquet(file)
        assert not {"would_be", "propensities", "second_pass", "chosen"} & set(rows.columns)
        if "recommendation_id" in rows.columns:
            told = rows.join(withheld, left_on="recommendation_id", right_on="decision_id")
            assert set(told["action"]) <= {"none"}


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_an_export_reads_back_in_every_format(made: Workspace, tmp_path: Path, command: Command, ending: str) -> None:
    """Parquet, CSV and NDJSON by the file's ending."""
    file = tmp_path / f"list.{ending}"
    code, said, _ = command("export", "recommendations", file, "--as-of", "2026-06-01", "-w", made.root)
    read = pl.read_csv(file) if ending == "csv" else pl.read_ndjson(file)
    assert (code, read.columns) == (0, COLUMNS["recommendations"])
    assert said.startswith(f"{read.height:,} rows")


def test_an_unknown_ending_is_refused_before_any_work(made: Workspace, tmp_path: Path, command: Command) -> None:
    """The error names the endings there are."""
    code, _, error = command("export", "accounts", tmp_path / "list.xlsx", "-w", made.root)
    assert code == 1
    assert ".parquet, .csv, .ndjson" in error


def test_disagreements_are_a_list_of_their_own(made: Workspace, tmp_path: Path, command: Command) -> None:
    """A row an account in force and kind, most money first; in the demo there are some."""
    file = tmp_path / "disagreements.csv"
    assert command("export", "disagreements", file, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
    found = pl.read_csv(file)
    assert found.columns == DISAGREEMENTS.names()
    assert found.height > 0
    assert found["arr"].is_sorted(descending=True)


@pytest.fixture
def listed(made: Workspace, tmp_path: Path, command: Command) -> dict[str, pl.DataFrame]:
    """The lists behind signals, and the signals."""
    files = {what: tmp_path / f"{what}.parquet" for what in ("snapshot", *LISTS)}
    for what, file in files.items():
        assert command("export", what, file, "--as-of", "2026-06-01", "-w", made.root)[0] == 0
    return {what: pl.read_parquet(file) for what, file in files.items()}


def test_lists_behind_signals_have_the_documented_columns(listed: dict[str, pl.DataFrame]) -> None:
    """Names, order and types; sorted by account; there are some rows of each in the demo."""
    assert {name: listed[name].schema for name in LISTS} == LISTS
    assert all(listed[name].height > 0 and listed[name]["account_id"].is_sorted() for name in LISTS)


def test_products_are_what_signals_by_product_were_made_from(listed: dict[str, pl.DataFrame]) -> None:
    """Of accounts with several: the worst and the best trend, the share unused, and the rows marked as such."""
    trend, use = pl.col("events_trend_28d"), pl.col("events_28d")
    several = listed["products"].group_by("account_id").agg(
        trend.min().alias("worst"), trend.max().alias("best"),
        trend.filter("is_worst").first().alias("marked_worst"), trend.filter("is_best").first().alias("marked_best"),
        (pl.col("arr").filter(use == 0).sum() / pl.col("arr").sum()).alias("unused"), pl.len().alias("products"),
    ).filter(pl.col("products") > 1)  # fmt: skip
    both = listed["snapshot"].join(several, on="account_id", how="left").filter(
        pl.col("worst_product_events_trend_28d").is_not_null()
    )  # fmt: skip
    assert both.height > 50
    for signal, name in (("worst_product_events_trend_28d", "worst"), ("best_product_events_trend_28d", "best")):
        assert both[signal].equals(both[name])
        assert both[signal].equals(both[f"marked_{name}"])
    assert (both["unused_product_arr_share_28d"] - both["unused"]).abs().to_numpy().max() < 1e-9


def test_the_journey_is_what_the_stage_and_steps_were_made_from(listed: dict[str, pl.DataFrame]) -> None:
    """Every account has its rows; stage, days in it, steps reached and missed are those of the snapshot."""
    steps = listed["journey"].group_by("account_id").agg(
        pl.col("stage").first().alias("told"), pl.col("entered_on").first(),
        pl.col("reached_on").count().cast(pl.Float64).alias("reached"),
        pl.col("is_missed").sum().cast(pl.Float64).alias("late"),
    )  # fmt: skip
    both = listed["snapshot"].join(steps, on="account_id", how="left")
    days = (pl.col("as_of").dt.date() - pl.col("entered_on")).dt.total_days().cast(pl.Float64).alias("days")
    both = both.with_columns(days)
    pairs = (("stage", "told"), ("stage_days", "days"), ("steps_passed", "reached"), ("steps_missed", "late"))
    assert [signal for signal, name in pairs if not both[signal].equals(both[name])] == []


@pytest.mark.parametrize("what", FROM_USE)
def test_lists_from_kept_tiles_are_those_from_all_events(made: Workspace, what: str) -> None:
    """The same to the bit, as signals are."""
    rows, order = FROM_USE[what]
    kept = Making.of(made, AS_OF)
    both = [
        making.over_groups(lambda history, tiles: rows(history, AS_OF, kept.rules, tiles), what=what).sort(order)
        for making in (kept, replace(kept, from_events=True))
    ]
    assert both[0].height > 0
    assert both[0].equals(both[1])


def test_whitespace_is_what_its_signals_were_made_from(listed: dict[str, pl.DataFrame]) -> None:
    """The largest share of peers, and the number of products that a third of them own; none listed: 0."""
    lists = listed["whitespace"].group_by("account_id").agg(
        pl.col("share").max().alias("most"),
        (3 * pl.col("owners") >= pl.col("peers")).sum().cast(pl.Float64).alias("usual"),
    )  # fmt: skip
    both = listed["snapshot"].join(lists, on="account_id", how="left").filter(
        pl.col("whitespace_share").is_not_null()
    ).with_columns(pl.col("most", "usual").fill_null(0.0))  # fmt: skip
    assert both["whitespace_share"].equals(both["most"])
    assert both["whitespace_products"].equals(both["usual"])
    assert lists["account_id"].is_in(both["account_id"].implode()).all()


def test_a_list_of_a_day_before_all_events_is_refused(made: Workspace, tmp_path: Path, command: Command) -> None:
    """As a snapshot is, with the first day there is."""
    for what in LISTS:
        code, _, error = command("export", what, tmp_path / "list.csv", "--as-of", "2001-01-01", "-w", made.root)
        assert code == 1
        assert "the first event happened on" in error
