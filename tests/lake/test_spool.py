"""Rows that are set aside come back as they were added, few at a time."""

from __future__ import annotations

import polars as pl

from consumption.lake.spool import Spool

SCHEMA = pl.Schema({"number": pl.Int64(), "word": pl.String()})
AT_ONCE = 131_072


def numbered(start: int, rows: int) -> pl.DataFrame:
    """Rows that tell their place."""
    number = pl.int_range(start, start + rows, eager=True)
    return pl.DataFrame({"number": number, "word": number.cast(pl.String)}, schema=SCHEMA)


def test_rows_come_back_in_order_few_at_a_time() -> None:
    """Those of two files first, then those that are still in memory; no piece is larger than what is read at once."""
    parts = [numbered(0, 300_000), numbered(300_000, 200_000), numbered(500_000, 5)]
    with Spool(SCHEMA, held_bytes=1_000_000) as spool:
        for part in parts:
            spool.add(part)
        pieces = list(spool.pieces())
        assert max(piece.height for piece in pieces) <= AT_ONCE
        assert pl.concat(pieces).equals(pl.concat(parts))
        # A second reader begins at the beginning.
        assert pl.concat(spool.pieces()).height == spool.rows == 500_005


def test_rows_in_memory_are_cut_too() -> None:
    """What never went to disk comes in pieces of the same size."""
    with Spool(SCHEMA) as spool:
        spool.add(numbered(0, AT_ONCE + 1))
        assert [piece.height for piece in spool.pieces()] == [AT_ONCE, 1]


def test_nothing_set_aside_is_no_piece() -> None:
    """A spool without rows has none."""
    with Spool(SCHEMA) as spool:
        assert list(spool.pieces()) == []
