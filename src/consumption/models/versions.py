"""What stands in the registry: versions, the names that point to them, and what it may refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from consumption.errors import ConsumptionError
from consumption.models.motion import Motion

NAMES: Mapping[Motion, str] = {"help": "consumption-help", "expand": "consumption-expand"}
# Who signs in, and by what, in the address of a server; a slash in a password is written %2F there.
_SIGN_IN = re.compile(r"(?<=://)[^/\s]*@")
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def without_sign_in(text: str) -> str:
    """The text, no name and no password in its addresses: fit for messages, notes and logs."""
    return _SIGN_IN.sub("***@", text)


class RegistryUnreachable(ConsumptionError):
    """MLflow did not answer, or refused."""

    status = 503

    def __init__(self, uri: str, why: str) -> None:
        super().__init__(
            problem=without_sign_in(f"the model registry at {uri} did not do what was asked: {why}"),
            remedy="check that the server runs and its address is right; lists go on with the model served today",
        )


class NoRights(ConsumptionError):
    """The tracking server knows us, and does not let us write."""

    status = 403

    def __init__(self, uri: str, names: Sequence[str], why: str) -> None:
        called = ", ".join(names)
        super().__init__(
            problem=without_sign_in(f"the model registry at {uri} gives no right to write: {why}"),
            remedy=f"ask for the right to edit the experiments and registered models {called} and to store files, or "
            "name others under [registry] in consumption.toml; nothing was trained",
        )


@dataclass(frozen=True)
class Logged:
    """A training in the registry: its run, the version that is to be champion and the one that is challenger.

    Either is empty where the training did not make one.
    """

    run_id: str
    champion: str
    challenger: str


@dataclass(frozen=True)
class Version:
    """A registered version: its number, its run, the aliases that point to it, and its kind (`lightgbm`, `rule`)."""

    motion: Motion
    version: str
    run_id: str
    aliases: tuple[str, ...]
    kind: str
    as_of: str


@dataclass(frozen=True)
class Record:
    """What the run of a version was made with, and what it measured."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
