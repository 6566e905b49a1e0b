"""What was learned about the actions, in versions beside the store: a plan reads it without a tracking server."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from consumption.models.belief import Belief, Prior
from consumption.models.learning import Judgement, Posterior, judged
from consumption.models.logged_quarter import LoggedQuarter
from consumption.models.posterior_file import UnreadablePosterior, load_posterior, save_posterior

POINTER = "current.json"
POSTERIOR = "posterior.npz"
_ABOUT = "about.json"
_DECIMALS = 9

Priors = Mapping[str, Sequence[Prior]]


@dataclass(frozen=True)
class Learned:
    """One version of what was learned.

    `as_of`: by what was known then; `claims`: of the catalogue it began from; `evidence`: of the rows that were
    added; both SHA-256. `quarters`: the files of those rows. `judgements`: whether each action's part is used.
    """

    version: int
    as_of: str
    claims: str
    evidence: str
    quarters: tuple[str, ...]
    judgements: tuple[Judgement, ...]

    @property
    def used(self) -> tuple[str, ...]:
        """The actions of which what was learned is believed."""
        return tuple(judgement.action for judgement in self.judgements if judgement.used)


def added_up(priors: Priors, logged: Sequence[LoggedQuarter]) -> tuple[Posterior, tuple[Judgement, ...]]:
    """The catalogue and these quarters, oldest first: what is believed, and whether each action's part is used."""
    quarters = [one.among(tuple(priors)) for one in logged]
    slopes = np.average(
        [quarter.moves.slopes for quarter in quarters], axis=0, weights=[len(q.taken) for q in quarters]
    )
    posterior = Posterior.from_priors(priors, slopes)
    for one, quarter in zip(logged, quarters, strict=True):
        posterior = posterior.update(quarter, one.name)
    return posterior, tuple(_beyond_rounding(judgement) for judgement in judged(posterior, quarters))


def _beyond_rounding(judgement: Judgement) -> Judgement:
    """Where no other quarter tells of an action, gain and error are 0: rounding must not tell which is more."""
    gain, error = (round(value, _DECIMALS) for value in (judgement.gain, judgement.standard_error))
    return replace(judgement, gain=gain, standard_error=error)


def claims_of(priors: Priors) -> str:
    """SHA-256 of the actions and of what is claimed of each."""
    return hashlib.sha256(repr([(action, tuple(said)) for action, said in priors.items()]).encode()).hexdigest()


def evidence_of(files: Sequence[Path]) -> str:
    """SHA-256 of the files of some quarters, in their order."""
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def keep(root: Path, made: Learned, posterior: Posterior) -> Learned:
    """Keeps a version under the next number and lets it be believed from now on; the same again changes nothing.

    Whoever is killed between the two leaves a version that nobody reads; the next one takes its place.
    """
    now = current(root)
    if now and (now.claims, now.evidence, now.quarters) == (made.claims, made.evidence, made.quarters):
        return now
    root.mkdir(parents=True, exist_ok=True)
    kept = Learned(**{**vars(made), "version": now.version + 1 if now else 1})
    folder = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
    try:
        save_posterior(posterior, folder / POSTERIOR)
        (folder / _ABOUT).write_text(json.dumps(asdict(kept), indent=1), encoding="utf-8")
        folder.chmod(0o755)
        shutil.rmtree(place(root, kept), ignore_errors=True)
        folder.rename(place(root, kept))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _point(root, kept.version)
    return kept


def place(root: Path, learned: Learned) -> Path:
    """The folder of a version."""
    return root / str(learned.version)


def current(root: Path) -> Learned | None:
    """The version that is believed; None where nothing was learned."""
    pointer = root / POINTER
    if not pointer.is_file():
        return None
    version = json.loads(pointer.read_text("utf-8"))["version"]
    values = json.loads((root / str(version) / _ABOUT).read_text("utf-8"))
    judgements = tuple(Judgement(**one) for one in values.pop("judgements"))
    return Learned(**{**values, "quarters": tuple(values["quarters"])}, judgements=judgements)


def believed(root: Path, learned: Learned, priors: Priors, quarters: Path) -> Belief | None:
    """What was learned about the actions whose part is used, and nothing of others; None where none is.

    Where the catalogue claims something else by now, or the file is of other words, the same quarters (in the folder
    `quarters`) are added to what it claims today; one that cannot be read any more is left out.
    """
    if learned.claims == claims_of(priors):
        try:
            return _only(load_posterior(place(root, learned) / POSTERIOR).belief, learned.used)
        except UnreadablePosterior:
            pass  # Made anew below, from the same rows.
    logged = [one for file in learned.quarters if (one := LoggedQuarter.load(quarters / file))]
    if not logged:
        return None
    posterior, judgements = added_up(priors, logged)
    return _only(posterior.belief, [judgement.action for judgement in judgements if judgement.used])


def _only(belief: Belief, used: Sequence[str]) -> Belief | None:
    rows = [belief.actions.index(action) for action in used]
    return Belief(tuple(used), belief.mean[rows], belief.covariance[rows]) if rows else None


def _point(root: Path, version: int) -> None:
    """Replaces the pointer at once: a reader sees the version before or this one."""
    part = root / f".{POINTER}.part"
    part.write_text(json.dumps({"version": version}), encoding="utf-8")
    part.replace(root / POINTER)
