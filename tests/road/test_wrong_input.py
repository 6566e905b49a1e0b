"""Wrong input: each is told by its message, with what to do."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from consumption.config import Workspace
from consumption.jobs.keys import store_of
from consumption.models.served import pointer
from consumption.serving.app import create_app
from tests.conftest import Command
from tests.road.conftest import NOW


def test_a_folder_that_is_no_workspace(tmp_path: Path, command: Command) -> None:
    """The message names the folder and how to make a workspace."""
    code, _, error = command("run", "-w", tmp_path)
    assert code == 1
    assert f"{tmp_path} is not a workspace" in error
    assert "consumption init" in error


def test_a_date_before_the_first_event(made: Workspace, command: Command) -> None:
    """The message names the first event."""
    code, _, error = command("signals", "--as-of", "2019-01-01", "-w", made.root)
    assert code == 1
    assert "nothing is known as of 2019-01-01: the first event happened on 2023" in error


def test_an_empty_workspace(tmp_path: Path, command: Command) -> None:
    """The message says what to bring in."""
    assert command("init", tmp_path / "new")[0] == 0
    code, _, error = command("run", "-w", tmp_path / "new")
    assert code == 1
    assert "there are no accounts yet" in error
    assert "consumption ingest accounts" in error


def test_a_port_in_use(made: Workspace, command: Command) -> None:
    """The message names the port and offers another, before any work is done."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, error = command("serve", "--port", port, "-w", made.root)
    assert code == 1
    assert f"port {port} on 127.0.0.1 is in use" in error
    assert f"--port {port + 1}" in error


def test_a_model_trained_on_other_signals(copy: Workspace, command: Command) -> None:
    """A model whose signals have moved ranks nobody, until it is retrained."""
    now = pointer(copy.models, "help")
    assert now is not None
    file = copy.models / "help" / now.version / "model.json"
    model = json.loads(file.read_text("utf-8"))
    moved = next(iter(model["fingerprints"]))
    model["fingerprints"][moved] = "0" * 64
    file.write_text(json.dumps(model), "utf-8")
    code, _, error = command("recommend", "--as-of", "2026-06-02", "-w", copy.root)
    assert code == 1
    assert f"signals changed since this model was trained: {moved}" in error
    assert "consumption train" in error


@pytest.mark.parametrize("job", [("check", "actions"), ("recommend", "--as-of", "2026-06-02")])
def test_an_action_whose_eligibility_names_an_unknown_signal(
    copy: Workspace, command: Command, job: tuple[str, ...]
) -> None:
    """The message names the action, the signal, and the one that was probably meant."""
    text = copy.actions_file.read_text("utf-8")
    copy.actions_file.write_text(
        text + '\n[[action]]\nid = "mine"\ntitle = "Mine"\nmotion = "help"\nservice_line = "support"\nhours = 1\n'
        'eligible = "active_user_28d > 3"\nsteps = ["Call"]\n',
        "utf-8",
    )
    code, _, error = command(*job, "-w", copy.root)
    assert code == 1
    assert "mine" in error
    assert "active_user_28d" in error
    assert "active_users_28d" in error


def test_an_unknown_setting_of_the_environment(
    copy: Workspace, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt variable would otherwise set nothing, and nobody would know."""
    monkeypatch.setenv("CONSUMPTION_RETENSION__USER_ROWS_DAYS", "400")
    code, _, said = command("signals", "-w", copy.root)
    assert code == 1
    assert "CONSUMPTION_RETENSION__USER_ROWS_DAYS: there is no setting retension.user_rows_days" in said
    assert "did you mean retention.user_rows_days?" in said


def test_a_history_that_ends_before_it_begins(copy: Workspace, command: Command) -> None:
    """And two questions at once: each says what to ask."""
    code, _, said = command("signals", "-w", copy.root, "--from", "2026-06-01", "--to", "2026-01-01")
    assert (code, "is after" in said) == (2, True)
    code, _, said = command("signals", "-w", copy.root, "--audit", "--account", "A10001")
    assert (code, "ask for one thing" in said) == (2, True)


def test_an_unknown_setting(copy: Workspace, command: Command) -> None:
    """The message names the setting and the one that was probably meant."""
    settings = copy.root / "consumption.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[policy]\nhour_costs = 80\n", "utf-8")
    code, _, error = command("run", "-w", copy.root)
    assert code == 1
    assert "there is no setting policy.hour_costs" in error
    assert "did you mean policy.hour_cost?" in error


def test_an_unknown_account(made: Workspace) -> None:
    """The API answers 404 with a problem that says what to do."""
    with store_of(made) as store:
        secret = store.create_key("test", ["read"], NOW).secret
    with TestClient(create_app(made.root), headers={"Authorization": f"Bearer {secret}"}) as client:
        reply = client.get("/v1/accounts/nobody")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert "nobody" in reply.json()["detail"]
    assert reply.json()["remedy"]


def test_an_unknown_table(made: Workspace, command: Command) -> None:
    """The message lists the tables there are."""
    code, _, error = command("ingest", "custumers", "x.csv", "-w", made.root)
    assert code == 1
    assert "there is no table `custumers`" in error
    assert "accounts, contracts, events" in error


def test_a_missing_argument_is_wrong_usage(command: Command) -> None:
    """Wrong usage exits with 2, what could not be done with 1."""
    assert command("ingest")[0] == 2
