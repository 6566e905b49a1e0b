"""Who the accounts are, and whether what is said about them fits together."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.peer_reference import FEWEST
from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, day, listed

_SILENT_SHARE = 0.5
_STRANGE_SHARE = 0.01


@check(
    topic="accounts",
    title="Accounts that are ranked",
    means="Nobody is ranked: there is no list to work.",
    do="Only customers (kind) with a contract in force are ranked; where there are no contracts, customers "
    "who have not left. See `consumption ingest accounts FILE --try` for how kind and created_at are read.",
)
def ranked_accounts(evidence: Evidence) -> Iterator[Seen]:
    """There should be accounts to rank; trials, partners, internal and test accounts are left out by their kind."""
    accounts, ranked = evidence.book.accounts, evidence.book.population.height
    if not accounts.height:
        return
    kinds = accounts["kind"].fill_null("customer").value_counts(sort=True, name="accounts")
    rows: list[Row] = [{"kind": kind, "accounts": number} for kind, number in kinds.iter_rows()]
    unsaid = accounts["kind"].null_count()
    more = f" Taken for customers, as they name no kind: {unsaid:,}." if unsaid else ""
    yield Seen(FINE if ranked else WARNING, f"Ranked: {ranked:,} of {count(accounts.height, 'account')}.{more}", rows)


@check(
    topic="accounts",
    title="Accounts without events",
    means="For them silence is the signal: right if nobody uses the product, wrong if their events come under "
    "other ids.",
    do="Compare the account ids of both exports, a few by hand; map the right column under "
    "`[ingest.events.columns]`.",
)
def silent_accounts(evidence: Evidence) -> Iterator[Seen]:
    """At least half of the ranked accounts should have an event."""
    ranked = evidence.book.population.select("account_id")
    if ranked.is_empty():
        return
    silent = ranked.join(evidence.telemetry.spans, on="account_id", how="anti").sort("account_id")
    text = f"Never an event: {silent.height:,} of {count(ranked.height, 'ranked account')}"
    serious = silent.height > _SILENT_SHARE * ranked.height
    few = f": {listed(silent['account_id'].to_list())}" if silent.height else ""
    yield Seen(WARNING if serious else FINE, f"{text}{few}.")


@check(
    topic="accounts",
    title="Rows of unknown accounts",
    means="They count for nobody: use, contracts and contacts of these ids are in no signal.",
    do="Load the accounts that are missing (`consumption ingest accounts FILE`), or correct the ids: spaces, "
    "leading zeros and 15- against 18-character ids are the usual reasons.",
)
def unknown_accounts(evidence: Evidence) -> Iterator[Seen]:
    """Every account that any table names should be in accounts; at most 1 % of the events may be of others."""
    known = evidence.book.accounts.select("account_id")
    strange = evidence.telemetry.spans.join(known, on="account_id", how="anti")
    found = [_strange("events", strange, strange.height and int(strange["events"].sum()))]
    for name in ("contracts", "interactions", "contacts", "assets"):
        frame: pl.DataFrame = getattr(evidence.book, name).join(known, on="account_id", how="anti")
        found.append(_strange(name, frame, frame.height))
    rows = [row for row in found if row["rows"]]
    if not rows:
        yield Seen(FINE, "Every account that is named anywhere is known.")
        return
    said = ", ".join(
        f"{row['rows']:,} {row['table']} of {count(int(row['accounts'] or 0), 'account')}" for row in rows
    )
    events = evidence.telemetry.total("known")
    many = int(found[0]["rows"] or 0) > _STRANGE_SHARE * events or any(row["table"] == "contracts" for row in rows)
    yield Seen(WARNING if many else NOTE, f"Unknown accounts: {said}.", rows)


@check(
    topic="accounts",
    title="Parents and mergers",
    means="A circle has no top: hold-out and roll-up take whichever account they reach. What names an account "
    "that is not there is not followed.",
    do="Correct parent_id and merged_into in the export, and load accounts again.",
)
def families(evidence: Evidence) -> Iterator[Seen]:
    """No account should be its own ancestor, or in the end survive itself; both should be known."""
    accounts = evidence.book.accounts
    rows: list[Row] = []
    for column in ("parent_id", "merged_into"):
        named = accounts.select("account_id", column).drop_nulls(column)
        circles = _in_circles(named, column)
        missing = named.join(accounts.select(pl.col("account_id").alias(column)), on=column, how="anti")
        rows += [{"account": account, column: up, "problem": "in a circle"} for account, up in circles.iter_rows()]
        rows += [
            {"account": a, column: up, "problem": "not there"} for a, up in missing.sort("account_id").iter_rows()
        ]
    children, merged = (accounts[name].count() for name in ("parent_id", "merged_into"))
    text = f"{count(children, 'account')} with a parent, {merged:,} merged into another"
    circles_ = sum(row["problem"] == "in a circle" for row in rows)
    if not rows:
        yield Seen(FINE, f"{text}; all lead somewhere.")
    else:
        said = f"{text}; {circles_:,} in a circle, {len(rows) - circles_:,} naming an account that is not there."
        yield Seen(WARNING if circles_ else NOTE, said, rows)


@check(
    topic="accounts",
    title="Segments too small for peers",
    means="Peers are the accounts of the same segment: among fewer than five, percentiles and the reasons "
    "that name peers are empty.",
    do="Join small segments in the export, or leave them empty: accounts without one are peers of each other.",
)
def small_segments(evidence: Evidence) -> Iterator[Seen]:
    """Each segment should have at least five ranked accounts, and most accounts should have a segment."""
    ranked = evidence.book.population
    if ranked.is_empty():
        return
    sizes = ranked["segment"].value_counts(sort=True, name="accounts")
    small = sizes.filter(pl.col("segment").is_not_null(), pl.col("accounts") < FEWEST).sort("accounts", "segment")
    named = sizes["segment"].drop_nulls().len()
    if small.height:
        rows: list[Row] = [{"segment": name, "accounts": number} for name, number in small.iter_rows()]
        of = count(int(small["accounts"].sum()), "account")
        yield Seen(
            NOTE,
            f"{small.height:,} of {count(named, 'segment')} with fewer than {FEWEST} ranked accounts: {of}.",
            rows,
        )
    elif not named:
        yield Seen(
            NOTE, "No account has a segment: all are peers of each other.", do="Add segment to the accounts export."
        )
    else:
        yield Seen(FINE, f"{count(named, 'segment')}, the smallest of {count(sizes['accounts'][-1], 'account')}.")


@check(
    topic="accounts",
    title="Accounts older than telemetry",
    means="How they began nobody saw: days to first use, days in onboarding and time to value (of users who were "
    "there at once) are unknown for them, and what lapsed is counted from then on. Of a contract period that began "
    "before, use so far is too low: it lacks what came before telemetry.",
    do="Ingest older events if there are any. If telemetry really began on another day, say so in consumption.toml: "
    "`since = YYYY-MM-DD` under `[events]`",
)
def older_accounts(evidence: Evidence) -> Iterator[Seen]:
    """Accounts should have begun after telemetry did; so should the periods of contracts.

    Telemetry begins on the day that settings say, or on that of the first event received.
    """
    since, accounts = evidence.rules.telemetry_since, evidence.book.accounts
    if accounts.is_empty():
        return
    if since is None:
        yield Seen(FINE, "Telemetry tells of every account from its beginning.")
        return
    older = accounts.filter(pl.col("created_at").dt.date() < since).height
    running = evidence.book.running(evidence.day)
    begun = running.filter(pl.col("starts_on") < since).height
    text = f"Telemetry begins on {day(since)}; {older:,} of {count(accounts.height, 'account')} began before"
    more = f", and so did {begun:,} of {count(running.height, 'contract')} in force" if running.height else ""
    yield Seen(NOTE if older or begun else FINE, f"{text}{more}.")


def _strange(table: str, frame: pl.DataFrame, rows: int) -> Row:
    ids = frame["account_id"].unique().sort()
    return {"table": table, "rows": rows, "accounts": len(ids), "for example": listed(ids.head(3).to_list(), 3)}


def _in_circles(named: pl.DataFrame, column: str) -> pl.DataFrame:
    """Accounts that come back to themselves by way of the column: account_id, column; sorted."""
    up = dict(named.iter_rows())
    found = []
    for account in sorted(up):
        seen, at = {account}, up[account]
        while at in up and at not in seen:
            seen.add(at)
            at = up[at]
        if at == account:
            found.append((account, up[account]))
    return pl.DataFrame(found, schema={"account_id": pl.String(), column: pl.String()}, orient="row")
