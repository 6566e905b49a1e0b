"""What can be set: sections of `consumption.toml`, frozen and strict about names."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from consumption.tables import LAKE


class Section(BaseModel):
    """A part of the settings: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Labels(Section):
    """What counts as an outcome, and how far ahead."""

    source: Literal["contracts", "outcomes", "silence", "consumption"] = "contracts"
    lead_days: Annotated[int, Field(ge=0, le=90)] = 14
    horizon_days: Literal["auto", 182, 91, 56] = "auto"
    gap_days: Annotated[int, Field(ge=0)] = 30
    churn: Annotated[float, Field(ge=0, le=1)] = 0.05
    contraction: Annotated[float, Field(ge=0, le=1)] = 0.10
    expansion: Annotated[float, Field(ge=0)] = 0.10


class Training(Section):
    """Signals and columns that may look like leaks and are none: they are noted, and stop no training."""

    trusted: tuple[str, ...] = ()


class Events(Section):
    """Which events are value, which are errors, and which tell the minutes of a session as their quantity.

    Telemetry begins on the day `since`; if not given, on the day the first event was received.
    """

    since: date | None = None
    value: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    flows: dict[str, tuple[str, str]] = Field(default_factory=dict)
    sign_in_failures: tuple[str, ...] = ()


class Exclude(Section):
    """Whose events count nowhere: users, e-mail domains and events of our own staff."""

    users: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class Retention(Section):
    """For how many days rows tell who a person is; 0: for ever."""

    user_rows_days: Annotated[int, Field(ge=0)] = 0


class MeterSetting(Section):
    """How events use up a unit."""

    events: tuple[str, ...] = ()
    how: Literal["sum", "distinct_users", "distinct_assets", "last", "counter"] = "sum"


class Signals(Section):
    """Account attributes that become signals, and events (product features) with signals of their own."""

    attributes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


class Capacity(Section):
    """Hours a week of an owner without a row in `people`."""

    hours_per_week: Annotated[float, Field(ge=0)] = 8


class Holdout(Section):
    """The persistent control group. `salt`: what its draws are made from; who does not know it cannot tell."""

    share: Annotated[float, Field(ge=0, le=0.5)] = 0.10
    exempt: tuple[str, ...] = ()
    salt: Annotated[str, Field(min_length=1)] = "consumption"


class Policy(Section):
    """How the plan weighs money, hours and learning."""

    hour_cost: Annotated[float, Field(ge=0)] = 60
    explore: Literal["auto"] | Annotated[float, Field(ge=0, le=1)] = "auto"


class Number(Section):
    """`target`: the yearly value wanted at the end of the quarter."""

    target: Annotated[float, Field(ge=0)] | None = None


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

    segment: dict[str, Weight] = Field(default_factory=dict)
    product: dict[str, Weight] = Field(default_factory=dict)
    motion: dict[Motion, Weight] = Field(default_factory=dict)
    least_hours: Annotated[dict[Motion, Share], AfterValidator(_no_more_than_all)] = Field(default_factory=dict)
    always: tuple[str, ...] = ()


class Registry(Section):
    """Where MLflow keeps runs and models; empty stands for the workspace's own `mlruns/`."""

    tracking_uri: str = ""
    help: str = "consumption-help"
    expand: str = "consumption-expand"


class Serving(Section):
    """The service: `look_as` lets a visitor on loopback choose whom to be, as the demo does."""

    look_as: bool = False
    stale_days: Annotated[int, Field(ge=1)] = 2


class Source(Section):
    """How the files of one table are read; a `source` is read by every run."""

    source: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    date_format: str | None = None
    zone: str | None = None


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("there is no such time zone; write one like Europe/Berlin")
    return name


def _known_tables(sources: dict[str, Source]) -> dict[str, Source]:
    unknown = sorted(set(sources) - set(LAKE))
    if unknown:
        raise ValueError(f"there is no table {', '.join(unknown)}; tables are {', '.join(LAKE)}")
    return sources


class Settings(BaseSettings):
    """Everything that can be set, in `consumption.toml`; `CONSUMPTION_POLICY__HOUR_COST` and the like go over it."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="CONSUMPTION_", env_nested_delimiter="__"
    )

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    buckets: Annotated[int, Field(ge=1, le=4096)] = 32
    seed: Annotated[int, Field(ge=0)] = 0
    store_url: str = ""
    lake_url: str = ""
    labels: Labels = Labels()
    training: Training = Training()
    events: Events = Events()
    exclude: Exclude = Exclude()
    retention: Retention = Retention()
    meters: dict[str, MeterSetting] = Field(default_factory=dict)
    signals: Signals = Signals()
    capacity: Capacity = Capacity()
    holdout: Holdout = Holdout()
    policy: Policy = Policy()
    priorities: Priorities = Priorities()
    limits: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    number: Number = Number()
    registry: Registry = Registry()
    serving: Serving = Serving()
    ingest: Annotated[dict[str, Source], AfterValidator(_known_tables)] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file, whose values come in as arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings
