"""Learn what actions do from what was decided and what became of it, and believe it where it earned its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.decided_quarters import EARLY, read_quarters
from consumption.jobs.opening import catalogue_of
from consumption.models.increments import learned
from consumption.models.increments.belief import Belief
from consumption.models.increments.learned import Learned
from consumption.models.increments.learned_table import describe
from consumption.models.increments.logged_quarter import LoggedQuarter
from consumption.models.increments.posterior_file import UnreadablePosterior, load_posterior

OF_ITS_OWN = 30
"""Accounts that got an action, below which what is believed of it is rather what the others make likely: all claims
are weighed by the share of them that turned out idle."""

NOT_YET = "Actions: what the catalogue claims is believed; no quarter of decisions is over long enough to learn from."


@dataclass(frozen=True)
class EffectsLearned:
    """What was learned about actions; `table`: see `learned_table.describe`; `note`: why no registry knows of it."""

    learned: Learned | None
    table: pl.DataFrame | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """What can be judged, a sentence an action whose learned part is used, and which learner found it."""
        if self.learned is None or self.table is None:
            return NOT_YET
        rows = self.table.filter("used")
        begun = f"Actions (version {self.learned.version}): {seen(self.learned)}"
        if rows.is_empty():
            said = [f"{begun}; what the catalogue claims stays believed."]
        else:
            parts = rows.partition_by("action", maintain_order=True)
            said = [f"{begun}.", *(_sentence(part, self.learned.early) for part in parts)]
        return "\n".join([*said, *filter(None, [self.learned.learner, self.note])])


Tell = Callable[[Learned, Path, pl.DataFrame], str]


def told_nobody(_learned: Learned, _folder: Path, _table: pl.DataFrame) -> str:
    """For whoever keeps no registry."""
    return ""


def learn(
    workspace: Workspace, *, as_of: datetime, tell: Tell = told_nobody, progress: Progress = silent
) -> EffectsLearned:
    """Add up every quarter of decisions whose outcomes are known at `as_of`, and believe it from the next plan on.

    Decisions of a quarter that is not over long enough count half, by early signs, as far as use shows them.
    What was learned is kept beside the store in versions; `tell` lets a registry know of a new one, or says why not.
    Quarters whose outcomes were read before are not read again.
    """
    files = read_quarters(workspace, quarters_folder(workspace), as_of, progress)
    logged = {file: one for file in files.values() if (one := LoggedQuarter.load(file)) and len(one.quarter.taken)}
    if not logged:
        return EffectsLearned(None)
    priors, before = catalogue_of(workspace).priors, learned.current(folder(workspace))
    quarters = list(logged.values())
    posterior, judgements = learned.added_up(priors, quarters)
    about = learned.claims_of(priors), learned.evidence_of(list(logged)), tuple(file.name for file in logged)
    known = before.learner if before and learned.is_same(before, *about) else ""
    made = Learned(
        version=0,
        as_of=as_of.isoformat(),
        claims=about[0],
        evidence=about[1],
        quarters=about[2],
        judgements=judgements,
        early=learned.by_early_signs(priors, quarters),
        learner=known or learned.learner_of(priors, quarters),
    )
    kept = learned.keep(folder(workspace), made, posterior)
    _forget_early_signs(quarters_folder(workspace), kept)
    table = describe(posterior, judgements, kept.early)
    new = before is None or before.version != kept.version
    return EffectsLearned(kept, table, tell(kept, learned.place(folder(workspace), kept), table) if new else "")


def folder(workspace: Workspace) -> Path:
    """Where the versions of what was learned about actions are."""
    return workspace.models / "effects"


def quarters_folder(workspace: Workspace) -> Path:
    """Where the quarters that it was learned from are."""
    return folder(workspace) / "quarters"


def believed(workspace: Workspace, catalogue: Catalogue) -> Belief | None:
    """What is believed about the actions whose learned part is used; None where the catalogue is believed of all."""
    now = learned.current(folder(workspace))
    if now is None:
        return None
    return learned.believed(folder(workspace), now, catalogue.priors, quarters_folder(workspace))


def learned_so_far(workspace: Workspace) -> pl.DataFrame | None:
    """What was learned about each action: see `learned_table.describe`. None where nothing was, or in other words."""
    now = learned.current(folder(workspace))
    if now is None:
        return None
    try:
        posterior = load_posterior(learned.place(folder(workspace), now) / learned.POSTERIOR)
    except UnreadablePosterior:
        return None
    return describe(posterior, now.judgements, now.early)


def version_in_use(workspace: Workspace) -> int:
    """The version of what was learned; 0 where nothing was."""
    now = learned.current(folder(workspace))
    return now.version if now else 0


def sources(workspace: Workspace) -> str:
    """Where the effects of a plan come from, in a sentence: the catalogue, or so many accounts and early signs."""
    now = learned.current(folder(workspace))
    if now is None or not now.used:
        return "effects: as the catalogue claims"
    used = [judgement for judgement in now.judgements if judgement.used]
    told = _accounts(sum(one.accounts for one in used), sum(now.early.get(one.action, 0) for one in used))
    which = f"of {len(used)} action{'' if len(used) == 1 else 's'} learned from {told}"
    few = sum(one.accounts < OF_ITS_OWN for one in used)
    if few:
        which += f" ({few} of them as the others make likely, with under {OF_ITS_OWN} accounts of its own)"
    return f"effects (version {now.version}): {which}; of all others as the catalogue claims"


def seen(of: Learned) -> str:
    """How much of what was done there is to learn from, and by what."""
    quarters, accounts, early = len(of.quarters), sum(one.accounts for one in of.judgements), sum(of.early.values())
    told = f"{accounts - early:,} of what was done in {quarters} quarter{'s' if quarters != 1 else ''} can be judged"
    return f"{told}, {early:,} more shows early signs in use" if early else told


def evidence(accounts: int, early: int = 0) -> str:
    """What was learned of an action comes from, in words; `early`: accounts that are told by early signs."""
    if accounts < OF_ITS_OWN:
        return f"as the others make likely: of its own {_accounts(accounts, early)}"
    return f"learned from {_accounts(accounts, early)}"


def _forget_early_signs(quarters: Path, now: Learned) -> None:
    """Removes the files of early signs that outcomes have replaced."""
    for file in quarters.glob(f"*{EARLY}.npz"):
        if file.name not in now.quarters:
            file.unlink()


def _accounts(number: int, early: int) -> str:
    told = f"{number:,} account{'' if number == 1 else 's'}"
    return f"{told}, {early:,} of them by early signs" if early else told


def _sentence(rows: pl.DataFrame, early: Mapping[str, int]) -> str:
    """One action: what the catalogue claimed of each outcome it names, and what was learned."""
    action, accounts = rows["action"][0], rows["accounts"][0]
    claimed = rows.filter(pl.col("prior_odds") != 0)
    told = (
        claimed if claimed.height else rows.filter(pl.col("learned_odds").abs() == pl.col("learned_odds").abs().max())
    )
    return f"{action}: {'; '.join(_odds(told))} ({evidence(accounts, early.get(action, 0))})."


def _odds(rows: pl.DataFrame) -> Iterator[str]:
    for row in rows.iter_rows(named=True):
        where = (
            "anywhere"
            if row["where"] == "constant"
            else f"where {row['where']} {'are' if ' and ' in row['where'] else 'is'} full"
        )
        yield (
            f"the odds of {row['outcome']} {where} change by {row['learned_odds']:+.0%} "
            f"({row['low']:+.0%} to {row['high']:+.0%}), the catalogue claims {row['prior_odds']:+.0%}"
        )
