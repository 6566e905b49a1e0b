"""What came of files, in words for a terminal."""

from __future__ import annotations

import polars as pl

from consumption.lake.ingest import Ingested
from consumption.lake.preview import Preview


def told(done: Ingested) -> str:
    """What one ingest did: rows added, known already, wrong, and where the wrong ones are."""
    parts = [f"{_rows(done.added)} added"]
    if done.unchanged:
        parts.append(f"{done.unchanged:,} known already")
    if done.before:
        parts.append(f"{done.before} of {len(done.files)} files had been loaded before")
    if done.wrong:
        parts.append(f"{_rows(done.wrong)} wrong and in quarantine")
    line = f"{done.table}: {', '.join(parts)}"
    if not done.wrong:
        return line
    files = [f"  {file.path}: {file.wrong:,} wrong" for file in done.files if file.wrong]
    return "\n".join([line, *files, f"  see why: consumption quarantine {done.table}"])


def nothing_read(done: Ingested) -> bool:
    """Whether there were rows, and all of them were wrong: a failure, for whoever watches exit codes."""
    return bool(done.wrong) and not done.added and not done.unchanged


def shown(preview: Preview) -> str:
    """Rows as they would be read, what is missing, and a mapping to paste."""
    with pl.Config(tbl_rows=20, tbl_cols=30, tbl_width_chars=160, fmt_str_lengths=30, tbl_hide_dataframe_shape=True):
        parts = [f"{preview.path} as {preview.table}:", str(preview.rows)]
        if preview.wrong.height:
            parts += ["would go to quarantine:", str(preview.wrong)]
    if preview.missing:
        parts.append(f"missing: {', '.join(preview.missing)}")
    if preview.looks_like:
        parts.append(f"this looks like {preview.looks_like}: consumption ingest {preview.looks_like} {preview.path}")
    if preview.mapping:
        parts += ["to paste into consumption.toml, after checking it:", "", preview.mapping]
    return "\n".join(parts)


def wrong_rows(rows: pl.DataFrame, table: str) -> str:
    """The quarantine of a table: how often each reason, then the latest rows."""
    if rows.is_empty():
        return f"no wrong rows of {table}"
    counts = rows["reason"].value_counts(sort=True).head(10)
    lines = [f"{count:,} x {reason}" for reason, count in counts.iter_rows()]
    latest = rows.sort("loaded_at", "file", "line", descending=[True, False, False]).head(20)
    each = [f"{row['file']} line {row['line']}: {row['reason']}" for row in latest.iter_rows(named=True)]
    more = [f"... and {rows.height - len(each):,} more"] if rows.height > len(each) else []
    return "\n".join([*lines, "", *each, *more])


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
