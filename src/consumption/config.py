"""Settings, read once at the edge, and the folder they stand in."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from consumption.errors import ConsumptionError
from consumption.tables import LAKE

SETTINGS_FILE = "consumption.toml"
ACTIONS_FILE = "actions.toml"
STORE_FILE = "consumption.db"


class NotAWorkspace(ConsumptionError):
    """The folder holds no settings, so it is no workspace."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} is not a workspace: it has no {SETTINGS_FILE}",
            f"make one with: consumption init {root}, or name another with --workspace DIR",
        )


class WrongSetting(ConsumptionError):
    """A setting is unknown, or its value cannot be used."""


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


class Events(Section):
    """Which events are value, which are errors, and which tell the minutes of a session as their quantity."""

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
    """The persistent control group."""

    share: Annotated[float, Field(ge=0, le=0.5)] = 0.10
    exempt: tuple[str, ...] = ()


class Policy(Section):
    """How the plan weighs money, hours and learning."""

    hour_cost: Annotated[float, Field(ge=0)] = 60
    explore: Literal["auto"] | Annotated[float, Field(ge=0, le=1)] = "auto"


class Priorities(Section):
    """Weights and floors of the plan; none can be set yet."""


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
    events: Events = Events()
    exclude: Exclude = Exclude()
    retention: Retention = Retention()
    meters: dict[str, MeterSetting] = Field(default_factory=dict)
    signals: Signals = Signals()
    capacity: Capacity = Capacity()
    holdout: Holdout = Holdout()
    policy: Policy = Policy()
    priorities: Priorities = Priorities()
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


@dataclass(frozen=True)
class Workspace:
    """A folder with settings, actions, lake, models and store."""

    root: Path
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """The workspace in `root`; `NotAWorkspace` or `WrongSetting` where it cannot be read."""
        root = root.resolve()
        if not (root / SETTINGS_FILE).is_file():
            raise NotAWorkspace(root)
        return cls(root, read_settings(root / SETTINGS_FILE))

    @property
    def actions_file(self) -> Path:
        """The catalogue of actions."""
        return self.root / ACTIONS_FILE

    @property
    def lake_url(self) -> str:
        """Where the lake is: a folder, or a URL that Delta Lake knows."""
        return self.settings.lake_url or str(self.root / "lake")

    @property
    def store_url(self) -> str:
        """Where decisions and responses are: SQLite in the workspace, or any database by URL."""
        return self.settings.store_url or f"sqlite:///{self.root / STORE_FILE}"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs: a server by URL, or a database in the workspace's mlruns/."""
        return self.settings.registry.tracking_uri or f"sqlite:///{self.root / 'mlruns' / 'mlflow.db'}"

    @property
    def models(self) -> Path:
        """The models that rank, kept beside the store so that lists need no tracking server."""
        return self.root / "models"

    @property
    def drafts(self) -> Path:
        """Plans that were made."""
        return self.root / "drafts"


def read_settings(file: Path) -> Settings:
    """The settings in a TOML file, with `CONSUMPTION_*` over them."""
    try:
        return Settings(**tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"{file} is not valid TOML: {error}", "mend that line") from error
    except ValidationError as error:
        raise WrongSetting(*_explain(file, error)) from error


def _explain(file: Path, error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        said = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        return f"{file.name}: {name} = {first['input']!r}: {said}", f"correct {name}, or leave it out"
    known = list(_names(Settings))
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "docs/reference.md lists the settings there are"
    return f"{file.name}: there is no setting {name}", hint


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        kind: Any = info.annotation
        inner = isinstance(kind, type) and issubclass(kind, BaseModel)
        yield from _names(kind, f"{prefix}{name}.") if inner else [f"{prefix}{name}"]
