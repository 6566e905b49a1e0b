"""Intervals that stay true however often one looks.

An interval of plus and minus 1.96 standard errors holds for one look. Looked at every week of a year, it misses the
truth at some look in about one of three years. A confidence sequence holds at all looks together.
"""

from __future__ import annotations

import math

LEVEL = 0.95


def half_width(variance: float, planned: float, level: float = LEVEL) -> float:
    """How far a sum may lie from its mean, at any look, when its variance has come to `variance`.

    The asymptotic confidence sequence for changing means and variances of Waudby-Smith, Arbour, Sinha, Kennedy and
    Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024),
    proposition 2.5, on the scale of the sum. With v the variance so far and alpha = 1 - level:

        sqrt( 2 (v rho^2 + 1) / rho^2 * log( sqrt(v rho^2 + 1) / alpha ) )

    rho decides where it is tightest; `planned` is that variance, and must be chosen before the first look.
    """
    alpha = 1.0 - level
    rho2 = _rho2(planned, alpha)
    grown = variance * rho2 + 1.0
    return math.sqrt(2.0 * grown / rho2 * math.log(math.sqrt(grown) / alpha))


def _rho2(planned: float, alpha: float) -> float:
    """The rho^2 whose boundary is tightest where the variance is `planned`: the approximation of the same paper."""
    least = -2.0 * math.log(alpha)
    return (least + math.log(least) + 1.0) / planned
