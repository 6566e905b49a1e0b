"""Learn what actions do from what was decided and what became of it, and believe it where it earned its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.decided_quarters import settled_quarters
from consumption.jobs.opening import catalogue_of
from consumption.models import learned
from consumption.models.belief import Belief
from consumption.models.learned import Learned
from consumption.models.learned_table import describe
from consumption.models.logged_quarter import LoggedQuarter

NOT_YET = "Actions: what the catalogue claims is believed; no quarter of decisions is over long enough to learn from."


@dataclass(frozen=True)
class EffectsLearned:
    """What was learned about actions; `table`: see `learned_table.describe`; `note`: why no registry knows of it."""

    learned: Learned | None
    table: pl.DataFrame | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """A sentence an action whose learned part is used."""
        if self.learned is None or self.table is None:
            return NOT_YET
        rows = self.table.filter("used")
        if rows.is_empty():
            return (
                f"Actions (version {self.learned.version}): {self._seen}; what the catalogue claims stays believed."
            )
        said = [_sentence(part) for part in rows.partition_by("action", maintain_order=True)]
        return "\n".join(
            [f"Actions (version {self.learned.version}): {self._seen}.", *said, *filter(None, [self.note])]
        )

    @property
    def _seen(self) -> str:
        of = self.learned
        quarters = len(of.quarters) if of else 0
        accounts = sum(judgement.accounts for judgement in of.judgements) if of else 0
        return f"{accounts:,} of what was done in {quarters} quarter{'s' if quarters != 1 else ''} can be judged"


Tell = Callable[[Learned, Path, pl.DataFrame], str]


def told_nobody(_learned: Learned, _folder: Path, _table: pl.DataFrame) -> str:
    """For whoever keeps no registry."""
    return ""


def learn(
    workspace: Workspace, *, as_of: datetime, tell: Tell = told_nobody, progress: Progress = silent
) -> EffectsLearned:
    """Add up every quarter of decisions whose outcomes are known at `as_of`, and believe it from the next plan on.

    What was learned is kept beside the store in versions; `tell` lets a registry know of a new one, or says why not.
    Quarters that were read before are not read again.
    """
    files = settled_quarters(workspace, quarters_folder(workspace), as_of, progress)
    logged = {file: one for file in files.values() if (one := LoggedQuarter.load(file)) and len(one.quarter.taken)}
    if not logged:
        return EffectsLearned(None)
    priors, before = catalogue_of(workspace).priors, learned.current(folder(workspace))
    posterior, judgements = learned.added_up(priors, list(logged.values()))
    made = Learned(
        version=0,
        as_of=as_of.isoformat(),
        claims=learned.claims_of(priors),
        evidence=learned.evidence_of(list(logged)),
        quarters=tuple(file.name for file in logged),
        judgements=judgements,
    )
    kept = learned.keep(folder(workspace), made, posterior)
    table = describe(posterior, judgements)
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


def version_in_use(workspace: Workspace) -> int:
    """The version of what was learned; 0 where nothing was."""
    now = learned.current(folder(workspace))
    return now.version if now else 0


def _sentence(rows: pl.DataFrame) -> str:
    """One action: what the catalogue claimed of each outcome it names, and what was learned."""
    action, accounts = rows["action"][0], rows["accounts"][0]
    claimed = rows.filter(pl.col("prior_odds") != 0)
    told = (
        claimed if claimed.height else rows.filter(pl.col("learned_odds").abs() == pl.col("learned_odds").abs().max())
    )
    return f"{action}: {'; '.join(_odds(told))} ({accounts:,} times done)."


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
