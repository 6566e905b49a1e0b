"""Look at what there is before modelling it: findings from stopping to fine, each with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.engines.local import apply
from consumption.engines.progress import Progress, silent
from consumption.features.labels import label
from consumption.features.quality.evidence import LATER, Book, Evidence
from consumption.features.quality.examination import examine
from consumption.features.quality.finding import STOP, Finding, Severity, in_order
from consumption.features.quality.gathering import gather
from consumption.features.quality.telemetry import Telemetry
from consumption.jobs.opening import label_rules, lake_of, usage_rules
from consumption.jobs.shadow import records_of
from consumption.jobs.training_set import horizon_of
from consumption.lake.delta import Lake
from consumption.models.samples.readiness import BY_TELEMETRY, LEARNING_CHECKS, Learning
from consumption.models.watching.records import DRIFT_CHECKS
from consumption.tables import LAKE, RECEIVED_AT

EVENTS_AT_ONCE = 2_000_000
"""Events that are looked at at once: what bounds memory."""

# Quoted values and numbers differ from row to row, the reason does not.
_QUOTED, _NUMBERS = r'"[^"]*"', r"\d+"


@dataclass(frozen=True)
class Diagnosis:
    """What was found in a workspace as of a moment, most serious first."""

    workspace: Path
    as_of: datetime
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing makes the product unusable."""
        return all(finding.severity is not STOP for finding in self.findings)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity is severity]

    def as_json(self) -> str:
        """The findings as a JSON document: workspace, as_of, counts by severity, findings."""
        counts = {severity.value: len(self.of(severity)) for severity in Severity}
        found = [finding.as_json() for finding in self.findings]
        whole = {
            "workspace": str(self.workspace),
            "as_of": self.as_of.isoformat(),
            "counts": counts,
            "findings": found,
        }
        return json.dumps(whole, indent=1, default=str)


def doctor(workspace: Workspace, *, as_of: datetime, progress: Progress = silent) -> Diagnosis:
    """Everything there is to say about the data of a workspace as known at `as_of`."""
    lake = lake_of(workspace)
    lake.refuse_other_buckets()
    found = examine(evidence_of(workspace, as_of, progress))
    if all(finding.severity is not STOP for finding in found):
        progress("outcomes", 0, 1)
        learning = learning_of(workspace, as_of)
        found += [finding for check in LEARNING_CHECKS for finding in check(learning)]
        records = [record for record in records_of(workspace) if record.as_of <= as_of]
        found += [finding for check in DRIFT_CHECKS for finding in check(records)]
        progress("outcomes", 1, 1)
    return Diagnosis(workspace.root, as_of, tuple(in_order(found)))


def evidence_of(workspace: Workspace, as_of: datetime, progress: Progress = silent) -> Evidence:
    """What the checks of tables and events look at."""
    lake, rules = lake_of(workspace), usage_rules(workspace)
    progress("tables", 0, 1)
    book = Book.at(lake.history().without_events(), as_of, workspace.settings.currency)
    around = book.around(as_of, rules)
    progress("tables", 1, 1)

    def of_buckets(buckets: Sequence[int]) -> Telemetry:
        return gather(lake.history(buckets), around)

    parts = apply(of_buckets, lake.chunks(EVENTS_AT_ONCE), what="events", progress=progress)
    telemetry = Telemetry.joined(parts)
    later = _later(lake, telemetry, as_of)
    kept = workspace.settings.retention.user_rows_days
    return Evidence(as_of, rules, book, telemetry, _tables(lake, telemetry), _wrong(lake), later, kept)


def learning_of(workspace: Workspace, as_of: datetime) -> Learning:
    """What training would start from; labels that are read from telemetry, and penalties, are left to training."""
    lake, settings = lake_of(workspace), workspace.settings.labels
    received = lake.history().received_before(as_of)
    known = received.without_events()
    # Whether guarantees were missed takes telemetry to tell: without penalties labels need none.
    fees = known.contracts.with_columns(pl.lit(None, dtype=pl.Float64).alias("penalty"))
    history = replace(known, contracts=fees).collect()
    first: datetime = lake.scan("events").select(pl.col("timestamp").min()).collect().item()
    horizon, lost = horizon_of(workspace, replace(history, events=received.events), first, as_of)
    rules = label_rules(workspace, horizon.days)
    made = None
    if rules.source not in BY_TELEMETRY:
        # Snapshots so far apart leave no gap: what moves in the lead of one is in the label window of the one before.
        apart = (horizon.days - settings.lead_days) // horizon.windows.every
        dates = horizon.split.train[:: max(1, apart)]
        frames = [label(history, date, rules) for date in dates]
        made = pl.concat(frames) if frames else None
    rows = {name: bool(lake.rows(name)) for name in ("contracts", "outcomes")}
    return Learning(as_of, horizon, lost, made, rules.source, rows["contracts"], rows["outcomes"])


def _tables(lake: Lake, telemetry: Telemetry) -> pl.DataFrame:
    """One row a table: table, rows, loaded_at."""
    schema = pl.Schema({"table": pl.String(), "rows": pl.Int64(), "loaded_at": pl.Datetime("us", "UTC")})
    return pl.DataFrame(list(_held(lake, telemetry)), schema=schema, orient="row")


def _held(lake: Lake, telemetry: Telemetry) -> Iterator[tuple[str, int, datetime]]:
    for name in lake.names():
        rows = sum(lake.rows(name).values())
        last = (
            telemetry.loads["loaded_at"].max()
            if name == "events"
            else lake.scan(name).select(pl.col("loaded_at").max()).collect().item()
        )
        if rows and isinstance(last, datetime):
            yield name, rows, last


def _later(lake: Lake, telemetry: Telemetry, as_of: datetime) -> pl.DataFrame:
    """One row a table: table, rows received at the moment or after it."""
    late = pl.col(RECEIVED_AT) >= as_of
    counts = [
        (name, telemetry.total("later") if name == "events" else _count(lake.scan(name).filter(late)))
        for name in lake.names()
    ]
    return pl.DataFrame(counts, schema=LATER, orient="row")


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())


def _wrong(lake: Lake) -> pl.DataFrame:
    """One row a table and reason: table, reason, rows, loaded_at."""
    reason = pl.col("reason").str.replace_all(_QUOTED, "...").str.replace_all(_NUMBERS, "#")
    found = [
        lake.wrong_rows(name)
        .group_by(pl.lit(name).alias("table"), reason)
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.col("loaded_at").max())
        .collect()
        for name in LAKE
    ]
    schema = pl.Schema(
        {"table": pl.String(), "reason": pl.String(), "rows": pl.Int64(), "loaded_at": pl.Datetime("us", "UTC")}
    )
    return pl.concat(found) if found else pl.DataFrame(schema=schema)
