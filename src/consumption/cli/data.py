"""Commands for what goes in and what comes out."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from consumption.cli.apps import app, check
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, now, open_workspace, progress_bars, say, today


class Exportable(StrEnum):
    """What can be exported."""

    SNAPSHOT = "snapshot"
    ACCOUNTS = "accounts"
    RECOMMENDATIONS = "recommendations"
    EFFECTS = "effects"
    DISAGREEMENTS = "disagreements"
    PRODUCTS = "products"
    JOURNEY = "journey"
    WHITESPACE = "whitespace"
    TO_SEND = "to_send"
    OWN_CHOICES = "own_choices"


@app.command()
def init(directory: Annotated[Path, typer.Argument(help="The folder to make; it may exist.")]) -> None:
    """Make a workspace with commented defaults.

    Example: `consumption init acme`
    """
    from consumption.actions.number.power import beforehand
    from consumption.jobs.create import create

    # Whoever knew the salt could compute which accounts are held out before they are drawn.
    workspace = create(directory, salt=secrets.token_hex(16))
    say(f"workspace {workspace.root}: settings in consumption.toml, actions in actions.toml")
    say(beforehand(workspace.settings.holdout.share))
    say("next: consumption ingest accounts FILE... and consumption ingest events FILE...")


@app.command()
def ingest(
    table: Annotated[str, typer.Argument(help="accounts, contracts, events, interactions, outcomes, people, ...")],
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or globs: CSV, Parquet, NDJSON, gzip too.")],
    try_: Annotated[bool, typer.Option("--try", help="Show how ten rows would be read; change nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file that has a wrong row.")] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Read files into the lake; wrong rows go to quarantine, the same file twice changes nothing.

    Example: `consumption ingest events exports/2026-*.csv.gz`
    """
    from consumption.jobs import ingest as job
    from consumption.jobs.preview_text import shown
    from consumption.jobs.telling import nothing_read, told

    opened = open_workspace(workspace)
    if try_:
        for path in paths:
            say(shown(job.preview(opened, table, path)))
        return
    with progress_bars() as progress:
        done = job.ingest(opened, table, paths, now=now(), strict=strict, progress=progress)
    say(told(done))
    if nothing_read(done):
        raise typer.Exit(1)


@app.command()
def quarantine(
    table: Annotated[str, typer.Argument(help="accounts, contracts, events, interactions, ...")],
    workspace: InWorkspace = HERE,
) -> None:
    """Show which rows could not be read, and why.

    Example: `consumption quarantine contracts`
    """
    from consumption.jobs.opening import lake_of
    from consumption.jobs.telling import wrong_rows

    say(wrong_rows(lake_of(open_workspace(workspace)).wrong_rows(table).collect(), table))


@app.command()
def signals(  # noqa: PLR0917 - options are named on the command line
    as_of: AsOf = None,
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of a history.")
    ] = None,
    to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of a history.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Days between the snapshots of a history.")] = 28,
    account: Annotated[
        str | None, typer.Option(help="Show this account's signals with today so far, or as of --as-of.")
    ] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Prove that kept sums give what all events give.")] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Compute a snapshot of all signals, or a history of snapshots; or show one account's, as they stand now.

    `--account A --from DAY --to DAY` says why its probabilities are other on the second day than on the first.

    Example: `consumption signals --from 2026-01-01 --to 2026-06-01 --every 28`
    """
    if account is not None and from_ is not None and to is not None and not audit and as_of is None:
        _in_order(from_, to, "--to")
        _say_why(workspace, account, moment(from_), moment(to))
        return
    series = from_ is not None or to is not None
    if (account is not None) + audit + series > 1 or (as_of is not None and to is not None):
        raise typer.BadParameter(
            "ask for one thing: --account, --audit, or a history --from --to; --to is its --as-of"
        )
    if account is not None:
        # Days are counted as snapshots count them, from midnight to midnight.
        _say_signals(workspace, account, moment(as_of) if as_of else None)
        return
    if audit:
        from consumption.jobs.audit import audit as run_audit

        with progress_bars() as progress:
            proven = run_audit(open_workspace(workspace), as_of=moment(to or as_of), progress=progress)
        say(proven.text)
        return
    from consumption.jobs.snapshots import snapshots

    last = moment(to or as_of)
    first = moment(from_) if from_ else last
    _in_order(first, last, "--to" if to else "the last day asked for:")
    dates = [first + timedelta(days=d) for d in range(0, (last - first).days + 1, every)]
    with progress_bars() as progress:
        made = snapshots(open_workspace(workspace), dates, progress=progress)
    for date, frame in made.items():
        say(f"{date:%Y-%m-%d}: {frame.height:,} accounts, {frame.width - 2} signals")


def _in_order(first: datetime, last: datetime, called: str) -> None:
    """Wrong usage where the first day is the later one: what is asked for would be told backwards."""
    if first > last:
        raise typer.BadParameter(
            f"--from {first:%Y-%m-%d} is after {called} {last:%Y-%m-%d}; give the earlier day as --from"
        )


def _say_signals(workspace: Path, account: str, as_of: datetime | None) -> None:
    """One account's signals as they stand at a moment, or with today so far."""
    from consumption.jobs.live import live_signals
    from consumption.jobs.opening import signals_of
    from consumption.jobs.telling import values_told
    from consumption.jobs.whose_use import elsewhere

    opened = open_workspace(workspace)
    row = live_signals(opened, account, as_of=as_of or today() + timedelta(days=1))
    also = elsewhere(opened, account, as_of=row["as_of"][0])
    if as_of is None:
        also = ["Today so far is the last of its days.", *also]
    say(values_told(signals_of(opened), row, opened.settings.currency, also))


