"""What a probability lies between, and how far it may be off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.features.signal_set import SIGNALS
from consumption.models.heads.between import between, doubt_of, with_doubt
from consumption.models.heads.doubt import DAY_ONE, HIDDEN, Doubt
from consumption.models.heads.fitting import fit_rule
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.loading import load_model
from consumption.models.model import Model
from consumption.models.ranking import rank
from consumption.models.rows import scoring_rows
from consumption.models.samples.dataset import TrainingSet
from consumption.models.served import day_one
from consumption.models.training import TrainingRules, train
from tests.models.book import AS_OF, Book, book, population, snapshot, training_set

TODAY = AS_OF.replace(month=1, day=5, year=2025)


def told(of: Book, help_: Model, expand: Model, *, new: int = 0, notice: int = 0) -> pl.DataFrame:
    """Intervals of a book's accounts; the first `new` came lately, the next `notice` have given notice."""
    people = population(of, TODAY).with_row_index("row")
    people = people.with_columns(
        created_at=pl.when(pl.col("row") < new).then(pl.lit(TODAY) - pl.duration(days=7)).otherwise("created_at"),
        notice_given=pl.col("row").is_between(new, new + notice, closed="left"),
    ).drop("row")
    seen = snapshot(of, TODAY).with_columns(active_days_28d=pl.lit(5.0))
    ranked = rank(seen, people, help=help_, expand=expand, as_of=TODAY)
    rows = scoring_rows(seen, people)
    return between(ranked, rows, help=help_, expand=expand).join(ranked, on="account_id")


def width(rows: pl.DataFrame, motion: str = "help") -> np.ndarray:
    """How wide intervals are."""
    return np.asarray((rows[f"{motion}_high"] - rows[f"{motion}_low"]).to_numpy())


def test_a_probability_lies_within_its_interval(small: Book, ranker: Ranker, grower: Ranker) -> None:
    """Both ends between 0 and 1, for both motions, even where the doubt was never measured."""
    found = told(small, ranker, grower)
    for motion in ("help", "expand"):
        low, said, high = (found[f"{motion}_{name}"] for name in ("low", "probability", "high"))
        assert ((low >= 0) & (low <= said) & (said <= high) & (high < 1) & (low < high)).all()


def test_a_new_account_has_a_wider_interval_than_one_that_is_known(
    small: Book, data: TrainingSet, ranker: Ranker, grower: Ranker
) -> None:
    """Its own few days count for little, so that how far its segment's accounts lie apart counts for most."""
    for model in (ranker, grower):
        doubt, said = doubt_of(model, data), np.array([0.05, 0.2, 0.5])
        segments = np.array(["small", "mid", None], dtype=object)
        known, new = (doubt.between(said, segments, np.full(3, own)) for own in (1.0, 0.1))
        assert (new[1] - new[0] > known[1] - known[0]).all()
    found = told(small, ranker, grower, new=50)
    assert found.filter("new")["account_id"].to_list() == found["account_id"].head(50).to_list()


def test_who_has_given_notice_needs_no_interval(small: Book, ranker: Ranker, grower: Ranker) -> None:
    """They said that they leave: no model is asked."""
    found = told(small, ranker, grower, notice=3)
    assert found["help_low"].null_count() == found["help_high"].null_count() == 3
    assert found["expand_low"].null_count() == 0


def test_a_rule_before_any_data_is_in_most_doubt(small: Book, data: TrainingSet, rule: Rule, ranker: Ranker) -> None:
    """Day one; then the rule that was fitted; both wider than nothing."""
    first = day_one("help", SIGNALS)
    growing = day_one("expand", SIGNALS)
    fitted = rule.with_about(replace(rule.about, doubt=doubt_of(rule, data)))
    half, nobody = np.full(1, 0.2), np.array([None], dtype=object)
    widths = [(d.between(half, nobody, np.ones(1))) for d in (DAY_ONE, doubt_of(rule, data))]
    assert widths[0][1] - widths[0][0] > 1.5 * (widths[1][1] - widths[1][0])
    assert (width(told(small, first, growing)) > width(told(small, fitted, growing)) * 0.5).all()
    assert doubt_of(rule, data).boosters == 0.0 < doubt_of(ranker, data).boosters


