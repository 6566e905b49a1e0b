"""What can be set: all of `consumption.toml`, frozen and strict about names."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from consumption.config.sections import (
    Capacity,
    Events,
    Exclude,
    Holdout,
    Labels,
    MeterSetting,
    Number,
    Policy,
    Priorities,
    Registry,
    Retention,
    Serving,
    Signals,
    Source,
    Training,
)
from consumption.config.webhook import Webhook
from consumption.tables import LAKE


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

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        "EUR", description="of all money, ISO 4217; other currencies need a table of rates"
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC", description="of times in files that name no zone"
    )
    buckets: Annotated[int, Field(ge=1, le=4096)] = Field(
        32, description="how account data is split; cannot change once data is in"
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="the same seed and the same data give the same plan")
    store_url: str = Field("", description="PostgreSQL by URL; empty: SQLite in this workspace")
    lake_url: str = Field("", description="where the tables lie, by URL; empty: lake/ in this workspace")
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
    limits: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="the most of an action in one week, by its id in actions.toml"
    )
    number: Number = Number()
    registry: Registry = Registry()
    serving: Serving = Serving()
    webhook: Webhook = Webhook()
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
