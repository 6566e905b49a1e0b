"""Make a workspace: a folder with commented defaults."""

from __future__ import annotations

from pathlib import Path

from consumption.actions.catalogue import default_text
from consumption.config import ACTIONS_FILE, SETTINGS_FILE, Workspace, explained
from consumption.errors import ConsumptionError
from consumption.features.own_signals import FOLDER

# What each setting means is written behind it, from where it is declared.
SETTINGS = """\
# Settings of this workspace. Everything is optional; what stands here commented out is the default.
# Each can also be set in the environment, as CONSUMPTION_CURRENCY or CONSUMPTION_POLICY__HOUR_COST.

# currency = "EUR"
# timezone = "UTC"
buckets = 32
# seed = 0
# store_url = ""
# lake_url = ""

# [labels]
# source = "contracts"
# lead_days = 14
# horizon_days = "auto"
# gap_days = 30
# churn = 0.05
# contraction = 0.10
# expansion = 0.10

# [training]
# trusted = []

# [events]
# since = 2024-03-01
# value = ["report_shared"]
# errors = ["error_shown"]
# sessions = ["session_ended"]
# sign_in_failures = ["login_failed"]
# [events.flows]                  # pairs of events that begin and finish something
# checkout = ["checkout_started", "checkout_done"]

# [exclude]                       # what our own staff does at customers counts nowhere
# users = ["test-robot"]
# domains = ["acme.example"]
# events = ["health_check"]

# [retention]
# user_rows_days = 0

# [meters.credit]                 # how events use up the unit of a contract
# events = ["api_call"]
# how = "sum"

# [signals]
# attributes = ["plan"]
# features = ["report_shared"]

# [capacity]
# hours_per_week = 8

# [holdout]
# share = 0.10
# exempt = []
# salt = "consumption"

# [policy]
# hour_cost = 60
# explore = "auto"
# logged_contact_days = 5

# [priorities]                    # what counts beside money
# always = ["acct-17"]
# segment = {enterprise = 1.5}
# product = {}
# motion = {expand = 1.2}
# least_hours = {expand = 0.2}

# [limits]                        # the most of an action in one week, by its id in actions.toml
# executive_sponsor_call = 5

# [number]
# target = 1200000

# [registry]
# tracking_uri = ""
# help = "consumption-help"
# expand = "consumption-expand"

# [serving]
# look_as = false
# stale_days = 2

# [webhook]                       # self-service actions go out here; docs/operators.md
# url = "https://tool.example/hooks"
# timeout_seconds = 10
# tries = 3
# source = "consumption"

# [ingest.accounts]               # how files of a table are read; one section a table
# source = "exports/accounts.csv"
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
    text = settings if salt is None else _salted(settings, salt)
    (root / SETTINGS_FILE).write_text(explained(text) if settings is SETTINGS else text, "utf-8")
    return Workspace.open(root)


def _salted(settings: str, salt: str) -> str:
    """Settings that name a salt in their section of the hold-out."""
    section, line = "# [holdout]\n", '# salt = "consumption"\n'
    return settings.replace(section, section.removeprefix("# ")).replace(line, f'salt = "{salt}"\n')


def _write_own_signals(folder: Path) -> None:
    """A commented example; signals that are there already stay as they are."""
    folder.mkdir(exist_ok=True)
    if not any(folder.glob("*.py")):
        (folder / OWN_SIGNALS_FILE).write_text(OWN_SIGNALS, "utf-8")
