"""What the generated files hold, and that they are files any company could have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import polars as pl
import pytest

from consumption.tables import LAKE, RECEIVED_AT
from consumption.world import TooSmallAWorld, generate
from tests.world.conftest import AS_OF, World

WRITTEN = sorted(set(LAKE) - {"outcomes", "rates"})
MIDNIGHT = datetime.combine(AS_OF, time(), UTC)
SOME_DAY = pl.date(2026, 7, 1)


@pytest.mark.parametrize("table", WRITTEN)
def test_every_file_fits_the_data_contract(world: World, table: str) -> None:
    """Required columns are there and filled, every value parses, and words are among those the contract allows."""
    frame = world.read(table)
    assert frame.height == world.summary.rows[table]
    for column in LAKE[table].columns:
        if column.required:
            assert frame[column.name].null_count() == 0, column.name
        if column.name in frame.columns and column.one_of:
            assert set(frame[column.name].drop_nulls().unique()) <= set(column.one_of)


@pytest.mark.parametrize("table", [t for t in WRITTEN if t not in {"events", "contacts", "assets"}])
def test_a_key_names_one_row(world: World, table: str) -> None:
    """No two rows of a file share a key; contacts and assets have versions, events stand for themselves."""
    frame = world.read(table)
    assert not frame.select(LAKE[table].key).is_duplicated().any()


def test_a_later_version_says_only_that_someone_or_something_has_left(world: World) -> None:
    """Contacts and machines have a second version, known when they left; the first does not tell of it."""
    for table, gone in (("contacts", "left_on"), ("assets", "removed_on")):
        frame = world.read(table).sort(*LAKE[table].key, RECEIVED_AT)
        first = frame.unique(LAKE[table].key, keep="first", maintain_order=True)
        assert first[gone].null_count() == first.height
        left = frame.filter(pl.col(gone).is_not_null())
        assert left.height > 0
        assert (left[RECEIVED_AT].dt.date() >= left[gone]).all()


def test_the_same_seed_gives_the_same_world_and_another_seed_another(
    make_world: Callable[[int, int, int], World],
) -> None:
    """A world is a function of its arguments, file by file and byte by byte."""
    one, same, other = (make_world(60, 8, seed) for seed in (5, 5, 6))
    assert one.summary == same.summary
    names = sorted(f.relative_to(one.folder) for f in one.folder.rglob("*.*"))
    assert names == sorted(f.relative_to(same.folder) for f in same.folder.rglob("*.*"))
    assert all((one.folder / n).read_bytes() == (same.folder / n).read_bytes() for n in names)
    assert not one.read("contracts").equals(other.read("contracts"))


def test_nothing_in_a_file_is_from_today_or_later(world: World) -> None:
    """Rows happened before today's midnight and were known before it, and so was every end, notice and answer."""
    happened = {
        "accounts": ["created_at"],
        "events": ["timestamp"],
        "interactions": ["timestamp", "closed_at"],
        "decisions": ["timestamp"],
        "responses": ["timestamp"],
    }
    for table in WRITTEN:
        frame = world.read(table)
        moments = [*happened.get(table, []), *([RECEIVED_AT] if RECEIVED_AT in frame.columns else [])]
        assert frame.filter(pl.any_horizontal(pl.col(moments) >= MIDNIGHT)).is_empty() if moments else True, table
    contracts = world.read("contracts")
    assert contracts.filter(pl.any_horizontal(pl.col("ended_on", "notice_given_on") >= SOME_DAY)).is_empty()
    signed_ahead = contracts.filter(pl.col("starts_on") > SOME_DAY)
    assert signed_ahead[RECEIVED_AT].null_count() == 0


def test_contracts_of_one_product_follow_each_other_without_overlap(world: World) -> None:
    """A renewal or a change starts where the row before it stopped; what is bought twice would be counted twice."""
    rows = world.read("contracts").sort("account_id", "product", "starts_on")
    stop = pl.coalesce("ended_on", "ends_on")
    before = stop.shift(1).over("account_id", "product")
    assert rows.filter(pl.col("starts_on") < before).is_empty()
    assert rows.filter(stop <= pl.col("starts_on")).is_empty()
    assert rows.filter(pl.col("notice_given_on") > pl.col("ends_on")).is_empty()


