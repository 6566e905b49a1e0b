"""Run a command, and say what could not be done."""

from __future__ import annotations

import sys

from consumption.cli import checks, data, doctor, keys, models, number, plans, privacy, sending, service
from consumption.cli.apps import app
from consumption.errors import ConsumptionError

__all__ = ["checks", "data", "doctor", "keys", "main", "models", "number", "plans", "privacy", "sending", "service"]


def main() -> None:
    """Run a command; what could not be done is said with its remedy on standard error, exit code 1."""
    try:
        app()
    except ConsumptionError as error:
        sys.stderr.write(f"{error.problem}\n{error.remedy}\n")
        sys.exit(1)
