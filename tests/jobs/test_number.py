"""The number on a workspace of its own: what is frozen stays, what was merged counts, what ended today is not due."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from consumption.config import Workspace
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.ingest import ingest
from consumption.jobs.keys import store_of
from consumption.jobs.number import NumberDone, number
from consumption.jobs.proof import FILE, freeze

BEGAN = datetime(2026, 1, 12, tzinfo=UTC)
MAY, JUNE = datetime(2026, 5, 15, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC)
SERVED, WITHHELD = 80, 40
IDS = [f"s{n:02d}" for n in range(SERVED)] + [f"w{n:02d}" for n in range(WITHHELD)]
ARMS = ["treated"] * SERVED + ["holdout"] * WITHHELD
LEFT = {*IDS[:4], *IDS[SERVED : SERVED + 16]}


def accounts() -> pl.DataFrame:
    """Known since a year ago."""
    return pl.DataFrame({"account_id": IDS, "created_at": [BEGAN - timedelta(days=400)] * len(IDS)}).with_columns(
        received_at="created_at"
    )


def contracts() -> pl.DataFrame:
    """100 a year each; 4 of the served and 16 of the held-out left on 1 March."""
    ends = [date(2026, 3, 1) if one in LEFT else date(2026, 7, 1) for one in IDS]
    return pl.DataFrame({
        "contract_id": IDS, "account_id": IDS, "product": "desk", "starts_on": date(2025, 7, 1), "ends_on": ends,
        "quantity": 1.0, "arr": 100.0,
    })  # fmt: skip


def decisions() -> pl.DataFrame:
    """The first pass chose everybody in one week."""
    held = [arm == "holdout" for arm in ARMS]
    return pl.DataFrame({
        "decision_id": IDS, "account_id": IDS, "timestamp": BEGAN, "action": ["none" if h else "call" for h in held],
        "would_be": ["call" if h else None for h in held], "decided_by": "policy", "arm": ARMS,
        "second_pass": False, "mandatory": False,
    })  # fmt: skip


def put(workspace: Workspace, table: str, frame: pl.DataFrame, now: datetime) -> None:
    """Load a frame as a file."""
    file = workspace.root.parent / f"{table}-{now:%m%d}.parquet"
    frame.write_parquet(file)
    ingest(workspace, table, [file], now=now)


@pytest.fixture
def book(tmp_path: Path) -> Workspace:
    """A year of two arms, drawn on the first day."""
    workspace = create(tmp_path / "w", settings=SETTINGS.replace("buckets = 32", "buckets = 2"))
    for table, frame in (("accounts", accounts()), ("contracts", contracts()), ("decisions", decisions())):
        put(workspace, table, frame, BEGAN)
    drawn = pl.DataFrame({"account_id": IDS, "top_parent": IDS, "arm": ARMS}).with_columns(
        stratum=pl.lit("1|?"), drawn_at=pl.lit(BEGAN).dt.cast_time_unit("us"), share=pl.lit(1 / 3)
    )
    with store_of(workspace) as store:
        store.draw(drawn)
    return workspace


def first_quarter(done: NumberDone) -> tuple[object, ...]:
    """What is told of it, its correction apart."""
    quarter = done.proven.quarters[0]
    assert quarter.frozen
    return quarter.share, quarter.gained, quarter.served, quarter.withheld


def merge(workspace: Workspace, into: str, *others: str) -> None:
    """From June on it is known that these are one account."""
    rows = accounts().filter(pl.col("account_id").is_in(others))
    known = rows.with_columns(merged_into=pl.lit(into), received_at=pl.lit(datetime(2026, 6, 1, tzinfo=UTC)))
    put(workspace, "accounts", known, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_merge_moves_no_frozen_quarter_and_drops_nobody(book: Workspace) -> None:
    """Told in May, told again in June; in the total the survivor counts with both accounts, and is one customer."""
    early = number(book, as_of=MAY)
    quarter = early.proven.quarters[0]
    assert quarter.share is not None
    assert quarter.share.value == pytest.approx(16 / WITHHELD - 4 / SERVED)
    merge(book, "s09", "s00", "s01", "s02")
    later = number(book, as_of=JUNE)
    assert first_quarter(later) == first_quarter(early)
    assert later.proven.total.served == SERVED - 3
    assert later.proven.total.withheld == WITHHELD
    assert later.proven.total.share is not None
    assert early.proven.total.share is not None
    assert later.proven.total.share.value == pytest.approx(early.proven.total.share.value)
    merge(book, "w39", "s79")
    apart = number(book, as_of=JUNE)
    assert first_quarter(apart) == first_quarter(early)
    assert (apart.proven.total.served, apart.proven.total.withheld) == (SERVED - 4, WITHHELD)


def test_what_froze_is_written_and_told_again_beside_its_correction(book: Workspace) -> None:
    """A contract that was loaded in June as if known in March moves the total, not the quarter that was told."""
    early = number(book, as_of=MAY, now=MAY)
    again = contracts().filter(pl.col("account_id").is_in(IDS[:4])).with_columns(
        starts_on=pl.lit(date(2026, 3, 1)), ends_on=pl.lit(date(2027, 3, 1)),
        received_at=pl.lit(datetime(2026, 3, 2, tzinfo=UTC)),
    )  # fmt: skip
    put(book, "contracts", again, JUNE)
    later = number(book, as_of=JUNE, now=JUNE)
    assert first_quarter(later) == first_quarter(early)
    assert later.proven.quarters[0].corrected == pytest.approx(16 / WITHHELD)
    assert "correction: by what came in since it would be +40.0%" in later.text
    (book.root / FILE).unlink()
    assert first_quarter(number(book, as_of=JUNE)) != first_quarter(early)


def test_only_what_has_come_is_written_down(book: Workspace) -> None:
    """Looking ahead writes nothing, and what is written names no account."""
    number(book, as_of=MAY)
    number(book, as_of=MAY, now=BEGAN)
    assert not (book.root / FILE).exists()
    freeze(book, as_of=BEGAN + timedelta(days=1))
    planned = json.loads((book.root / FILE).read_text("utf-8"))["EUR"]
    assert planned["quarters"] == {}
    assert planned["since"] == "2026-01-12"
    assert planned["planned"] == pytest.approx(0.29**2 * (1 / 3) * (2 / 3) * 120 * 100.0**2 / 2)
    freeze(book, as_of=MAY)
    written = (book.root / FILE).read_text("utf-8")
    assert list(json.loads(written)["EUR"]["quarters"]) == ["2026-01-01"]
    assert json.loads(written)["EUR"]["planned"] == planned["planned"]
    assert not [one for one in IDS if one in written]
    number(book, as_of=JUNE, now=JUNE)
    assert (book.root / FILE).read_text("utf-8") == written


def test_what_ends_today_is_neither_in_force_nor_due(book: Workspace) -> None:
    """A term that ends on 1 July is up for renewal until 30 June, and not in force from 1 July on."""
    worth = (len(IDS) - len(LEFT)) * 100.0
    last, first = (number(book, as_of=datetime(2026, *day, tzinfo=UTC)).due for day in ((6, 30), (7, 1)))
    assert last.in_force == worth
    assert [one.worth for one in last.renewals] == [0.0, worth]
    assert first.in_force == 0.0
    assert [one.worth for one in first.renewals] == [0.0, 0.0]
