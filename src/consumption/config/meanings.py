"""What each setting means and is by default: said once, beside the setting, and told from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from consumption.config.settings import Settings


@dataclass(frozen=True)
class Setting:
    """One setting: its name with its section (NAME stands for one that users choose), default and meaning."""

    name: str
    default: object
    meaning: str


def every_setting(model: type[BaseModel] = Settings, section: str = "") -> Iterator[Setting]:
    """All that can be set, in the order of the file."""
    for name, info in model.model_fields.items():
        kind: Any = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from every_setting(kind, f"{section}{name}.")
        elif inner := _section_of(kind):
            yield from every_setting(inner, f"{section}{name}.NAME.")
        else:
            default = info.get_default(call_default_factory=True, validated_data={})
            yield Setting(f"{section}{name}", default, info.description or "")


def explained(text: str) -> str:
    """A settings file with the meaning of each setting behind it, where its line says nothing itself."""
    meanings = {one.name: one.meaning for one in every_setting()}
    lines, section = [], ""
    for line in text.splitlines():
        found = _SECTION.match(line)
        section = _general(found[1]) if found else section
        setting = _LINE.fullmatch(line)
        meaning = meanings.get(f"{section}{setting[1]}", "") if setting else ""
        lines.append(f"{line:<{_WIDTH}} # {meaning}" if meaning else line)
    return "\n".join(lines) + "\n"


_WIDTH = 33
_SECTION = re.compile(r"(?:# )?\[([\w.]+)\]")
_LINE = re.compile(r"(?:# )?(\w+) = [^#]*")


def _general(section: str) -> str:
    """The section as settings name it, with a dot: [meters.credit] is one of `meters.NAME.`."""
    first, *rest = section.split(".")
    return ".".join([first, *(["NAME", *rest[1:]] if first in {"meters", "ingest"} and rest else rest), ""])


def _section_of(kind: Any) -> type[BaseModel] | None:  # noqa: ANN401 - whatever an annotation may be
    """The section in an annotation such as dict[str, Section]."""
    inside = getattr(kind, "__args__", ())
    return next((one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)), None)
