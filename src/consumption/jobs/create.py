"""Make a workspace: a folder with commented defaults."""

from __future__ import annotations

from pathlib import Path

from consumption.actions.catalogue import default_text
from consumption.config import ACTIONS_FILE, SETTINGS_FILE, Workspace
from consumption.errors import ConsumptionError
from consumption.features.own_signals import FOLDER

SETTINGS = """\
# Settings of this workspace. Everything is optional; what stands here commented out is the default.
# Each can also be set in the environment, as CONSUMPTION_CURRENCY or CONSUMPTION_POLICY__HOUR_COST.

# currency = "EUR"
# timezone = "UTC"
buckets = 32                      # how account data is split; cannot change once data is in

# [labels]
# source = "contracts"            # contracts | outcomes | silence | consumption
# lead_days = 14                  # a warning later than this helps nobody
# horizon_days = "auto"           # 182, 91 or 56: the longest the history allows
# gap_days = 30                   # a gap this short before a new contract is no loss

# [training]
# trusted = []                    # signals that may look like leaks and are none: noted, and no reason to stop

# [events]
# since = 2024-03-01              # the day telemetry begins; if not given, that of the first event received
# value = ["report_shared"]       # what counts as value; a sign-in never does
# errors = ["error_shown"]
# sessions = ["session_ended"]    # events whose quantity is the minutes of a session
# sign_in_failures = []           # attempts to sign in that failed, such as "login_failed"
# [events.flows]                  # pairs of events that begin and finish something
# checkout = ["checkout_started", "checkout_done"]

# [exclude]                       # what our own staff does at customers counts nowhere
# users = ["test-robot"]
# domains = ["acme.example"]      # of a user id that is an e-mail, or of the contact who is that user
# events = ["health_check"]

# [retention]
# user_rows_days = 0              # older rows no longer tell who a person is; 0 keeps them

# [meters.credit]                 # how events use up the unit of a contract
# events = ["api_call"]           # empty: every event of the contract's product
# how = "sum"                     # sum | distinct_users | distinct_assets | last | counter

# [signals]
# attributes = ["plan"]           # columns of accounts that become signals
# features = ["report_shared"]    # events with signals of their own: how often in a year, and how much

# [capacity]
# hours_per_week = 8              # for each owner without a row in people

# [holdout]
# share = 0.10                    # kept without recommendations, to prove what they bring; 0 to 0.5
# exempt = []                     # accounts named here before they are first seen are never held out
# salt = "consumption"            # decides who is; `init` draws one, so that nobody can compute it

# [policy]
# hour_cost = 60                  # what an hour of the team costs
# explore = "auto"                # share of hours that learn: 5 % under 2,000 accounts, 10 % to 10,000, 20 % above

# [limits]                        # the most of an action in one week, by its id in actions.toml
# executive_sponsor_call = 5

# [number]
# target = 1200000                # yearly value wanted at the end of the quarter; consumption number tells the gap

# [registry]
# tracking_uri = ""               # an MLflow server by URL; empty: mlruns/ in this workspace
# help = "consumption-help"
# expand = "consumption-expand"

# [serving]
# look_as = false                 # lets a visitor on this machine choose whom to be; for demonstrations
# stale_days = 2                  # pages warn when the list is older

# [ingest.accounts]               # how files of a table are read; one section a table
# source = "exports/accounts.csv" # read by every `consumption run`
# date_format = "%d.%m.%Y"
# zone = "Europe/Berlin"
# [ingest.accounts.columns]       # contract column = "column in the file"
# account_id = "Customer ID"
# [ingest.accounts.constants]
# kind = "customer"
"""

OWN_SIGNALS_FILE = "own.py"
OWN_SIGNALS = """\
# Signals of your own. Every .py file in this folder is run, with your rights, whenever signals are computed.
# What you define here is computed, exported, trained on and explained like the signals that come with the product.
# The frames to make signals from, with their columns: docs/signals.md.
# To try what you wrote: consumption check signals

# import polars as pl
#
# from consumption.features.signal import signal, weeks
#
#
# @signal(unit="users", family="people", source="users", window=weeks(4), silence=0, direction=1, label="Heavy users")
# def heavy_users() -> pl.Expr:
#     \"""Users with ten events or more.\"""
#     return (pl.col("events") >= 10).sum()
"""


class AlreadyThere(ConsumptionError):
    """A workspace is in the folder already."""

    status = 409


def create(root: Path, *, settings: str = SETTINGS, salt: str | None = None) -> Workspace:
    """A new workspace in `root`, which may exist but hold no workspace yet.

    `salt`: of the draw of the hold-out; by default the constant that everybody knows, so that the same data give the
    same accounts.
    """
    if (root / SETTINGS_FILE).exists():
        raise AlreadyThere(
            f"{root} is a workspace already", "go on with it, or name another folder; nothing was changed"
        )
    root.mkdir(parents=True, exist_ok=True)
    (root / ACTIONS_FILE).write_text(default_text(), "utf-8")
    _write_own_signals(root / FOLDER)
    # The settings come last: a folder is a workspace from the moment it has them.
    (root / SETTINGS_FILE).write_text(settings if salt is None else _salted(settings, salt), "utf-8")
    return Workspace.open(root)


def _salted(settings: str, salt: str) -> str:
    """Settings that name a salt in their section of the hold-out."""
    section, line = "# [holdout]\n", '# salt = "consumption" '
    return settings.replace(section, section.removeprefix("# ")).replace(line, f'salt = "{salt}" ')


def _write_own_signals(folder: Path) -> None:
    """A commented example; signals that are there already stay as they are."""
    folder.mkdir(exist_ok=True)
    if not any(folder.glob("*.py")):
        (folder / OWN_SIGNALS_FILE).write_text(OWN_SIGNALS, "utf-8")
