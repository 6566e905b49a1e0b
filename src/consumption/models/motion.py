"""The two things an account can call for, and the move that each motion adds to churn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Motion = Literal["help", "expand"]
Outcome = Literal["churn", "contraction", "expansion"]

MOTIONS: tuple[Motion, ...] = ("help", "expand")
MOVES: Mapping[Motion, Outcome] = {"help": "contraction", "expand": "expansion"}
