"""The words that an action is described with: motions, service lines, deliveries, who pays."""

from __future__ import annotations

NONE = "none"
MOTIONS = ("help", "expand")
SERVICE_LINES = ("customer_success", "support", "professional", "education", "field", "managed", "sales")
SELF_SERVICE = "self_service"
DELIVERIES = (SELF_SERVICE, "remote", "on_site")
FUNDINGS = ("included", "billable", "paid_offer", "sponsored")
CHOICES = {"motion": MOTIONS, "service_line": SERVICE_LINES, "delivery": DELIVERIES, "funding": FUNDINGS}
