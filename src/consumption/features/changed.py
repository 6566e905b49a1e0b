"""Why fingerprints differ: a definition was changed, or a setting that it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from consumption.features.signal import Signal
from consumption.features.signal_set import settings_read

EXCLUDED = "excluded"
# What stands behind a part of a fingerprint, as it is written in consumption.toml.
IN_SETTINGS: Mapping[str, str] = {
    "value_events": "[events] value",
    "milestones": "[events] value",
    "session_events": "[events] sessions",
    "error_events": "[events] errors",
    "flows": "[events] flows",
    "sign_in_failures": "[events] sign_in_failures",
    "since": "[events] since",
    "meters": "[meters]",
    "currency": "currency",
    EXCLUDED: "[exclude]",
}


def changed_settings(
    signals: Sequence[Signal], before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Settings that changed, as written in consumption.toml, and the signals that changed with them alone.

    `before`, `now`: fingerprints by name. A signal whose own definition changed is not among them.
    """
    found: dict[str, list[str]] = {}
    for signal in signals:
        old, new = before.get(signal.name, "").split("."), now.get(signal.name, "").split(".")
        if old == new or old[0] != new[0]:
            continue
        for part, was, is_ in zip_longest((*settings_read(signal), EXCLUDED), old[1:], new[1:]):
            if was != is_:
                found.setdefault(IN_SETTINGS.get(str(part), str(part)), []).append(signal.name)
    return {setting: tuple(names) for setting, names in found.items()}
