"""What events say: who, in what, how much; which of them are value and which are errors."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.gathering import NO_PRODUCT
from consumption.features.quality.wording import count, listed, share

# Names that say what they are, in the styles of naming one meets.
SIGN_IN = (
    r"(?i)(log|sign)(ged|ned)?[ _.\-]?(in|on|out|off)($|[^a-z])|session[ _.\-]?(start|end)|authenticat|token_refresh"
)
ERROR = r"(?i)(^|[^a-z])(error|fail|crash|exception|fault|timeout|denied|aborted|rejected)"
PASSIVE = r"(?i)view|open|page|screen|heartbeat|ping|status|impression|hover|scroll|visit|poll|sync"
# Doing something for others, or finishing it, is what value most often looks like.
ACHIEVED = r"(?i)shar|publish|complet|finish|export|sent|send|creat|built|build|sav|invit|approv|deploy|deliver|solv"
_CANDIDATES = 6
_FEW_WITH_WHO = 0.5


@check(
    topic="telemetry",
    title="Who and what in events",
    means="Events without a user say nothing about people (active users, seats, champions), events without an "
    "asset nothing about the installed base, and events without a product count for every contract of "
    "the account.",
    do="Map the columns in consumption.toml (`[ingest.events.columns]` user_id, asset_id, product), or send "
    "them with the events; `consumption ingest events FILE --try` shows what is read.",
)
def who_and_what(evidence: Evidence) -> Iterator[Seen]:
    """In each product at least half of the events should name a user or an asset.

    Where contracts tell several products apart, events should name theirs.
    """
    total, products = evidence.telemetry.total, evidence.telemetry.by_product
    every = total("rows")
    if not every:
        return
    said = {"with_user": "a user", "with_asset": "an asset", "with_quantity": "a quantity", "with_id": "an id"}
    text = f"Of {every:,} events " + ", ".join(f"{share(total(n), every)} name {what}" for n, what in said.items())
    several = evidence.book.running(evidence.day)["product"].n_unique() > 1
    nameless = int(products.filter(pl.col("product") == NO_PRODUCT)["rows"].sum())
    nobody = products.filter(pl.col("with_neither") > _FEW_WITH_WHO * pl.col("rows")).sort("rows", descending=True)
    rows = [_fields(row) for row in nobody.iter_rows(named=True)]
    if total("with_neither") > _FEW_WITH_WHO * every:
        yield Seen(WARNING, f"{text}: most name neither a user nor an asset.", rows)
    elif rows:
        where = listed(nobody["product"].to_list())
        yield Seen(
            NOTE,
            f"{text}; in {where} most name neither a user nor an asset.",
            rows,
            means="There these events count for the account as a whole: right for calls between programs, "
            "wrong for people.",
        )
    if several and nameless:
        yield Seen(
            NOTE,
            f"{share(nameless, every)} of the events name no product, where contracts tell several apart.",
            means="Such an event counts for every contract of its account, whatever the product.",
            do="Map product in `[ingest.events.columns]` of consumption.toml, or set it for a file in "
            "`[ingest.events.constants]`.",
        )
    if not rows and not (several and nameless):
        yield Seen(FINE, f"{text}.")


@check(
    topic="telemetry",
    title="Events that are value",
    means="Value is what a customer came for. Value per user, time to first value and users who never got "
    "there have no figures without it, and a sign-in counted as value makes every account look well.",
    do='Say which events are value in consumption.toml: `value = ["..."]` under `[events]`',
)
def value_events(evidence: Evidence) -> Iterator[Seen]:
    """Settings should name value events, all of them should occur, and none should be a sign-in by its name."""
    names = _names(evidence)
    declared = sorted(evidence.rules.value_events)
    if not declared:
        likely = candidates(evidence)
        said = ", ".join(f'"{row["event"]}"' for row in likely[:3])
        do = (
            f"Choose from these, and say so in consumption.toml: `value = [{said}]` under `[events]`"
            if likely
            else ""
        )
        yield Seen(WARNING, "No event is declared as value.", likely, do=do)
        return
    absent = [name for name in declared if name not in set(names["event"])]
    signing = pl.Series(declared, dtype=pl.String).filter(pl.Series(declared).str.contains(SIGN_IN)).to_list()
    if signing:
        yield Seen(WARNING, f"{listed(signing)} is declared as value, and looks like a sign-in.")
    if absent:
        yield Seen(
            WARNING, f"Declared as value, but never seen in {names.height:,} kinds of event: {listed(absent)}."
        )
    if not signing and not absent:
        counted = int(names.filter(pl.col("event").is_in(declared))["events"].sum())
        share_of = share(counted, int(names["events"].sum()))
        yield Seen(FINE, f"Declared as value: {count(len(declared), 'event')}, {share_of} of all there are.")


@check(
    topic="telemetry",
    title="Events that are errors",
    means="Friction (errors per 100 events, failed flows) has no figures, and it is a main reason why "
    "accounts leave.",
    do='Say which events are errors in consumption.toml: `errors = ["..."]` under `[events]`',
)
def error_events(evidence: Evidence) -> Iterator[Seen]:
    """Settings should name error events, and all of them should occur."""
    names = _names(evidence)
    declared = sorted(evidence.rules.error_events)
    looks = names.filter(pl.col("event").str.contains(ERROR)).sort("events", "event", descending=[True, False])
    absent = [name for name in declared if name not in set(names["event"])]
    if absent:
        yield Seen(
            NOTE, f"Declared as errors, but never seen: {listed(absent)}.", means="A misspelt name counts nothing."
        )
    if declared and not absent:
        yield Seen(FINE, f"Declared as errors: {count(len(declared), 'event')}.")
    if not declared and looks.height:
        named = ", ".join(f'"{name}"' for name in looks["event"].head(_CANDIDATES))
        do = f"If these are errors, say so in consumption.toml: `errors = [{named}]` under `[events]`"
        yield Seen(
            NOTE, f"No event is declared as an error; {listed(looks['event'].to_list())} look like some.", do=do
        )
    if not declared and not looks.height:
        yield Seen(FINE, "No event is declared as an error, and none looks like one by its name.")


def candidates(evidence: Evidence) -> list[Row]:
    """Events that look like value: neither sign-ins nor errors, those that achieve something first."""
    accounts = max(1, evidence.telemetry.spans["account_id"].n_unique())
    left = _names(evidence).filter(~pl.col("event").str.contains(SIGN_IN), ~pl.col("event").str.contains(ERROR))
    ranked = left.with_columns(
        pl.col("event").str.contains(ACHIEVED).cast(pl.Int8).alias("achieved"),
        pl.col("event").str.contains(PASSIVE).cast(pl.Int8).alias("passive"),
    ).sort(pl.col("achieved") - pl.col("passive"), "accounts", "event", descending=[True, True, False])
    return [
        {"event": row["event"], "events": row["events"], "accounts": share(row["accounts"], accounts)}
        for row in ranked.head(_CANDIDATES).iter_rows(named=True)
    ]


def _names(evidence: Evidence) -> pl.DataFrame:
    return evidence.telemetry.spans.group_by("event").agg(
        pl.col("events").sum(), pl.col("account_id").n_unique().alias("accounts")
    )


def _fields(row: Row) -> Row:
    rows = int(row["rows"] or 0)
    return {
        "product": row["product"],
        "events": rows,
        "with user": share(float(row["with_user"] or 0), rows),
        "with asset": share(float(row["with_asset"] or 0), rows),
    }
