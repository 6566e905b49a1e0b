"""The Qini coefficient and the policy value that the e-mail trial is read by, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hillstrom import policy_value, qini

# Four customers mailed, four not; half of each visit.
MAILED = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
VISITED = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0])


def test_the_perfect_order_has_a_qini_of_one() -> None:
    """Mailed visitors first, visitors without a mail last."""
    perfect = VISITED * MAILED - VISITED * (1 - MAILED)
    assert qini(VISITED, perfect, MAILED) == pytest.approx(1.0)


def test_no_order_is_the_random_line() -> None:
    """All increments equal are one point of the curve."""
    assert qini(VISITED, np.zeros(8), MAILED) == pytest.approx(0.0)


def test_a_qini_by_hand() -> None:
    """Pairs of one mailed and one not, in order: +1, +1, -1, -1.

    Through (0, 0), (2, 1), (4, 2), (6, 1), (8, 0) the curve has the area 1 + 3 + 3 + 1 = 8. The random line ends at
    0 and has none. The perfect order is at 2 after two mailed visitors (no control yet: no correction), stays there
    over the four that do not visit, and comes to 0: the area is 2 + 8 + 2 = 12.
    """
    increments = np.array([4.0, 4.0, 3.0, 3.0, 2.0, 2.0, 1.0, 1.0])
    assert qini(VISITED, increments, MAILED) == pytest.approx(8 / 12)


def test_the_policy_value_is_the_visits_of_those_who_got_what_it_says() -> None:
    """Every arm was as likely, so that no row weighs more."""
    test = pl.DataFrame({"arm": ["mens_mail", "none", "womens_mail", "none"], "visit": [1, 1, 0, 0]})
    chosen = np.array(["mens_mail", "womens_mail", "womens_mail", "none"])
    assert policy_value(test, chosen) == pytest.approx(1 / 3)
