"""Something that could not be done, said to a person."""

from __future__ import annotations

from dataclasses import dataclass

from consumption.errors import ConsumptionError
from consumption.serving import words


@dataclass(frozen=True)
class ProblemView:
    """What happened, and what to do, each a sentence."""

    what: str
    remedy: str


def problem_view(error: ConsumptionError) -> ProblemView:
    """The sentences of an error."""
    return ProblemView(what=words.sentence(error.problem), remedy=words.sentence(error.remedy))
