"""One tree of errors: each says what happened, then what to do about it."""

from __future__ import annotations

from typing import ClassVar


class ConsumptionError(Exception):
    """Something could not be done; the reader is told why, and what to do.

    `status` is the HTTP status under which the service reports the same error. Stages declare their own
    errors beside the code that raises them.
    """

    status: ClassVar[int] = 400

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n{self.remedy}"