def _say_why(workspace: Path, account: str, before: datetime, after: datetime) -> None:
    """Why one account's probabilities are other on the second day than on the first."""
    from consumption.jobs.why_changed import why_changed

    with progress_bars() as progress:
        why = why_changed(open_workspace(workspace), account, before, after, progress=progress)
    say(why.text)


@app.command()
def export(
    what: Annotated[Exportable, typer.Argument(help="What to export.")],
    file: Annotated[Path, typer.Argument(help="Parquet, CSV or NDJSON by its ending.")],
    as_of: AsOf = None,
    all_: Annotated[
        bool, typer.Option("--all", help="For to_send: also what was sent; it is noted nowhere.")
    ] = False,
    workspace: InWorkspace = HERE,
) -> None:
    """Write one table to a file, as of a day.

    `snapshot`: all signals. `accounts`: those in force, ranked. `recommendations`, `effects`: what the plan chose,
    and what it chose from. `disagreements`: where use and money say different things. `products`: how each product
    owned is used. `journey`: the stage of each account, and when it reached each step. `whitespace`: products that
    peers own and an account does not. `to_send`: self-service actions that were not sent yet, for the product or a
    campaign tool; they count as sent then and come in no later file, so the file must be a new one.
    `own_choices`: what people did by their own judgement, told until the end of the day; what was taken back too.

    In a CSV file reasons are sentences, one after another; Parquet and NDJSON have each with its code and figures.

    Example: `consumption export recommendations list.csv`
    """
    from consumption.jobs.writing import refuse_ending

    # Before what takes long to load, and to work out.
    refuse_ending(file)
    opened, when = open_workspace(workspace), moment(as_of)
    if all_ and what is not Exportable.TO_SEND:
        raise typer.BadParameter("--all is for to_send: every other export lists all")
    if what is Exportable.TO_SEND and not all_:
        from consumption.jobs.handing_out import hand_out

        say(hand_out(opened, file, as_of=when, now=now()).text)
        return
    from consumption.jobs.export import effects_from
    from consumption.jobs.export import export as run_export

    with progress_bars() as progress:
        rows = run_export(opened, what.value, file, as_of=when, progress=progress)
    say(f"{rows:,} rows to {file}")
    if what is Exportable.EFFECTS:
        say(effects_from(opened, when))


@check.command("actions")
def check_actions(workspace: InWorkspace = HERE) -> None:
    """Read actions.toml: every mistake with its line and what may have been meant.

    Where signals are kept, also for how many accounts each action is open, by its conditions as they stand now.

    Example: `consumption check actions`
    """
    from consumption.jobs.check_actions import check_actions as run_check

    say(run_check(open_workspace(workspace)).text)


@app.command()
def migrate(workspace: InWorkspace = HERE) -> None:
    """Bring the store's tables to this version.

    Example: `consumption migrate -w acme`
    """
    from consumption.jobs.keys import migrate as run_migrate

    run_migrate(open_workspace(workspace))
    say("the store has the tables of this version")
