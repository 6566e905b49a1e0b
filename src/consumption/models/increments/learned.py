"""What was learned about the actions, in versions beside the store: a plan reads it without a tracking server."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from consumption.models.increments import early
from consumption.models.increments.belief import OUTCOMES, Belief, Prior
from consumption.models.increments.challenge import challenged
from consumption.models.increments.evidence import Quarter
from consumption.models.increments.learning import Judgement, Posterior, judged
from consumption.models.increments.logged_quarter import LoggedQuarter
from consumption.models.increments.posterior_file import UnreadablePosterior, load_posterior, save_posterior

POINTER = "current.json"
POSTERIOR = "posterior.npz"
_ABOUT = "about.json"

Priors = Mapping[str, Sequence[Prior]]


@dataclass(frozen=True)
class Learned:
    """One version of what was learned.

    `as_of`: by what was known then; `claims`: of the catalogue it began from; `evidence`: of the rows that were
    added; both SHA-256. `quarters`: the files of those rows. `judgements`: whether each action's part is used.
    `early`: of each action, how many of the times it was done are told by early signs; none where left out.
    `learner`: which learner it comes from, in a sentence.
    """

    version: int
    as_of: str
    claims: str
    evidence: str
    quarters: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    early: Mapping[str, int] = field(default_factory=dict)
    learner: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """The actions of which what was learned is believed."""
        return tuple(judgement.action for judgement in self.judgements if judgement.used)


def added_up(priors: Priors, logged: Sequence[LoggedQuarter]) -> tuple[Posterior, tuple[Judgement, ...]]:
    """The catalogue and these quarters, oldest first: what is believed, and whether each action's part is used.

    Early signs are believed at their weight and judge nothing: what they miss of an effect, they miss in every
    quarter alike.
    """
    quarters = {one.name: quarter for one in logged if len((quarter := _told(one, priors)).taken)}
    posterior = _posterior(priors, quarters)
    outcomes = [early.ground(quarter) for quarter in quarters.values()]
    return posterior, judged(posterior, outcomes if any(len(quarter.taken) for quarter in outcomes) else [])


def learner_of(priors: Priors, logged: Sequence[LoggedQuarter]) -> str:
    """Which learner the effects come from, and what became of its challengers, by outcomes alone."""
    outcomes = {one.name: quarter for one in logged if len((quarter := early.ground(_told(one, priors))).taken)}
    return challenged(list(outcomes.values()), _posterior(priors, outcomes)).text


def _posterior(priors: Priors, quarters: Mapping[str, Quarter]) -> Posterior:
    """The catalogue and these quarters."""
    slopes = [quarter.moves.slopes for quarter in quarters.values()] or [np.full(len(OUTCOMES), 0.25)]
    weights = [len(quarter.taken) for quarter in quarters.values()] or [1]
    posterior = Posterior.from_priors(priors, np.average(slopes, axis=0, weights=weights))
    for name, quarter in quarters.items():
        posterior = posterior.update(quarter, name)
    return posterior


def by_early_signs(priors: Priors, logged: Sequence[LoggedQuarter]) -> dict[str, int]:
    """How often each action was done in quarters that are told by early signs; actions without are left out."""
    taken = [_told(one, priors).taken for one in logged if early.is_early(one.quarter)]
    counts = np.bincount(np.concatenate([part[part >= 0] for part in taken] or [np.empty(0, int)]), minlength=1)
    return {action: int(count) for action, count in zip(priors, counts, strict=False) if count}


def _told(logged: LoggedQuarter, priors: Priors) -> Quarter:
    """The rows of a quarter that say something of these actions."""
    quarter = logged.among(tuple(priors))
    if not early.is_early(quarter):
        return quarter
    return early.only(quarter, np.isin(list(priors), early.work_through_use(priors)))


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
    if now and is_same(now, made.claims, made.evidence, made.quarters):
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


def is_same(now: Learned, claims: str, evidence: str, quarters: tuple[str, ...]) -> bool:
    """Whether a version was learned from the same."""
    return (now.claims, now.evidence, now.quarters) == (claims, evidence, quarters)


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
