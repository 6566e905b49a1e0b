"""What each answer means for what may be done next: who is left alone, what rests, what is not believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

import polars as pl

from consumption.actions.grid import rows_of

WRONG_CONTACT_DAYS = 14
"""So long an action waits for somebody to name the right person."""

WRONG_DATA_DAYS = 28
"""So long a signal is not believed at an account whose people said that its number is wrong."""


@dataclass(frozen=True)
class Meaning:
    """What an answer says of the customer, of the action and of the advice.

    `alone`: the customer was reached, or should not be now, so nothing else comes for a while. `cools`: the action
    was done or refused: it rests as after it was done. `hours`: it takes somebody's. `until`: the account waits for
    the day the answer names. `action_waits`: only the action does. `pause_days`: so long the action waits.
    `quiet_days`: so long what spoke for it is not believed; -1: until the day that the answer names. `not_theirs`:
    nothing more goes to whoever answered. `nothing`: the customer wants nothing now, not even what runs by itself.
    """

    alone: bool = False
    cools: bool = False
    hours: bool = False
    until: bool = False
    action_waits: bool = False
    pause_days: int = 0
    quiet_days: int = 0
    not_theirs: bool = False
    nothing: bool = False


DONE = Meaning(alone=True, cools=True, hours=True)
REFUSED = Meaning(alone=True, cools=True, nothing=True)

MEANINGS: Mapping[tuple[str, str], Meaning] = {
    ("accepted", ""): DONE,
    ("completed", ""): DONE,
    ("handed_over", ""): DONE,
    ("replaced", ""): DONE,
    ("snoozed", ""): Meaning(until=True, action_waits=True),
    ("snoozed", "seasonal"): Meaning(action_waits=True, quiet_days=-1),
    ("dismissed", ""): REFUSED,
    ("dismissed", "customer_said_no"): REFUSED,
    ("dismissed", "already_in_hand"): Meaning(alone=True, cools=True),
    ("dismissed", "wrong_time"): Meaning(alone=True, nothing=True),
    ("dismissed", "wrong_contact"): Meaning(pause_days=WRONG_CONTACT_DAYS),
    ("dismissed", "wrong_data"): Meaning(cools=True, quiet_days=WRONG_DATA_DAYS),
    ("dismissed", "not_mine"): Meaning(not_theirs=True),
}
"""By response and reason; a reason that is not named here, and any in own words, means what none does."""


def understood(answers: pl.DataFrame) -> pl.DataFrame:
    """Answers (with `response` and `reason`) with what each means: a column for each field of Meaning."""
    said = zip(answers["response"].to_list(), answers["reason"].to_list(), strict=True)
    coded = [pair if pair in MEANINGS else (pair[0], "") for pair in said]
    return answers.hstack(_meanings()[rows_of(coded, MEANINGS)].get_columns())


@cache
def _meanings() -> pl.DataFrame:
    """A row for each of MEANINGS, with what it means."""
    return pl.DataFrame([asdict(said) for said in MEANINGS.values()])
