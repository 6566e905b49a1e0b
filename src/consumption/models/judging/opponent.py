"""What a challenger may fairly be held against: who answers another question, or has seen the answers, is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting
from consumption.models.heads.fitting import fit_ranker, grown_by, lesson_of
from consumption.models.heads.grown import Grown
from consumption.models.heads.lambdarank import ORDERING, fit_lambdarank
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.regrown import grown_on_all
from consumption.models.heads.rule import Rule
from consumption.models.judging.gate import LEAST_OVERLAP
from consumption.models.judging.held_out import HeldOut
from consumption.models.model import About, Model, StaleModel, refuse_missing, refuse_stale
from consumption.models.samples.dataset import TrainingSet


@dataclass(frozen=True, eq=False)
class Opponent:
    """What a challenger is held against, on rows that none of the two has learned from.

    `name`: `rule`, the version that ranks, or that version `taught anew`. `why`: why it is not what ranks, in
    sentences; empty where it is. `ranks`: the ranker that ranks today and goes on where the challenger does not win;
    None where that is a rule, or can be used no longer.
    """

    model: Model
    name: str
    why: str = ""
    ranks: Ranker | None = None

    @property
    def key(self) -> str:
        """What its scores are called among those of a training."""
        return self.name if self.name == "rule" else "champion" if self.ranks is self.model else "taught_anew"


def usable(champion: Model | None, data: TrainingSet) -> tuple[Ranker | None, str]:
    """The champion where it is a ranker on today's signals; else None, and why not if it was one, as a sentence."""
    if not isinstance(champion, Ranker):
        return None, ""
    try:
        refuse_stale(champion.about, data.fingerprints)
        refuse_missing(champion.about, data.rows)
    except StaleModel as stale:
        return None, f"{called(champion)} can rank no longer ({stale.problem}): it is no opponent."
    return champion, ""


def another_question(about: About, data: TrainingSet) -> str:
    """In words, what the model's labels do not share with this training's; empty where they are the same."""
    days = data.horizon.days
    other = () if about.horizon_days == days else (f"{about.horizon_days} days ahead, not {days}",)
    labels = about.lesson.differs(lesson_of(data)) if about.lesson else ()
    return "; ".join((*other, *labels))


def has_seen(about: About, data: TrainingSet) -> str:
    """Why the model may know what became of the test rows, in words; empty where it cannot."""
    if about.as_of is None or not data.horizon.split.test:
        return ""
    begins = data.horizon.split.test[0]
    if about.as_of > data.as_of:
        return f"it was trained as of {about.as_of:%Y-%m-%d}, after the day of this training ({data.as_of:%Y-%m-%d})"
    # A model that does not say until when it learned may have learned until the day it was trained.
    until = about.lesson.until if about.lesson else about.as_of
    if until is None or until <= begins:
        return ""
    return f"what it learned from reaches to {until:%Y-%m-%d}, and the test rows begin on {begins:%Y-%m-%d}"


def opponent_of(champion: Model | None, rule: Rule, held: HeldOut, grown: Grown) -> Opponent:
    """The champion where the two can be held against each other, else what stands for it.

    One that answers another question (horizon, lead, thresholds, source) is stood in for by the rule: this training's
    validation rows have chosen kind and settings anew for the new question, and the champion's, taught by the same
    rows, would be the challenger itself, over which nothing ever wins. One that has seen test rows is stood in for by
    its kind and settings, taught by the training rows. Its own lists are those that would change, in both cases.
    """
    ranks, gone = usable(champion, held.data)
    if ranks is None:
        return Opponent(rule, "rule", gone)
    asked, seen = another_question(ranks.about, held.data), has_seen(ranks.about, held.data)
    if asked:
        why = f"{called(ranks)} answers another question ({asked}): the rule, fitted on these rows, stands for it."
        return Opponent(rule, "rule", why, ranks)
    if seen:
        why = (
            f"{called(ranks)} may know the test rows ({seen}): its kind and settings, taught by these training rows, "
        )
        anew, name = taught_anew(ranks, held, grown), f"{ranks.about.version} taught anew"
        return Opponent(anew, name, f"{why}stand for it.", ranks)
    return Opponent(ranks, ranks.about.version, "", ranks)


def taught_anew(model: Ranker, held: HeldOut, grown: Grown) -> Ranker:
    """A ranker of the same kind and settings, taught by the training rows; one that this training has made is taken.

    A model that does not say how it grew has the usual settings.
    """
    for made in (grown.probabilities, grown.order):
        if model.kind == made.kind and _settings(model) == _settings(made):
            return made
    known = _settings(model)
    monotone = bool(known.pop("monotone"))
    settings, data, seed, k = Boosting(**known), held.data, held.seed, held.rules.k
    motion = model.about.motion
    if model.kind == "lambdarank":
        return fit_lambdarank(
            motion, data, seed=seed, settings=settings, monotone=monotone, k=k, beside=grown.probabilities
        )
    first = fit_ranker(motion, data, seed=seed, settings=settings, monotone=monotone, k=k)
    return grown_on_all(first, data, seed=seed, settings=settings, monotone=monotone)


def rule_that_ranks(champion: Model | None, rule: Rule, held: HeldOut) -> tuple[Rule, str]:
    """The rule fitted anew in place of the rule that ranks, unless it would be worse; then why not, as a sentence.

    The one that ranks goes on where it is of a later day, where the new one's lists hold less beyond doubt and, until
    somebody approves, where most of the lists would change. The new one need not be better: it is the same eight
    weights, brought up to date. A rule that only expects, of priors, always gives way.
    """
    data = held.data
    if not isinstance(champion, Rule) or champion.about.as_of is None or data.part("test").is_empty():
        return rule, ""
    try:
        refuse_stale(champion.about, data.fingerprints)
        refuse_missing(champion.about, data.rows)
    except StaleModel:
        return rule, ""
    scores = held.scores({"before": champion, "anew": rule})
    verdict = held.verdict(scores["before"], scores["anew"])
    goes_on = f"{called(champion)} goes on ranking"
    if champion.about.as_of > data.as_of:
        return champion, f"{goes_on}: {has_seen(champion.about, data)}."
    if verdict.high < 0.0 and not another_question(champion.about, data):
        return champion, f"{goes_on}; the rule fitted anew is worse. {verdict.reasons[0]}"
    if verdict.overlap < LEAST_OVERLAP and not held.rules.approved:
        share = f"{verdict.overlap:.0%} of its lists would stay"
        return (
            champion,
            f"{goes_on}; with the rule fitted anew only {share}: approve it (consumption train --approve).",
        )
    return rule, ""


def called(model: Model) -> str:
    """What people call a model that ranks."""
    return f"Version {model.about.version}" if model.about.version else "What ranks"


def _settings(model: Ranker) -> dict[str, Any]:
    """How it grew, by name."""
    if model.about.lesson and model.about.lesson.settings:
        return dict(model.about.lesson.settings)
    return grown_by(ORDERING if model.kind == "lambdarank" else USUAL_BOOSTING, monotone=True)