def test_events_fall_within_a_contract(world: World) -> None:
    """Nobody uses what has not been bought yet, or no more; only a machine that stands still reports nothing."""
    contracts = world.read("contracts")
    stop = pl.coalesce("ended_on", "ends_on")
    term = contracts.group_by("account_id").agg(first=pl.col("starts_on").min(), last=stop.max())
    events = world.read("events").join(term, on="account_id", how="left")
    day = pl.col("timestamp").dt.date()
    assert events.filter((day < pl.col("first")) | (day >= pl.col("last")) | pl.col("first").is_null()).is_empty()
    assert events.filter((pl.col("quantity") <= 0) & (pl.col("event") != "hours_run")).is_empty()


def test_a_default_world_has_two_to_four_million_events(world: World) -> None:
    """So many that signals are worth computing, and so few that a laptop reads them in seconds."""
    each = world.summary.events / (world.summary.accounts * 24)
    assert 2e6 < each * 1500 * 36 < 4e6


def test_late_events_come_in_a_file_of_their_own(world: World) -> None:
    """A few events were received hours or days after they happened, and say so."""
    late = world.read("events").filter(pl.col(RECEIVED_AT).is_not_null())
    assert 0.001 < late.height / world.summary.events < 0.006
    assert (late[RECEIVED_AT] > late["timestamp"]).all()


def test_propensities_are_those_the_policy_drew_with(world: World) -> None:
    """Policy's choices carry the probability of every action, `none` too, that sum to 1; reps' choices carry none."""
    decisions = world.read("decisions")
    policy = decisions.filter(pl.col("decided_by") == "policy")
    chances = policy["propensities"].str.json_decode(pl.Struct(_actions(policy))).struct.unnest()
    assert ((chances.sum_horizontal() - 1).abs() < 1e-6).all()
    assert (chances["none"] > 0).all()
    shown = pl.concat([policy, chances], how="horizontal").select(
        taken=pl.coalesce(pl.when(pl.col("action") == a).then(pl.col(a)) for a in chances.columns),
        said="propensity",
    )
    assert ((shown["taken"] - shown["said"]).abs() < 1e-6).all()
    reps = decisions.filter(pl.col("decided_by") == "rep")
    assert reps.height > 0
    assert reps["propensity"].null_count() == reps["propensities"].null_count() == reps.height


def _actions(policy: pl.DataFrame) -> dict[str, pl.DataType]:
    return {action: pl.Float64() for action in sorted({"none", *policy["action"].unique()})}


def test_every_owner_and_lead_is_one_of_our_people(world: World) -> None:
    """A rep looks after about sixty accounts in force, the first rep among them."""
    people, accounts = world.read("people"), world.read("accounts")
    assert set(accounts["owner"]) <= set(people.filter(pl.col("role") == "rep")["email"])
    assert set(people["lead"].drop_nulls()) <= set(people.filter(pl.col("role") == "lead")["email"])
    in_force = world.read("contracts").filter(
        (pl.col("starts_on") <= SOME_DAY) & (pl.coalesce("ended_on", "ends_on") > SOME_DAY)
    )
    mine = accounts.filter(pl.col("owner") == world.summary.rep).join(in_force, on="account_id", how="semi")
    assert 45 <= mine.height <= 75
    assert {world.summary.idle_licences, world.summary.guarantee} <= set(mine["account_id"])


def test_names_are_told_apart(world: World) -> None:
    """No two accounts and no two of our people share a name."""
    assert not world.read("accounts")["name"].is_duplicated().any()
    assert not world.read("people")["email"].is_duplicated().any()


def test_a_world_too_small_to_learn_from_is_refused(tmp_path: Path) -> None:
    """Ten accounts prove nothing: say so, and how many are needed."""
    with pytest.raises(TooSmallAWorld, match="at least 50 accounts"):
        generate(tmp_path, accounts=10, as_of=AS_OF)
