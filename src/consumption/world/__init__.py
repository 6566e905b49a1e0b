"""The generated demo world: files that look like a company's, and apart from them the truth they were drawn from."""

from consumption.world.books import SETTINGS
from consumption.world.generate import TooSmallAWorld, WorldSummary, generate

__all__ = ["SETTINGS", "TooSmallAWorld", "WorldSummary", "generate"]
