"""What was decided and what became of it changes what is believed about actions, where that is earned."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from consumption.actions.catalogue import parse
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import recommend
from consumption.actions.rules import PolicyRules
from consumption.config import Workspace
from consumption.jobs import effects
from consumption.jobs.decided import decided
from consumption.jobs.opening import catalogue_of
from consumption.jobs.recommend import current_draft, make_draft
from consumption.models.increments import learned
from consumption.models.increments.belief import belief_of
from consumption.models.increments.learned import Learned
from consumption.models.increments.learning import Judgement, Posterior
from tests.actions.books import book
from tests.jobs import decided_book, wholly
from tests.jobs.decided_book import CLAIMS, DAYS, IDLE, LATER, WORKS
from tests.jobs.test_doctor import loaded

FIRST_KNOWN = datetime(2025, 7, 10, tzinfo=LATER.tzinfo)  # 14 + 56 + 30 days after the first quarter


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four quarters of decisions that nobody has learned from."""
    return decided_book.workspace(tmp_path_factory.mktemp("untaught"), accounts=1_000)


@pytest.fixture
def workspace(untaught: Workspace, tmp_path: Path) -> Workspace:
    """The same, with models of its own: the quarters are read anew."""
    (tmp_path / "w").symlink_to(untaught.root)
    (tmp_path / "other").mkdir()
    for file in untaught.root.iterdir():
        if file.name != "models":
            (tmp_path / "other" / file.name).symlink_to(file)
    return Workspace(tmp_path / "other", untaught.settings)


@pytest.fixture(scope="module")
def taught(untaught: Workspace) -> Workspace:
    """The workspace after all quarters were learned from."""
    effects.learn(untaught, as_of=LATER)
    return untaught


def inputs(workspace: Workspace) -> Inputs:
    """A week of sixty accounts, by the catalogue of a workspace and by what it has learned."""
    actions = catalogue_of(workspace)
    given = book(60, catalogue=actions, policy=PolicyRules(plans=10, explore=0.0))
    return replace(given, belief=effects.believed(workspace, actions))


def chosen(given: Inputs) -> dict[str, int]:
    """How often each action is recommended."""
    rows = recommend(given).recommendations.filter(pl.col("action") != "none")
    return dict(rows.group_by("action").len().sort("action").iter_rows())


def test_after_four_quarters_the_plan_prefers_what_works(taught: Workspace) -> None:
    """The catalogue claims that the newsletter does most; what happened says that it is the training."""
    given = inputs(taught)
    assert given.belief is not None
    before, after = chosen(replace(given, belief=None)), chosen(given)
    assert before.get(IDLE, 0) > before.get(WORKS, 0)
    assert after.get(WORKS, 0) > 10 * after.get(IDLE, 0)
    assert given.policy_version != replace(given, belief=None).policy_version


def test_effects_and_what_is_said_of_them_follow_what_was_learned(taught: Workspace) -> None:
    """The training was said to cut the odds of churn by 15 % and cuts them by 70 %; the newsletter does nothing."""
    done = effects.learn(taught, as_of=LATER)
    assert done.table is not None
    odds = {row["action"]: row for row in done.table.filter(outcome="churn").iter_rows(named=True)}
    assert odds[WORKS]["prior_odds"] == pytest.approx(-0.15)
    assert odds[WORKS]["low"] - 0.1 < -0.70 < odds[WORKS]["high"]
    assert odds[IDLE]["low"] < 0.0 < odds[IDLE]["high"]
    lines = done.text.splitlines()
    assert len(lines) == 4
    assert lines[3].startswith("Learner: the layer; tried against trees on newsletter, training: the ")
    assert lines[1].startswith("training: the odds of churn where low_adoption is full change by -")
    assert "the catalogue claims -15%" in lines[1]
    exported = recommend(inputs(taught)).effects.group_by("action").agg(pl.col("effect").mean())
    means = dict(exported.iter_rows())
    assert means[WORKS] > 3 * abs(means[IDLE])


def test_the_same_again_changes_nothing_and_tells_nobody(taught: Workspace) -> None:
    """The same decisions and outcomes give the same version, from the quarters as they were read."""
    told: list[int] = []

    def tell(version: Learned, _folder: Path, _table: pl.DataFrame) -> str:
        told.append(version.version)
        return ""

    files = {file: file.stat().st_mtime_ns for file in effects.quarters_folder(taught).iterdir()}
    done = effects.learn(taught, as_of=LATER + timedelta(days=1), tell=tell)
    assert done.learned is not None
    assert done.learned.version == effects.version_in_use(taught) == 1
    assert told == []
    assert files == {file: file.stat().st_mtime_ns for file in effects.quarters_folder(taught).iterdir()}


def test_before_a_quarter_is_over_long_enough_nothing_is_learned(workspace: Workspace) -> None:
    """Lead, horizon and late signatures of its last day have to be past: a day earlier it says nothing."""
    assert effects.learn(workspace, as_of=FIRST_KNOWN - timedelta(days=1)).text == effects.NOT_YET
    assert effects.believed(workspace, catalogue_of(workspace)) is None
    done = effects.learn(workspace, as_of=FIRST_KNOWN)
    assert done.learned is not None
    assert len(done.learned.quarters) == 1


