"""Worlds in which policies are compared over quarters: files that may be seen, and apart from them the truth."""

from consumption.world.trial.kinds import KINDS, Claim, Kind
from consumption.world.trial.trial import Trial

__all__ = ["KINDS", "Claim", "Kind", "Trial"]
