"""Which of two rankers stands for the gate: the one of probabilities, or the one that learned an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consumption.models.heads.ranker import Kind
from consumption.models.judging.gate import Verdict

CALLED: Mapping[str, str] = {"lightgbm": "LightGBM", "lambdarank": "LambdaRank", "rule": "the rule"}
_ORDER: Mapping[str, str] = {"lightgbm": "probability times value", "lambdarank": "LambdaRank's order"}


@dataclass(frozen=True)
class Contest:
    """How the lists of LambdaRank's order compare with those of probabilities times value.

    `valid` and `test`: what the gate says of the order as challenger of the probabilities, on the rows of each part.
    The validation rows alone choose: the order `stands` for the gate where it would be promoted there. So the test
    rows are still unread when the gate reads them, once, for the one that stands.
    """

    stands: Kind
    valid: Verdict
    test: Verdict

    @property
    def words(self) -> str:
        """Which order holds more dollars, on the rows that chose and on those that did not."""
        why = "beyond doubt" if self.stands == "lambdarank" else "not beyond doubt"
        return (
            f"Lists in LambdaRank's order hold, of the value that could have been listed, {_held(self.valid)} than "
            f"those by probability times value on the validation rows, and {_held(self.test)} on the test rows. "
            f"The gate was asked of {_ORDER[self.stands]}: on validation the order's gain is {why}."
        )


def standing(valid: Verdict) -> Kind:
    """The ranker that is to be held against what ranks today, by what the gate says of the order on validation."""
    return "lambdarank" if valid.decision == "promote" else "lightgbm"


def _held(verdict: Verdict) -> str:
    size = f"{abs(verdict.gain):.1%} {'more' if verdict.gain >= 0 else 'less'}"
    return f"{size} ({verdict.low:+.1%} to {verdict.high:+.1%})"
