"""Who ranks: promoting, going back, and a registry that follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.features.signal_set import fingerprints
from consumption.jobs.create import create
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.promote import promote
from consumption.jobs.registering import mended_registry_of, registry_of
from consumption.jobs.rollback import rollback
from consumption.models import served
from consumption.models.loading import versioned
from consumption.models.model import Model, StaleModel
from consumption.models.served import day_one
from tests.conftest import Command


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with two rules for help, 1 and 2, kept beside the store; 2 ranks."""
    made = create(tmp_path / "w")
    for version in ("1", "2"):
        served.keep(made.models, versioned(rule(made), version))
        served.promote(made.models, "help", version)
        now = served.pointer(made.models, "help")
        assert now is not None
        served.mark_told(made.models, "help", now)
    return made


def rule(workspace: Workspace) -> Model:
    """A rule on the workspace's signals."""
    return day_one("help", signals_of(workspace), usage_rules(workspace))


def without_server(workspace: Workspace) -> Workspace:
    """The same, with a tracking server that nobody answers at."""
    registry = workspace.settings.registry.model_copy(update={"tracking_uri": "http://127.0.0.1:9"})
    return replace(workspace, settings=workspace.settings.model_copy(update={"registry": registry}))


def test_going_back_is_one_command_and_again_it_returns(workspace: Workspace, command: Command) -> None:
    """The version before ranks from the next list on."""
    code, said, _ = command("rollback", "help", "-w", workspace.root)
    assert (code, "version 1 ranks from the next list on; before it, version 2 did" in said) == (0, True)
    assert served.pointer(workspace.models, "help") == served.Pointer("1", "2")
    assert rollback(workspace, "help").version == "2"


def test_going_back_needs_no_tracking_server(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is mended now, and the registry when it is there again."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    done = rollback(without_server(workspace), "help")
    now = served.pointer(workspace.models, "help")
    assert done.version == "1"
    assert "told when it is there again" in done.text
    assert now is not None
    assert not now.told
    mended_registry_of(workspace)
    now = served.pointer(workspace.models, "help")
    assert now is not None
    assert now.told


def test_promoting_what_is_kept_needs_no_tracking_server(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that lies beside the store can rank at once."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert promote(without_server(workspace), "help", "1").version == "1"


def test_nothing_to_go_back_to_is_said(workspace: Workspace, command: Command) -> None:
    """Exit code 1, with what to do."""
    code, _, error = command("rollback", "expand", "-w", workspace.root)
    assert code == 1
    assert "no model before this one for expand" in error
    code, _, error = command("promote", "help", "9", "-w", workspace.root)
    assert (code, "no model 9 for help" in error) == (1, True)


def test_a_model_on_other_signals_is_promoted_by_nobody(workspace: Workspace) -> None:
    """Neither forward nor back; the error says which signal, and what to do."""
    of = rule(workspace)
    prints = {**fingerprints(signals_of(workspace), usage_rules(workspace)), "seat_utilisation_28d": "another"}
    served.keep(workspace.models, versioned(of.with_about(replace(of.about, fingerprints=prints)), "3"))
    with pytest.raises(StaleModel, match="seat_utilisation_28d"):
        promote(workspace, "help", "3", yes=True)
    served.promote(workspace.models, "help", "3")
    served.promote(workspace.models, "help", "2")
    with pytest.raises(StaleModel, match="seat_utilisation_28d"):
        rollback(workspace, "help")
    now = served.pointer(workspace.models, "help")
    assert now is not None
    assert now.version == "2"


def test_names_in_the_registry_are_settings(workspace: Workspace) -> None:
    """`catalog.schema.name` passes as it is."""
    names = {"help": "main.growth.help", "expand": "main.growth.expand"}
    registry = workspace.settings.registry.model_copy(update=names)
    named = replace(workspace, settings=workspace.settings.model_copy(update={"registry": registry}))
    assert registry_of(named).names == names
