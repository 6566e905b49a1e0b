"""How far is too far, with figures by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.models.watching.drift import in_the_large, moved, psi_threshold
from consumption.models.watching.reference import Reference, Spread
from tests.models.watching.test_drift import DAY, MONDAY, SIGNALS, accounts


def test_the_threshold_of_psi_is_what_chance_brings_on_top() -> None:
    """Chi-square of nine degrees of freedom is under 29.67 in 9,995 of 10,000: .20 + 29.67 x (.001 + .01)."""
    assert psi_threshold(10, 1_000, 100) == pytest.approx(0.2 + 29.666 * 0.011, abs=1e-4)
    assert psi_threshold(2, 1_000, 100) == pytest.approx(0.2 + 12.116 * 0.011, abs=1e-4), "one degree, of two bins"


def test_a_quarter_and_three_deviations_have_to_be_passed() -> None:
    """Of 400 with a chance of .5 a quarter is 50; of 16 with .25 three deviations are 5.2, a quarter is 1."""
    for rows, chance, last in ((400, 0.5, 250), (16, 0.25, 9)):
        happened = [np.arange(rows) < observed for observed in (last, last + 1)]
        assert [in_the_large(np.full(rows, chance), h.astype(float)).alarm for h in happened] == [False, True]


@pytest.mark.parametrize(("unknown", "kinds"), [(10, []), (11, ["missing"])])
def test_the_unknown_may_be_more_by_a_twentieth_and_by_chance(unknown: int, kinds: list[str]) -> None:
    """Of 400 none was; of 100 eleven are: .05 and 3.5 x sqrt(.022 x .978 x (1/400 + 1/100)) = .0574 are passed."""
    known = pl.DataFrame(
        {"account_id": [f"a{n}" for n in range(400)], "as_of": [MONDAY] * 400, "use": [1.0, 2.0] * 200}
    )
    use = [None] * unknown + [1.0, 2.0] * 50
    rows = known.head(100).with_columns(use=pl.Series(use[:100]))
    found = moved(Reference.of(known, ["use"]), rows)
    assert [off.kind for off in found] == kinds
    for off in found:
        assert (off.value, off.threshold) == pytest.approx((0.11, 0.1074), abs=1e-4)


def test_what_nobody_knows_any_more_is_unknown_and_lies_nowhere() -> None:
    """A source that stopped is one alarm, and not two."""
    reference = Reference.of(accounts(100, seed=1), ["use"])
    gone = accounts(100, seed=2).with_columns(use=pl.lit(None, pl.Float64))
    assert [off.kind for off in moved(reference, gone)] == ["missing"]


def test_psi_may_go_as_far_as_a_trend_by_the_square_of_its_time() -> None:
    """Three times its span later nine times as much is usual."""
    reference = Reference(400, MONDAY - 84 * DAY, 28.0, {"use": Spread((0.5, 0.5), 0.0, (0.0,), usual=0.1)})
    (off,) = moved(reference, accounts(400, seed=1).with_columns(use=pl.lit(5.0)))
    assert off.kind == "spread"
    assert off.threshold == pytest.approx(psi_threshold(2, 400, 400) + 0.9)


def test_where_nobody_is_nothing_has_moved() -> None:
    """A day without an account in force is no drift."""
    rows = accounts(100, seed=1)
    assert moved(Reference.of(rows, SIGNALS), rows.clear()) == []
