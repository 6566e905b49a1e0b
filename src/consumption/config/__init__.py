"""Settings, read once at the edge, and the folder they stand in."""

from consumption.config.reading import WrongSetting, read_settings
from consumption.config.settings import Settings, Source
from consumption.config.workspace import ACTIONS_FILE, SETTINGS_FILE, STORE_FILE, NotAWorkspace, Workspace

__all__ = [
    "ACTIONS_FILE", "SETTINGS_FILE", "STORE_FILE", "NotAWorkspace", "Settings", "Source", "Workspace", "WrongSetting",
    "read_settings",
]  # fmt: skip
