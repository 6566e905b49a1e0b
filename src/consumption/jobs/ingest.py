"""Read files into the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from consumption.config import Source, Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.opening import lake_of
from consumption.lake.columns import Mapping_
from consumption.lake.delta import table_named
from consumption.lake.ingest import Ingested
from consumption.lake.ingest import ingest as ingest_files
from consumption.lake.preview import Preview
from consumption.lake.preview import preview as preview_file


def ingest(
    workspace: Workspace,
    table: str,
    paths: Sequence[Path],
    *,
    now: datetime,
    strict: bool = False,
    progress: Progress = silent,
) -> Ingested:
    """Read files of one table into the lake; wrong rows go to quarantine, or stop the file where `strict`."""
    mapping = _mapping(workspace, table)
    lake_of(workspace).refuse_other_buckets()
    return ingest_files(
        lake_of(workspace), table, paths, mapping=mapping, loaded_at=now, strict=strict, progress=progress
    )


def ingest_sources(workspace: Workspace, *, now: datetime, progress: Progress = silent) -> dict[str, Ingested]:
    """Read every source that the settings name; files read before change nothing."""
    return {
        table: ingest(workspace, table, [workspace.root / source.source], now=now, progress=progress)
        for table, source in workspace.settings.ingest.items()
        if source.source
    }


def preview(workspace: Workspace, table: str, path: Path) -> Preview:
    """How the first rows of a file would be read, what is missing, and a mapping to paste."""
    section = workspace.settings.ingest.get(table)
    written = section.model_dump(exclude_defaults=True) if section else None
    return preview_file(table, path, mapping=_mapping(workspace, table), written=written or {})


def _mapping(workspace: Workspace, table: str) -> Mapping_:
    table_named(table)
    source = workspace.settings.ingest.get(table, Source())
    return Mapping_(
        columns=source.columns,
        constants=source.constants,
        date_format=source.date_format,
        zone=source.zone or workspace.settings.timezone,
    )
