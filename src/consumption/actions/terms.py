"""The words that an action is described with: motions, service lines, deliveries, who pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NONE = "none"
MOTIONS = ("help", "expand")
SERVICE_LINES = ("customer_success", "support", "professional", "education", "field", "managed", "sales")
SELF_SERVICE = "self_service"
DELIVERIES = (SELF_SERVICE, "remote", "on_site")


@dataclass(frozen=True)
class Funding:
    """Who pays for an action: whether its hours, and its `cost`, are ours to bear; `meaning`: in words."""

    our_hours: bool
    our_cost: bool
    meaning: str


FUNDINGS: Mapping[str, Funding] = {
    "included": Funding(True, True, "part of what the customer has bought: we bear its hours and its cost"),
    "billable": Funding(False, False, "the work is invoiced: the customer pays its hours and its cost"),
    "paid_offer": Funding(
        True, False, "we offer something that is sold: our hours for the offer are ours, its cost is in its price"
    ),
    "sponsored": Funding(
        True, False, "its vendor pays the cost until `sponsored_until`, then nobody gets it; the hours are ours"
    ),
}
CHOICES = {"motion": MOTIONS, "service_line": SERVICE_LINES, "delivery": DELIVERIES, "funding": tuple(FUNDINGS)}
