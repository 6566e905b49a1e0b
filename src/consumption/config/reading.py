"""Read settings from a file, and say what is wrong with them."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from consumption.config.settings import Settings
from consumption.errors import ConsumptionError

_PREFIX = "CONSUMPTION_"


class WrongSetting(ConsumptionError):
    """A setting is unknown, or its value cannot be used."""


def read_settings(file: Path) -> Settings:
    """The settings in a TOML file, with `CONSUMPTION_*` over them."""
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and "__" in name:
            _refuse_unknown(name)
    try:
        return Settings(**tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"{file} is not valid TOML: {error}", "mend that line") from error
    except ValidationError as error:
        raise WrongSetting(*_explain(file, error)) from None  # the error itself repeats what was written


def _explain(file: Path, error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        said = f"{first['msg'][:1].lower()}{first['msg'][1:]}".replace("a valid tuple", 'a list, like ["one", "two"]')
        given = _without_password(first["input"])
        return f"{file.name}: {name} = {given}: {said}", f"correct {name}, or leave it out"
    return f"{file.name}: there is no setting {name}", _hint(name)


def _without_password(written: object) -> str:
    """What was written, without who signs in there and how: what is said goes to logs."""
    return re.sub(r"//.*@", "//***@", repr(written))


def _refuse_unknown(variable: str) -> None:
    """Raises WrongSetting for a variable of the environment that sets nothing."""
    model: Any = Settings
    parts = variable.removeprefix(_PREFIX).lower().split("__")
    for part in parts:
        if part not in model.model_fields:
            name = ".".join(parts)
            raise WrongSetting(f"the environment's {variable}: there is no setting {name}", _hint(name))
        model = model.model_fields[part].annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return  # a value, or a table of names of one's own


def _hint(name: str) -> str:
    if name == "webhook.secret":
        return "keep it out of files: set CONSUMPTION_WEBHOOK_SECRET in the environment"
    close = difflib.get_close_matches(name, list(_names(Settings)), n=1)
    return f"did you mean {close[0]}?" if close else "docs/reference.md lists the settings there are"


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        kind: Any = info.annotation
        inner = isinstance(kind, type) and issubclass(kind, BaseModel)
        yield from _names(kind, f"{prefix}{name}.") if inner else [f"{prefix}{name}"]
