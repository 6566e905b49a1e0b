"""The sections of `consumption.toml`: what can be set, what each setting means, and what it is if nobody says."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of the settings: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Labels(Section):
    """What counts as an outcome, and how far ahead."""

    source: Literal["contracts", "outcomes", "silence", "consumption"] = Field(
        "contracts", description="what tells losses: contracts | outcomes | silence | consumption"
    )
    lead_days: Annotated[int, Field(ge=0, le=90)] = Field(
        14, description="a warning later than this before a loss helps nobody"
    )
    horizon_days: Literal["auto", 182, 91, 56] = Field(
        "auto", description="how far ahead: 182, 91 or 56; auto: the longest the history allows"
    )
    gap_days: Annotated[int, Field(ge=0)] = Field(30, description="a gap this short before a new contract is no loss")
    churn: Annotated[float, Field(ge=0, le=1)] = Field(
        0.05, description="whoever keeps at most this share of its value has left"
    )
    contraction: Annotated[float, Field(ge=0, le=1)] = Field(
        0.10, description="whoever loses at least this share of its value has shrunk"
    )
    expansion: Annotated[float, Field(ge=0)] = Field(
        0.10, description="whoever gains at least this share of its value has grown"
    )


class Training(Section):
    """Signals and columns that may look like leaks and are none: they are noted, and stop no training."""

    trusted: tuple[str, ...] = Field(
        (), description="signals that may look like leaks and are none: noted, and no reason to stop"
    )


class Events(Section):
    """Which events are value, which are errors, and which tell the minutes of a session as their quantity.

    Telemetry begins on the day `since`; if not given, on the day the first event was received.
    """

    since: date | None = Field(
        None, description="the day telemetry begins; if not given, that of the first event received"
    )
    value: tuple[str, ...] = Field((), description="what counts as value; a sign-in never does")
    errors: tuple[str, ...] = Field((), description="events that are errors")
    sessions: tuple[str, ...] = Field((), description="events whose quantity is the minutes of a session")
    flows: dict[str, tuple[str, str]] = Field(
        default_factory=dict, description="pairs of events that begin and finish something, each under a name"
    )
    sign_in_failures: tuple[str, ...] = Field((), description="attempts to sign in that failed")


class Exclude(Section):
    """Whose events count nowhere: users, e-mail domains and events of our own staff."""

    users: tuple[str, ...] = Field((), description="user ids of our own staff and robots")
    domains: tuple[str, ...] = Field(
        (), description="of a user id that is an e-mail, or of the contact who is that user"
    )
    events: tuple[str, ...] = Field((), description="events that nobody at a customer caused")


class Retention(Section):
    """For how many days rows tell who a person is; 0: for ever."""

    user_rows_days: Annotated[int, Field(ge=0)] = Field(
        0, description="older rows no longer tell who a person is; 0 keeps them"
    )


class MeterSetting(Section):
    """How events use up a unit."""

    events: tuple[str, ...] = Field(
        (), description="what uses up the unit; empty: every event of the contract's product"
    )
    how: Literal["sum", "distinct_users", "distinct_assets", "last", "counter"] = Field(
        "sum", description="sum | distinct_users | distinct_assets | last | counter"
    )


class Signals(Section):
    """Account attributes that become signals, and events (product features) with signals of their own."""

    attributes: tuple[str, ...] = Field((), description="columns of accounts that become signals")
    features: tuple[str, ...] = Field(
        (), description="events with signals of their own: how often in a year, and how much"
    )


class Capacity(Section):
    """Hours a week of an owner without a row in `people`."""

    hours_per_week: Annotated[float, Field(ge=0)] = Field(8, description="for each owner without a row in people")


class Holdout(Section):
    """The persistent control group. `salt`: what its draws are made from; who does not know it cannot tell."""

    share: Annotated[float, Field(ge=0, le=0.5)] = Field(
        0.10, description="kept without recommendations, to prove what they bring; 0 to 0.5"
    )
    exempt: tuple[str, ...] = Field(
        (), description="accounts named here before they are first seen are never held out"
    )
    salt: Annotated[str, Field(min_length=1)] = Field(
        "consumption", description="decides who is held out; `init` draws one, so that nobody can compute it"
    )


class Policy(Section):
    """How the plan weighs money, hours and learning."""

    hour_cost: Annotated[float, Field(ge=0)] = Field(60, description="what an hour of the team costs")
    explore: Literal["auto"] | Annotated[float, Field(ge=0, le=1)] = Field(
        "auto", description="share of hours that learn; auto: 5 % under 2,000 accounts, 10 % to 10,000, 20 % above"
    )
    logged_contact_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        5, description="days left alone after a logged call, meeting, visit or training; keep it under a week"
    )


class Number(Section):
    """`target`: the yearly value wanted at the end of the quarter."""

    target: Annotated[float, Field(ge=0)] | None = Field(
        None, description="yearly value wanted at the end of the quarter; `consumption number` tells the gap"
    )


Weight = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Motion = Literal["help", "expand"]


def _no_more_than_all(shares: dict[Motion, float]) -> dict[Motion, float]:
    if sum(shares.values()) > 1:
        raise ValueError("the least shares of hours add up to more than all hours there are")
    return shares


class Priorities(Section):
    """What counts beside money.

    Weights (1 is as it is) by segment, product and motion; the least share of the hours that go to a motion; accounts
    that get something in every week.
    """

    segment: dict[str, Weight] = Field(default_factory=dict, description="weights by segment; 1 is as it is")
    product: dict[str, Weight] = Field(default_factory=dict, description="weights by product; 1 is as it is")
    motion: dict[Motion, Weight] = Field(
        default_factory=dict, description="weights of help and expand; 1 is as it is"
    )
    least_hours: Annotated[dict[Motion, Share], AfterValidator(_no_more_than_all)] = Field(
        default_factory=dict, description="the least share of the hours that goes to a motion"
    )
    always: tuple[str, ...] = Field((), description="accounts that get something in every week")


class Registry(Section):
    """Where MLflow keeps runs and models; empty stands for the workspace's own `mlruns/`."""

    tracking_uri: str = Field("", description="an MLflow server by URL; empty: mlruns/ in this workspace")
    help: str = Field("consumption-help", description="the registered model that ranks who needs help")
    expand: str = Field("consumption-expand", description="the registered model that ranks who may grow")


class Serving(Section):
    """The service: `look_as` lets a visitor on loopback choose whom to be, as the demo does."""

    look_as: bool = Field(False, description="lets a visitor on this machine choose whom to be; for demonstrations")
    stale_days: Annotated[int, Field(ge=1)] = Field(2, description="pages warn when the list is older")


class Source(Section):
    """How the files of one table are read; a `source` is read by every run."""

    source: str = Field("", description="files of this table, read by every `consumption run`")
    columns: dict[str, str] = Field(default_factory=dict, description='contract column = "column in the file"')
    constants: dict[str, str] = Field(
        default_factory=dict, description="what a column is in every row of these files"
    )
    date_format: str | None = Field(
        None, description="how dates are written, such as %d.%m.%Y; if not given, it is found out"
    )
    zone: str | None = Field(None, description="of times that name none; if not given, that of the workspace")
