"""Which worlds there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """What is said of an action: it changes the odds of `outcome` by `odds` where `driver` is full."""

    outcome: str
    driver: str
    odds: float


@dataclass(frozen=True)
class Kind:
    """A world: how its effects are shaped, how many claims of the catalogue are wrong, when it changes.

    `effects`: where the claims say (`claimed`), steps of two conditions (`tree`), or `none`. `in_vain`: share of the
    actions that are praised and do nothing, or harm. `shifts_at`: the quarter from which on it is another world.
    `noise`: of the signals; 0 shows the latent state as it is.
    """

    name: str
    effects: Literal["claimed", "tree", "none"] = "claimed"
    in_vain: float = 0.0
    shifts_at: int | None = None
    noise: float = 1.5


KINDS = {
    kind.name: kind
    for kind in (
        Kind("right"),
        Kind("wrong", in_vain=0.45, noise=1.8),
        Kind("tree", effects="tree", noise=1.25),
        Kind("none", effects="none"),
        Kind("shift", shifts_at=4),
    )
}