def test_one_quarter_is_not_enough_to_leave_the_catalogue(workspace: Workspace) -> None:
    """What was learned has to prove itself in a quarter that it was not learned from; the plan stays bit for bit."""
    done = effects.learn(workspace, as_of=FIRST_KNOWN)
    assert done.learned is not None
    assert done.learned.used == ()
    assert "what the catalogue claims stays believed" in done.text
    given = inputs(workspace)
    assert given.belief is None


def test_where_nothing_was_learned_the_catalogue_is_believed_bit_for_bit() -> None:
    """Without a learned part the belief is the catalogue's, and an empty one is the same plan."""
    given = book(60, policy=PolicyRules(plans=10))
    claimed = belief_of(given.ranked, given.catalogue.priors)
    assert given.believed.actions == claimed.actions
    assert given.believed.mean.tobytes() == claimed.mean.tobytes()
    assert given.believed.covariance.tobytes() == claimed.covariance.tobytes()
    same = replace(
        given, belief=replace(claimed, actions=(), mean=claimed.mean[:0], covariance=claimed.covariance[:0])
    )
    assert recommend(same).effects.equals(recommend(given).effects)


def test_a_version_that_nobody_points_to_is_not_read(workspace: Workspace) -> None:
    """Stopped between the file and the pointer: the plan believes what it did, and the next try puts it in order."""
    effects.learn(workspace, as_of=LATER)
    (effects.folder(workspace) / learned.POINTER).unlink()
    assert (effects.folder(workspace) / "1" / learned.POSTERIOR).is_file()
    assert effects.believed(workspace, catalogue_of(workspace)) is None
    assert effects.version_in_use(workspace) == 0

    done = effects.learn(workspace, as_of=LATER)
    assert done.learned is not None
    assert (done.learned.version, set(done.learned.used)) == (1, {WORKS, IDLE})
    assert effects.believed(workspace, catalogue_of(workspace)) is not None


def test_evidence_stays_for_actions_that_stay_in_the_catalogue(taught: Workspace) -> None:
    """Another action comes and one goes: what was learned of the third is believed, by what is claimed of it now."""
    text = decided_book.catalogue((WORKS, -0.25), ("call", -0.10))
    changed = parse(text, ["active_users_28d"])
    found = effects.believed(taught, changed)
    assert found is not None
    assert found.actions == (WORKS,)
    now = effects.believed(taught, catalogue_of(taught))
    assert now is not None
    assert found.mean[0, 0].sum() == pytest.approx(now.mean[now.actions.index(WORKS), 0].sum(), rel=0.2)


def test_nothing_that_is_kept_names_an_account(taught: Workspace) -> None:
    """Rows are numbers: whoever reads the files learns of no account."""
    for file in effects.folder(taught).rglob("*"):
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype.kind in "fi" or name == "header" for name in arrays.files)
                assert "acct" not in str(arrays["header"])
        elif file.is_file():
            assert "acct" not in file.read_text("utf-8")


def test_the_plan_is_made_from_what_was_learned(tmp_path: Path) -> None:
    """A version that is believed reaches the plan of a workspace, and a draft from before it is made anew."""
    shop = loaded(tmp_path, {**wholly.tables(), "events": wholly.events(60)})
    draft = make_draft(shop, as_of=wholly.AS_OF)
    priors = catalogue_of(shop).priors
    judgements = tuple(Judgement(action, float(action == "value_review"), 0.5, 40) for action in priors)
    kept = Learned(0, wholly.AS_OF.isoformat(), learned.claims_of(priors), "evidence", (), judgements)
    learned.keep(effects.folder(shop), kept, Posterior.from_priors(priors, np.full(3, 0.1)))

    assert current_draft(shop, wholly.AS_OF) is None
    again = make_draft(shop, as_of=wholly.AS_OF)
    assert (draft.about["effects_version"], again.about["effects_version"]) == (0, 1)
    assert draft.about["policy_version"] != again.about["policy_version"]
    assert current_draft(shop, wholly.AS_OF) is not None


def row(number: int, day: int, action: str, arm: str | None, would_be: str | None = None, **other: object) -> object:
    """A logged decision in which `training` had three plans of ten, times .9."""
    said = {"training": 0.27, "none": 0.73}
    return {
        "decision_id": f"d{number}-{day}",
        "account_id": f"a{number}",
        "timestamp": DAYS[0] + timedelta(days=day),
        "action": action,
        "propensities": json.dumps(said),
        "would_be": would_be,
        "decided_by": "policy",
        "attributes": json.dumps({"arm": arm}),
    } | other


def test_only_what_chance_decided_or_a_rep_is_learned_from() -> None:
    """What was mandatory, certain, or not in its own log is left out; a rep's choice has no known chance."""
    log = decided(
        pl.DataFrame(
            [
                row(1, 0, "training", None, attributes=json.dumps({"mandatory": True})),
                row(2, 0, "training", None, propensities=json.dumps({"training": 1.0})),
                row(3, 0, "call", None),
                row(4, 0, "none", None, propensities="no JSON"),
                row(5, 0, "call", None, propensities=None, decided_by="rep"),
                row(6, 0, "training", None),
            ]
        ),
        0.1,
    )
    assert log.actions == ("call", "training")
    assert log.rows.select("account_id", "taken").rows() == [("a5", 0), ("a6", 1)]
    assert np.isnan(log.chances[0]).all()
    assert log.chances[1].tolist() == [0.0, 0.27]


def test_the_claims_in_the_test_are_the_wrong_way_round() -> None:
    """Otherwise believing the catalogue would do."""
    assert dict(CLAIMS)[IDLE] < dict(CLAIMS)[WORKS]
