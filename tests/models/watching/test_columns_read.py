"""Which signals a model reads."""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import READ, Rule
from consumption.models.samples.dataset import TrainingSet
from consumption.models.watching.columns_read import columns_read


def test_a_rule_reads_what_its_drivers_are_made_of(rule: Rule) -> None:
    """And nothing else."""
    assert columns_read(rule) == frozenset(rule.about.signals)
    assert columns_read(rule) <= READ


def test_what_no_tree_asks_for_changes_no_probability(ranker: Ranker, data: TrainingSet) -> None:
    """Columns left out may be anything; one of those that are read may not."""
    read = columns_read(ranker)
    unread = [name for name in ranker.about.signals if name not in read]
    assert read
    assert unread
    rows = data.part("test")
    numbers = [name for name in unread if rows.schema[name].is_numeric()]
    noise = pl.Series(np.random.default_rng(0).normal(size=rows.height))
    other = rows.with_columns(**{name: noise for name in numbers if name != "active_days_28d"})
    assert ranker.predict(other).equals(ranker.predict(rows))
    gone = rows.with_columns(pl.lit(None, dtype=rows.schema[name]).alias(name) for name in read)
    assert not ranker.predict(gone).equals(ranker.predict(rows))
