"""Who of our team an address names: what is done stands in nobody's name whom the table of people does not have."""

from __future__ import annotations

from consumption.actions.wording import did_you_mean
from consumption.errors import ConsumptionError
from consumption.store.sql import Store

TOLD = "team_told"
"""In a plan's summary: whether somebody said who is of the team. Without that, owners of accounts stand in."""

_NEW = "who is new comes with: consumption ingest people FILE, then consumption run"


class UnknownPerson(ConsumptionError):
    """Somebody is named who is not of the team."""

    status = 422

    def __init__(self, email: str, near: str, instead: str) -> None:
        super().__init__(problem=f"nobody of the team has the address {email!r}{near}", remedy=f"{instead}; {_NEW}")


def spelled(store: Store, email: str, instead: str) -> str:
    """The address as the table of people has it, whatever its case; as it came, where nobody told who is of the team.

    UnknownPerson where the table does not have it; `instead` then says what to do.
    """
    person = store.person(email)
    if person is not None:
        return person.email
    plan = store.latest_plan()
    if plan is None or not plan.summary.get(TOLD, False):
        return email
    raise UnknownPerson(email, did_you_mean(email, [one.email for one in store.people()]), instead)
