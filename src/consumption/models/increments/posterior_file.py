"""What was learned as a file: plain arrays and names, no pickles, refused where the words in it have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from consumption.errors import ConsumptionError
from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import OUTCOMES, Belief
from consumption.models.increments.evidence import FOLDS, Evidence, size_of
from consumption.models.increments.posterior import Posterior

FORMAT = 1
_PARTS = ("precision", "pull", "accounts")


class UnreadablePosterior(ConsumptionError):
    """A file does not hold what was learned, or holds it in other words than today's."""

    status = 503

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            problem=f"{path} cannot be read as what was learned about actions: {reason}",
            remedy="learn anew from the decisions and outcomes in the lake (consumption train)",
        )


def save_posterior(posterior: Posterior, path: Path) -> None:
    """Writes a NumPy archive: a header in JSON, and arrays of numbers."""
    header = {
        "format": FORMAT,
        "actions": list(posterior.prior.actions),
        "drivers": list(DRIVERS),
        "outcomes": list(OUTCOMES),
        "folds": FOLDS,
        "settled": list(posterior.names),
        "provisional": list(posterior.provisional),
        "came": list(posterior.came),
    }
    arrays: dict[str, NDArray[Any]] = {
        "header": np.array(json.dumps(header)),
        "prior_mean": posterior.prior.mean,
        "prior_covariance": posterior.prior.covariance,
        **_arrays("settled", posterior.settled),
    }
    for number, evidence in enumerate(posterior.provisional.values()):
        arrays |= _arrays(f"provisional{number}", evidence)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_posterior(path: Path) -> Posterior:
    """What `save_posterior` wrote; raises UnreadablePosterior."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays["header"]))
        _check(path, header)
        return _posterior(header, arrays)
    except (OSError, EOFError, BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise UnreadablePosterior(path, str(error)) from error


def _posterior(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Posterior:
    prior = Belief(tuple(header["actions"]), arrays["prior_mean"], arrays["prior_covariance"])
    provisional = {
        name: _evidence(f"provisional{number}", arrays) for number, name in enumerate(header["provisional"])
    }
    settled, came = _evidence("settled", arrays), tuple(header["came"])
    found = Posterior(prior, settled, tuple(header["settled"]), provisional, came)
    size = size_of(len(prior.actions))
    if found.settled.pull.shape != (FOLDS, len(OUTCOMES), size):
        raise ValueError("its arrays do not fit its actions")
    return found


def _arrays(name: str, evidence: Evidence) -> dict[str, NDArray[Any]]:
    return {f"{name}_{part}": getattr(evidence, part) for part in _PARTS}


def _evidence(name: str, arrays: Mapping[str, NDArray[Any]]) -> Evidence:
    return Evidence(*(arrays[f"{name}_{part}"] for part in _PARTS))


def _check(path: Path, header: Mapping[str, Any]) -> None:
    today = {"format": FORMAT, "drivers": list(DRIVERS), "outcomes": list(OUTCOMES), "folds": FOLDS}
    changed = [name for name, value in today.items() if header.get(name) != value]
    if changed:
        raise UnreadablePosterior(path, f"it was written with other {' and '.join(changed)}")
