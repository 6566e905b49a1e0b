"""consumption check actions: what it says of the catalogue as it stands, not as it stood when a plan was made."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from consumption.actions.catalogue import default_text
from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.check_actions import NOT_KNOWN, check_actions
from consumption.jobs.create import create
from consumption.jobs.open_today import open_today
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.jobs.recommend import make_draft
from tests.conftest import Command
from tests.features.quality.small import AS_OF, book
from tests.jobs.test_doctor import loaded

MORE = '[[action]]\nid = "{id}"\ntitle = "T"\nmotion = "help"\nservice_line = "support"\nhours = 1\nsteps = ["do"]\n'


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A small book with a vendor, of which one plan was made."""
    products = pl.DataFrame({"product": ["reports"], "vendor": ["Lumetra"]})
    workspace = loaded(tmp_path_factory.mktemp("checked"), {**book(), "products": products})
    make_draft(workspace, as_of=AS_OF)
    return workspace


def written(workspace: Workspace, *entries: str) -> Workspace:
    """The same workspace with the package's actions and these beside them."""
    workspace.actions_file.write_text("\n".join([default_text(), *entries]), "utf-8")
    return workspace


def test_an_action_that_was_just_written_is_judged_by_its_own_condition(planned: Workspace) -> None:
    """No plan has seen it; that it is open to everyone who may be contacted is known from the newest signals."""
    new = MORE.format(id="zz_new") + 'eligible = "active_days_28d >= 0"\n'
    never = MORE.format(id="zz_never") + 'eligible = "active_days_28d > 99"\n'
    said = check_actions(written(planned, new, never)).text
    everyone = lake_of(planned).read_snapshot(AS_OF)
    assert everyone is not None
    assert f"zz_new: 1 hour, support, fits {everyone.height} of {everyone.height} accounts" in said
    assert f"zz_never: 1 hour, support, fits 0 of {everyone.height} accounts" in said
    (idle,) = [line for line in said.splitlines() if line.startswith("nobody can get")]
    assert "zz_never" in idle
    assert "zz_new" not in idle
    assert f"no mistakes; by the signals of {AS_OF:%Y-%m-%d}" in said


def test_it_counts_as_the_plan_of_that_day_did(planned: Workspace) -> None:
    """One eligibility: as long as the catalogue is the same, both say the same of every action."""
    found = open_today(planned, catalogue_of(written(planned)))
    draft = drafts.load(planned.drafts, AS_OF)
    assert found is not None
    assert draft is not None
    assert found.fits == dict(draft.effects.group_by("action").agg(pl.col("eligible").sum()).iter_rows())
    assert sum(found.fits.values()) > 0


A_NUMBER = (
    '@signal(unit="users", family="people", source="users", window=weeks(4), silence=0, direction=1, label="A")\n'
    'def all_users() -> pl.Expr:\n    """Users who did anything."""\n    return pl.len()\n'
)
A_WORD = (
    '@signal(unit="word", family="people", source="stages", label="A")\n'
    'def mood() -> pl.Expr:\n    """How it goes."""\n    return pl.lit("fine")\n'
)


@pytest.mark.parametrize(
    ("late", "name", "condition"), [(A_NUMBER, "all_users_28d", "> 0"), (A_WORD, "mood", "= 'fine'")]
)
def test_what_no_snapshot_has_seen_yet_is_not_known(planned: Workspace, late: str, name: str, condition: str) -> None:
    """A signal that was written after the snapshot: neither nobody nor everybody can be said."""
    own = planned.root / "features" / "late.py"
    own.write_text(
        f"import polars as pl\n\nfrom consumption.features.signal import signal, weeks\n\n\n{late}", "utf-8"
    )
    try:
        said = check_actions(written(planned, MORE.format(id="zz_own") + f'eligible = "{name} {condition}"\n')).text
    finally:
        own.unlink()
    assert f"zz_own: 1 hour, support, not known whom it fits until {name} is computed" in said
    assert "zz_own" not in said[said.find("nobody can get") :]


def test_a_vendor_and_a_goal_that_no_table_has_are_told(planned: Workspace, command: Command) -> None:
    """With their line and what may have been meant; they are no mistake of form, and the catalogue can be used."""
    entry = MORE.format(id="zz_new") + 'eligible = "true"\nvendor = "Lumtera"\ngoals = ["savetime"]\n'
    written(planned, entry)
    lines = planned.actions_file.read_text("utf-8").splitlines()
    code, said, _ = command("check", "actions", "-w", planned.root)
    assert code == 0
    vendor, goal = (lines.index(line) + 1 for line in ('vendor = "Lumtera"', 'goals = ["savetime"]'))
    assert (
        f"actions.toml line {vendor}: action zz_new: no product of the table products is of vendor 'Lumtera'" in said
    )
    assert "did you mean Lumetra?" in said
    assert (
        f"actions.toml line {goal}: action zz_new: no account has the goal 'savetime', did you mean save time?"
        in said
    )
    assert "actions, 2 to look at" in said


def test_before_any_signals_it_is_not_known_whom_an_action_fits(tmp_path: Path) -> None:
    """A new workspace: nothing is said of anybody."""
    said = check_actions(create(tmp_path / "new")).text
    assert NOT_KNOWN in said
    assert "fits" not in said
    assert "nobody can get" not in said


def test_an_empty_catalogue_says_that_nothing_could_be_recommended(tmp_path: Path) -> None:
    """It is no mistake of form, and hardly what anybody wants."""
    workspace = create(tmp_path / "new")
    workspace.actions_file.write_text("# none\n", "utf-8")
    assert (
        "no action stands in actions.toml, so nothing could be recommended to anybody"
        in check_actions(workspace).text
    )