def test_doubt_shrinks_with_what_there_was_to_learn_from() -> None:
    """Four times the accounts: the curve is about half as far off; by how much accounts differ stays."""
    few, many = (training_set(book(accounts=n, seed=5, loss=-4.4)) for n in (400, 1_600))
    one, other = (doubt_of(fit_rule("help", data), data) for data in (few, many))
    assert 0.3 < other.calibration / one.calibration < 0.8
    assert other.apart == pytest.approx(one.apart, rel=0.4)


def test_what_was_trained_carries_its_doubt(data: TrainingSet) -> None:
    """Rule and ranker, and what ranks is still one of the two."""
    made = with_doubt(train("help", data, seed=0, rules=TrainingRules(gate_draws=50, metric_draws=0)))
    assert made.model in (made.rule, made.ranker)
    assert made.model.about.doubt is not None
    assert made.ranker is not None
    assert made.ranker.about.doubt == doubt_of(made.ranker, data)
    assert made.rule.about.doubt is not None
    assert set(made.rule.about.doubt.segments) == {"small", "mid", "large"}
    before = fit_rule("help", data)
    assert with_doubt(replace(made, model=before)).model is before, "a champion of before keeps its own"


def test_an_interval_is_the_middle_of_a_beta_distribution() -> None:
    """Worked by hand: variance a third of p (1 - p) at one half is the uniform one, .1 to .9; less is narrower."""
    half, nobody = np.array([0.5]), np.array([None], dtype=object)
    uniform = Doubt(calibration=0.0, boosters=0.0, apart=1 / 3, hidden=1 / 3)
    assert [float(end[0]) for end in uniform.between(half, nobody, np.ones(1))] == pytest.approx([0.1, 0.9])
    new = Doubt(calibration=0.0, boosters=0.0, apart=0.2, hidden=0.01, segments={"a": 1 / 3})
    segments = np.array(["a"], dtype=object)
    assert [float(end[0]) for end in new.between(half, segments, np.zeros(1))] == pytest.approx([0.1, 0.9])
    known = new.between(half, segments, np.ones(1))
    assert 0.4 < known[0][0] < 0.5 < known[1][0] < 0.6
    # Both deviations of log odds count by p (1 - p) squared: .25 x (1.0 + .333) = a third.
    doubtful = Doubt(calibration=1.0, boosters=(1 / 3) ** 0.5, apart=0.0, hidden=0.0)
    assert [float(end[0]) for end in doubtful.between(half, nobody, np.ones(1))] == pytest.approx([0.1, 0.9])


def test_four_fifths_of_chances_lie_within_where_accounts_differ_as_much_as_is_said() -> None:
    """Chances drawn about each probability, by the share of p (1 - p) that is hidden."""
    random = np.random.default_rng(0)
    said = np.repeat([0.05, 0.15, 0.4], 4_000)
    rooms = 1.0 / HIDDEN - 1.0
    chances = random.beta(said * rooms, (1.0 - said) * rooms)
    doubt = Doubt(calibration=0.0, boosters=0.0, apart=0.3)
    low, high = doubt.between(said, np.full(len(said), None, dtype=object), np.ones(len(said)))
    within = ((low <= chances) & (chances <= high)).reshape(3, -1).mean(axis=1)
    assert within.tolist() == pytest.approx([0.8] * 3, abs=0.03)


def test_doubt_is_kept_with_the_model(tmp_path: Path, rule: Rule) -> None:
    """Saved and read back; a model of before, that says none, is in the doubt of day one."""
    doubt = Doubt(0.1, 0.2, 0.3, {"mid": 0.5}, hidden=0.25)
    rule.with_about(replace(rule.about, doubt=doubt)).save(tmp_path)
    assert load_model(tmp_path).about.doubt == doubt
    rule.save(tmp_path)
    assert "doubt" not in json.loads((tmp_path / "model.json").read_text())
    assert load_model(tmp_path).about.doubt is None
