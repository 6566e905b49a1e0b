"""A workspace: the folder that settings stand in, and where things are in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from consumption.config.reading import read_settings
from consumption.config.settings import Settings
from consumption.errors import ConsumptionError

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
