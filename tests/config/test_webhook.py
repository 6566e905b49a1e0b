"""To whom events are sent: encrypted, or to this machine; signed, by what no file holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumption.cli.sending import sent_or_why
from consumption.config import Workspace, WrongSetting
from consumption.config.secret import WEBHOOK_SECRET
from consumption.jobs.create import create
from tests.conftest import Command


def written(folder: Path, lines: str) -> Path:
    """A workspace with these settings."""
    root = create(folder / "w").root
    (root / "consumption.toml").write_text(lines, "utf-8")
    return root


@pytest.mark.parametrize(
    "url", ["https://tool.test/hooks", "http://127.0.0.1:8080/", "http://localhost", "http://[::1]:9/"]
)
def test_an_address_that_nobody_else_reads_is_taken(tmp_path: Path, url: str) -> None:
    """Encrypted anywhere, or plain where it does not leave the machine."""
    assert Workspace.open(written(tmp_path, f'[webhook]\nurl = "{url}"')).settings.webhook.url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://tool.test/hooks",
        "http://127.0.0.1.tool.test/",
        "ftp://127.0.0.1/",
        "tool.test",
        "https://",
        "http://10.0.0.7/",
    ],
)
def test_an_address_on_whose_way_others_read_is_refused(tmp_path: Path, url: str) -> None:
    """Said when settings are read, with what to write."""
    root = written(tmp_path, f'[webhook]\nurl = "{url}"')
    with pytest.raises(WrongSetting, match=r"https://\.\.\., or http://127\.0\.0\.1:PORT") as said:
        Workspace.open(root)
    assert said.value.remedy == "correct webhook.url, or leave it out"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"https://{'a' * 64}.test/", "1 to 63 signs"),
        ("https://tool..test/", "1 to 63 signs"),
        (r"https://tool.test/\u007f", "cannot be seen"),
        ("https://tool.test/a b", "no blanks"),
        ("https://tool.test:99999/", "1 to 65535"),
        ("https://tool.test:x/", "1 to 65535"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(tmp_path: Path, url: str, why: str) -> None:
    """When settings are read: not in the night, after publishing, by an error nobody expects."""
    with pytest.raises(WrongSetting, match=why):
        Workspace.open(written(tmp_path, f'[webhook]\nurl = "{url}"'))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path, scheme: str) -> None:
    """What is said goes to logs: neither it, nor the error behind it, has the password."""
    with pytest.raises(WrongSetting, match="no user and no password") as said:
        Workspace.open(written(tmp_path, f'[webhook]\nurl = "{scheme}://user:topsecret@host/"'))
    assert "topsecret" not in f"{said.value.problem} {said.value.remedy}"
    assert said.value.__cause__ is None
    assert said.value.__suppress_context__


def test_a_secret_that_is_no_ascii_is_told_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other that is none: the daily job goes on."""
    monkeypatch.setenv(WEBHOOK_SECRET, "whsec_schlüssel")
    root = written(tmp_path, '[webhook]\nurl = "https://tool.test/hooks"')
    assert "no base64 text" in sent_or_why(Workspace.open(root))


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Files are copied and kept; the remedy names the place, and nothing shows the secret."""
    root = written(tmp_path, '[webhook]\nsecret = "whsec_dont_tell"')
    with pytest.raises(WrongSetting, match=r"there is no setting webhook\.secret") as said:
        Workspace.open(root)
    assert WEBHOOK_SECRET in said.value.remedy
    assert "dont_tell" not in f"{said.value.problem} {said.value.remedy}"


def test_sending_says_what_it_lacks(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address, then a secret; what would be sent is told without either."""
    monkeypatch.delenv(WEBHOOK_SECRET, raising=False)
    root = written(tmp_path, "")
    assert command("send", "-w", root) == (1, "", (
        "there is nobody to send to: settings have no [webhook] url\n"
        "write its address there, or hand everything out as a file: consumption export to_send FILE\n"
    ))  # fmt: skip
    (root / "consumption.toml").write_text('[webhook]\nurl = "http://127.0.0.1:9/"', "utf-8")
    code, _, error = command("send", "-w", root)
    assert (code, WEBHOOK_SECRET in error) == (1, True)
    monkeypatch.setenv(WEBHOOK_SECRET, "whsec_c2hvcnQ=")
    assert "24 bytes" in command("send", "-w", root)[2]
    assert command("send", "--dry-run", "-w", root)[:2] == (0, "0 to be sent; 0 were sent, 0 never will be\n")
    assert command("send", "--log", "-w", root)[:2] == (0, "nothing was sent yet, and nothing tried\n")


def test_only_what_is_sent_is_listed_in_full_or_in_part(tmp_path: Path, command: Command) -> None:
    """Every other export lists all there is: `--all` would promise a difference."""
    code, _, error = command("export", "accounts", tmp_path / "a.csv", "--all", "-w", written(tmp_path, ""))
    assert (code, "--all is for to_send" in error) == (2, True)


def test_the_daily_job_says_why_nothing_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan stands all the same: what is lacking is told in a line, and is no failure of the job."""
    monkeypatch.delenv(WEBHOOK_SECRET, raising=False)
    root = written(tmp_path, "")
    assert sent_or_why(Workspace.open(root)) == ""
    (root / "consumption.toml").write_text('[webhook]\nurl = "https://tool.test/hooks"', "utf-8")
    assert sent_or_why(Workspace.open(root)).startswith("nothing can be sent by webhook: the environment has no")
