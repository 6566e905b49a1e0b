"""Settings, read once at the edge, and the folder they stand in."""

from consumption.config.meanings import Setting, every_setting, explained
from consumption.config.reading import WrongSetting, read_settings
from consumption.config.sections import Source
from consumption.config.settings import Settings
from consumption.config.workspace import ACTIONS_FILE, SETTINGS_FILE, STORE_FILE, NotAWorkspace, Workspace

__all__ = [
    "ACTIONS_FILE", "SETTINGS_FILE", "STORE_FILE", "NotAWorkspace", "Setting", "Settings", "Source", "Workspace",
    "WrongSetting", "every_setting", "explained", "read_settings",
]  # fmt: skip
