"""What signs webhooks: read from the environment alone, never from a file."""

from __future__ import annotations

import os

from consumption.errors import ConsumptionError

WEBHOOK_SECRET = "CONSUMPTION_WEBHOOK_SECRET"  # noqa: S105 - the variable's name


class NoWebhookSecret(ConsumptionError):
    """Something was to be sent by webhook, and nothing is there to sign it with."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            f"nothing can be sent by webhook: the environment has no {WEBHOOK_SECRET}",
            "set it to the secret that the receiver checks signatures with (whsec_...); docs/operators.md shows how",
        )


def webhook_secrets() -> tuple[str, ...]:
    """The secrets in the environment, one or two with a space between; NoWebhookSecret where there is none."""
    found = tuple(os.environ.get(WEBHOOK_SECRET, "").split())
    if not found:
        raise NoWebhookSecret
    return found
