"""What was published last, and our own team."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from consumption.store.outbox_tables import deliveries
from consumption.store.records import ActionText, Person, Plan, SignalText
from consumption.store.schema import people, plans, responses


def latest_plan(connection: Connection) -> Plan | None:
    """The latest publication; None before the first."""
    row = connection.execute(select(plans).order_by(plans.c.as_of.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    texts = {name: json.loads(row[name]) for name in ("model_versions", "summary", "actions", "signals")}
    texts["actions"] = tuple(
        ActionText(**a | {"steps": tuple(a["steps"]), "customer_steps": tuple(a["customer_steps"])})
        for a in texts["actions"]
    )
    texts["signals"] = tuple(SignalText(**signal) for signal in texts["signals"])
    return Plan(**dict(row) | texts)


def latest_as_of(connection: Connection) -> datetime | None:
    """The `as_of` of the latest publication; None before the first."""
    as_of: datetime | None = connection.scalar(select(func.max(plans.c.as_of)))
    return as_of


def is_published(connection: Connection, as_of: datetime) -> bool:
    """Whether a plan of that moment was ever shown."""
    return connection.scalar(select(plans.c.plan_id).where(plans.c.as_of == as_of)) is not None


def state(connection: Connection) -> str:
    """A short text that changes with every publication, response and delivery."""
    wanted = select(
        select(func.max(plans.c.plan_id)).scalar_subquery(),
        select(func.max(responses.c.sequence)).scalar_subquery(),
        select(func.max(deliveries.c.sequence)).scalar_subquery(),
    )
    return ".".join(str(last or 0) for last in connection.execute(wanted).one())


def list_people(connection: Connection) -> list[Person]:
    """Our own team, by e-mail."""
    return [_person(row) for row in connection.execute(select(people).order_by(people.c.email)).mappings()]


def find_person(connection: Connection, email: str) -> Person | None:
    """One of our own team, whatever the case of the e-mail; None if there is nobody."""
    found = connection.execute(select(people).where(func.lower(people.c.email) == email.lower())).mappings().first()
    return None if found is None else _person(found)


def _person(row: RowMapping) -> Person:
    lists = {name: _split(row[name]) for name in ("service_lines", "skills")}
    return Person(**dict(row) | lists)


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(";") if part.strip())
