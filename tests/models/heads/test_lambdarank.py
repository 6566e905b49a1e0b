"""The challenger that learns an order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from consumption.models.heads import lambdarank
from consumption.models.heads.boosting import Boosting
from consumption.models.heads.calibration import fit_calibration
from consumption.models.heads.fitting import fit_ranker
from consumption.models.heads.lambdarank import Scale, fit_lambdarank, in_parts, list_parameters
from consumption.models.heads.ranker import Ranker
from consumption.models.judging.evaluation import evaluate
from consumption.models.loading import load_model
from consumption.models.logistic import probability
from consumption.models.model import motion_probability
from consumption.models.reasons.listed import listed
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import score

QUICK = Boosting(rounds=60, patience=20)


@pytest.fixture(scope="module")
def ordered(data: TrainingSet) -> Ranker:
    """LambdaRank for help."""
    return fit_lambdarank("help", data, seed=0, settings=QUICK)


def test_it_tells_who_is_lost_beside_what_they_are_worth(ordered: Ranker, data: TrainingSet) -> None:
    """Accounts begin in the order of their worth: what is learned tells accounts of the same worth apart."""
    scored = score(ordered, data.part("test"))
    alike = evaluate(scored.with_columns(value="probability"), draws=1)
    assert alike["roc_auc"].value > 0.6
    assert alike["lift_top_tenth"].value > 1.5


def test_its_scores_are_shown_as_probabilities(ordered: Ranker, data: TrainingSet) -> None:
    """Calibrated on validation: as many are said to be lost as are."""
    scored = score(ordered, data.part("test"))
    said, seen = scored["probability"].to_numpy(), scored["happened"].to_numpy()
    assert ((said > 0.0) & (said < 1.0)).all()
    assert said.mean() == pytest.approx(seen.mean(), abs=0.03)
    assert said[seen == 1].mean() > 1.5 * said[seen == 0].mean()


def test_its_reasons_add_up_like_those_of_any_ranker(ordered: Ranker, data: TrainingSet) -> None:
    """Base and parts give the log odds of the probability that is shown."""
    rows = data.part("test").head(100)
    parts, said = listed(rows, help=ordered, expand=ordered)["help"], ordered.predict(rows)
    shown = motion_probability("help", said["p_churn"].to_numpy(), said["p_move"].to_numpy())
    assert np.allclose(probability(parts.base + parts.parts.sum(axis=1)), shown, rtol=0.0, atol=1e-9)


def test_it_is_saved_as_what_it_is_and_predicts_the_same(ordered: Ranker, data: TrainingSet, tmp_path: Path) -> None:
    """The registry shows which kind won; text and JSON alone."""
    ordered.save(tmp_path)
    again = load_model(tmp_path)
    assert (ordered.kind, again.kind) == ("lambdarank", "lambdarank")
    assert again.predict(data.part("test")).equals(ordered.predict(data.part("test")))


def test_the_same_seed_gives_the_same_order(ordered: Ranker, data: TrainingSet) -> None:
    """Training twice on the same data changes nothing."""
    again = fit_lambdarank("help", data, seed=0, settings=QUICK)
    assert again.predict(data.part("test")).equals(ordered.predict(data.part("test")))


def test_what_it_shares_with_the_ranker_beside_it_changes_no_bit(ordered: Ranker, data: TrainingSet) -> None:
    """Codes of words and sizes come of the same rows and seed: made once or twice, the same order."""
    beside = fit_ranker("help", data, seed=0, settings=QUICK)
    shared = fit_lambdarank("help", data, seed=0, settings=QUICK, beside=beside)
    assert shared.size is beside.size
    assert shared.predict(data.part("test")).equals(ordered.predict(data.part("test")))


def test_places_beyond_capacity_count_a_little_further() -> None:
    """Truncation at k + 4: an account that just missed the list still teaches."""
    assert list_parameters(8)["lambdarank_truncation_level"] == 12


def test_dollars_become_grades_worth_what_they_are() -> None:
    """Nothing lost is grade 0; grades hold equally many losses, and gain their mean dollars, the largest 1."""
    dollars = np.array([0.0, *(10.0 * n for n in range(1, 13))])
    scale = Scale.of(dollars)
    assert scale.grades(dollars).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert scale.gains == pytest.approx([0.0, 15 / 115, 35 / 115, 55 / 115, 75 / 115, 95 / 115, 1.0])


def test_a_list_that_is_too_long_is_learned_from_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts without an owner may be very many; parts are as even as can be, and no row is lost."""
    monkeypatch.setattr(lambdarank, "LONGEST_LIST", 10)
    assert in_parts([3, 25, 10]).tolist() == [3, 9, 8, 8, 10]


def test_scores_on_any_scale_become_probabilities() -> None:
    """An order has no unit: a thousand times the score is the same order, and the same probabilities."""
    random = np.random.default_rng(0)
    odds = random.normal(-3.0, 1.0, size=6_000)
    happened = (random.random(6_000) < probability(odds)).astype(float)
    nobody = np.full(6_000, None, dtype=object)
    fitted = [fit_calibration(scale * (odds + 7.0), happened, np.ones(6_000), nobody, odds=False)
              for scale in (0.01, 1.0, 1_000.0)]  # fmt: skip
    said = [f.apply(scale * (odds + 7.0), nobody) for f, scale in zip(fitted, (0.01, 1.0, 1_000.0), strict=True)]
    assert said[1] == pytest.approx(said[0], abs=1e-3)
    assert said[1] == pytest.approx(said[2], abs=1e-3)
    assert said[1] == pytest.approx(probability(odds), abs=0.06)
