"""What the customer says, and when somebody last spoke with them: by hand."""

from __future__ import annotations

import pytest

from tests.features.small import DAY, JUNE_1, value_of
from tests.features.test_interactions import contact


@pytest.mark.parametrize("measure", ["nps", "csat", "ces"])
def test_an_answer_is_held_against_the_two_before_it(measure: str) -> None:
    """Answers 1, 9, 8 and then 5: the change is three and a half down; other measures do not mix in."""
    other = "ces" if measure == "nps" else "nps"
    asked = [
        contact(1, 120, "survey", measure=measure, score=1.0),
        contact(2, 90, "survey", measure=measure, score=9.0),
        contact(3, 60, "survey", measure=measure, score=8.0),
        contact(4, 40, "survey", measure=other, score=0.0),
        contact(5, 30, "survey", measure=measure, score=5.0),
    ]
    assert value_of(f"{measure}_last", interactions=asked) == 5
    assert value_of(f"{measure}_change", interactions=asked) == -3.5
    assert value_of(f"{measure}_change", interactions=asked[:1]) is None


def test_silence_after_asking_counts_from_the_last_answer() -> None:
    """Two surveys unanswered since the answer of 50 days ago; the one left unanswered before it is forgiven."""
    asked = [
        contact(1, 90, "survey", measure="nps"),
        contact(2, 50, "survey", measure="nps", score=7.0),
        contact(3, 20, "survey", measure="csat"),
        contact(4, 10, "survey", measure="nps"),
    ]
    assert value_of("surveys_unanswered", interactions=asked) == 2
    assert value_of("days_since_answer", interactions=asked) == 50
    assert value_of("surveys_unanswered", interactions=asked[:1]) == 1
    assert value_of("days_since_answer", interactions=asked[:1]) is None
    assert value_of("surveys_unanswered") == 0


def test_the_last_contact_is_known_by_channel() -> None:
    """A call 12 and a half days ago, a visit 50, e-mails 3 and 30; never a meeting."""
    spoken = [contact(1, 3, "email"), contact(2, 30, "email"), contact(3, 12.5, "call"), contact(4, 50, "visit")]
    found = {
        channel: value_of(f"days_since_{channel}", interactions=spoken)
        for channel in ("call", "email", "meeting", "training", "visit")
    }
    assert found == {"call": 12.5, "email": 3, "meeting": None, "training": None, "visit": 50}
    assert value_of("days_since_contact", interactions=spoken) == 12.5


def test_a_contact_at_the_moment_itself_is_the_future() -> None:
    """The call of this midnight is not known yet."""
    assert value_of("days_since_call", interactions=[contact(1, 0, "call")]) is None
    assert value_of("days_since_call", as_of=JUNE_1 + DAY, interactions=[contact(1, 0, "call")]) == 1


def test_verified_outcomes_have_a_number_and_an_age() -> None:
    """Two in a year, the last 100 days ago; the one of two years ago is past."""
    said = [contact(n, days, "outcome") for n, days in enumerate((100, 300, 700))]
    assert value_of("verified_outcomes_364d", interactions=said) == 2
    assert value_of("days_since_verified_outcome", interactions=said) == 100
