"""What a whole segment does at a moment tells the date; models with few dates do not read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.models.encoding import Encoding
from consumption.models.heads import context
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.context import shared_by_peers, told_by_the_date
from consumption.models.heads.head import fit_head

FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def book(moments: int, accounts: int = 10, segments: int = 2) -> pl.DataFrame:
    """Accounts of segments over moments: `own` differs by account, `shared` by segment and moment alone."""
    dates, segment, _ = np.meshgrid(range(moments), range(segments), range(accounts), indexing="ij")
    random = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "as_of": [FIRST + timedelta(days=28 * int(d)) for d in dates.ravel()],
            "segment": [f"s{s}" for s in segment.ravel()],
            "own": random.normal(size=dates.size),
            "shared": np.round(np.sin(dates * 3.0 + segment).ravel(), 6),
            "always": np.ones(dates.size),
        }
    )


def test_a_value_that_a_whole_segment_shares_at_a_moment_is_found() -> None:
    """The segment's mean is one; an account's own value, and one that is the same for all and always, are none."""
    assert told_by_the_date(book(12), ["own", "shared", "always"]) == ["shared"]


def test_peers_may_be_those_of_a_segment_with_the_same_product() -> None:
    """Two products in each segment: still four values a date. A place among peers has few too, and is one's own."""
    rows = book(12, accounts=60).with_row_index("row")
    by_product = rows.with_columns(
        events_28d_segment=pl.col("shared") + pl.col("row") % 2,
        events_28d_percentile=pl.col("shared") + pl.col("row") % 3,
    )
    names = ["own", "events_28d_segment", "events_28d_percentile", "always"]
    assert shared_by_peers(by_product, names) == {"events_28d_segment": 48}
    assert told_by_the_date(by_product, names) == ["events_28d_segment"]


def test_accounts_whose_value_is_unknown_do_not_hide_it() -> None:
    """A new account has no trend, so it is not compared with its segment's; the others all share it."""
    rows = book(12).with_row_index("row").with_columns(
        shared=pl.when(pl.col("row") % 10 < 7).then("shared")
    )  # fmt: skip
    assert told_by_the_date(rows, ["own", "shared"]) == ["shared"]


def test_a_segment_of_few_accounts_shares_nothing() -> None:
    """Two accounts that happen to have the same value are no segment's mood."""
    assert told_by_the_date(book(12, accounts=4), ["own", "shared"]) == []


def test_where_many_moments_are_known_they_can_be_learned_from() -> None:
    """A hundred segments and dates: what they have in common is no longer one quarter's weather."""
    moments = context.MOMENTS_TO_LEARN_FROM // 2
    assert told_by_the_date(book(moments), ["own", "shared"]) == []
    assert told_by_the_date(book(moments - 1), ["own", "shared"]) == ["shared"]


def test_rows_without_segment_or_date_are_taken_as_they_are() -> None:
    """Nothing can be told, so nothing is left out."""
    assert told_by_the_date(book(3).drop("segment"), ["own", "shared"]) == []


def test_a_column_that_is_not_read_keeps_its_place_and_moves_nothing() -> None:
    """Contributions still have a column a signal, and the one that told the date adds nothing."""
    rows = book(12, accounts=60)
    happened = (rows["shared"] + 0.3 * rows["own"] > 0.5).cast(pl.Float64).to_numpy()
    head = fit_head(rows, happened, columns=["own", "shared"], settings=Boosting(rounds_without_validation=20))
    parts, _ = head.contributions(rows)
    assert parts.shape == (rows.height, 2)
    assert np.abs(parts[:, 0]).sum() > 0.0
    assert np.abs(parts[:, 1]).sum() == 0.0
    assert np.array_equal(head.predict(rows), head.predict(rows.with_columns(shared=pl.lit(9.0))))


@pytest.mark.parametrize("unread", [(), ("b",)])
def test_an_encoding_remembers_what_it_does_not_read(unread: tuple[str, ...]) -> None:
    """Saved as plain values and read back the same."""
    encoding = Encoding.fit(pl.DataFrame({"a": [1.0], "b": [2.0]}), ["a", "b"], unread)
    again = Encoding.of(encoding.as_dict())
    assert again == encoding
    assert np.isnan(again.matrix(pl.DataFrame({"a": [1.0], "b": [2.0]}))).tolist() == [[False, bool(unread)]]
