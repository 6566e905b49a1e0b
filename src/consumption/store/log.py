"""The logs that go back to the lake, and who is held out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, bindparam, func, insert, select

from consumption.actions.acceptance import IN_OWN_WORDS, REP
from consumption.actions.terms import NONE
from consumption.store.schema import audit, decisions, holdout, own_choices, responses
from consumption.tables import ATTRIBUTES, DECISIONS, RECEIVED_AT, RESPONSES_TABLE, TIMESTAMP

HOLDOUT_SCHEMA = pl.Schema(
    {
        "account_id": pl.String(),
        "top_parent": pl.String(),
        "arm": pl.String(),
        "stratum": pl.String(),
        "drawn_at": TIMESTAMP,
        "share": pl.Float64(),
    }
)
TAKEN_BACK = "taken back"
"""The reason of an own choice that somebody took back."""

_OWN_ATTRIBUTES = ("actor", "reason", IN_OWN_WORDS)
_NOT_KNOWN = {"propensity": None, "propensities": None, "would_be": None, "decided_by": REP}
_DECISION_ATTRIBUTES = ("as_of", "held_out", "model_version", "policy_version", "second_pass", "seed")


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to what, and when."""

    at: datetime
    actor: str
    verb: str
    subject: str
    detail: str | None


def holdout_members(connection: Connection) -> pl.DataFrame:
    """One row an account that was ever drawn: as `HOLDOUT_SCHEMA`; by account_id."""
    rows = connection.execute(select(holdout).order_by(holdout.c.account_id)).mappings()
    return pl.DataFrame([dict(row) for row in rows], schema=HOLDOUT_SCHEMA)


def decisions_since(connection: Connection, since: datetime | None) -> pl.DataFrame:
    """One row a decision recorded at or after `since`: DECISIONS, and the rest as `attributes` (JSON).

    People's own choices are decisions whose propensity nobody knows, and known only since they were told. One that
    was taken back is a decision for nothing, known since then: a later version of what the lake may have.
    """
    wanted = select(decisions).order_by(decisions.c.recorded_at, decisions.c.decision_id)
    if since is not None:
        wanted = wanted.where(decisions.c.recorded_at >= since)
    rows = [dict(row) for row in connection.execute(wanted).mappings()]
    more = [{n: row[n] for n in _DECISION_ATTRIBUTES} | json.loads(row["context"]) for row in rows]
    own = _own_choices_since(connection, since)
    rows = [row | {RECEIVED_AT: None} for row in rows] + [_NOT_KNOWN | row for row in own]
    more += [{n: row[n] for n in _OWN_ATTRIBUTES} for row in own]
    return _contract_frame(rows, pl.Schema({**DECISIONS.schema, RECEIVED_AT: TIMESTAMP}), more)


def _own_choices_since(connection: Connection, since: datetime | None) -> list[dict[str, Any]]:
    wanted = select(own_choices).order_by(own_choices.c.sequence)
    if since is not None:
        last = func.coalesce(own_choices.c.undone_at, own_choices.c.recorded_at)
        wanted = wanted.where(last >= bindparam("since", since, own_choices.c.recorded_at.type))
    return [_as_decision(dict(row)) for row in connection.execute(wanted).mappings()]


def _as_decision(row: dict[str, Any]) -> dict[str, Any]:
    """An own choice as the lake takes it."""
    if row["undone_at"] is not None:
        return row | {RECEIVED_AT: row["undone_at"], "action": NONE, "reason": TAKEN_BACK, IN_OWN_WORDS: None}
    # Words say that they are: they must not be taken for an action of the catalogue.
    return row | {RECEIVED_AT: row["recorded_at"], IN_OWN_WORDS: row[IN_OWN_WORDS] or None}


def responses_since(connection: Connection, since: datetime | None) -> pl.DataFrame:
    """One row a response given at or after `since`: RESPONSES_TABLE, and the rest as `attributes` (JSON)."""
    wanted = select(responses).order_by(responses.c.sequence)
    if since is not None:
        wanted = wanted.where(responses.c.timestamp >= since)
    rows = [dict(row) | {"decision_id": row["recommendation_id"]} for row in connection.execute(wanted).mappings()]
    more = [{n: row[n] for n in ("handed_to", "until")} for row in rows]
    return _contract_frame(rows, RESPONSES_TABLE.schema, more)


def note(connection: Connection, entry: AuditEntry) -> None:
    """Adds to the audit log."""
    connection.execute(insert(audit).values(vars(entry)))


def audit_entries(connection: Connection, limit: int) -> list[AuditEntry]:
    """The latest entries of the audit log, latest first."""
    rows = connection.execute(select(audit).order_by(audit.c.sequence.desc()).limit(limit)).mappings()
    return [AuditEntry(**{name: row[name] for name in AuditEntry.__dataclass_fields__}) for row in rows]


def _contract_frame(
    rows: Sequence[Mapping[str, Any]], schema: pl.Schema, more: Sequence[Mapping[str, object]]
) -> pl.DataFrame:
    kept = [{n: row[n] for n in schema} | {ATTRIBUTES: _compact(rest)} for row, rest in zip(rows, more, strict=True)]
    return pl.DataFrame(kept, schema=pl.Schema({**schema, ATTRIBUTES: pl.String()}))


def _compact(values: Mapping[str, object]) -> str | None:
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, sort_keys=True, separators=(",", ":"), default=str) if known else None
