"""Read settings from a file, and say what is wrong with them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from consumption.config.settings import Settings
from consumption.errors import ConsumptionError


class WrongSetting(ConsumptionError):
    """A setting is unknown, or its value cannot be used."""


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
