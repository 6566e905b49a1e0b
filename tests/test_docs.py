"""The documentation says what the code does, or a test fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consumption.cli.reference import reference

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_reference_is_rendered_from_the_code() -> None:
    """Every command, setting, table and error is on one page, in the code's own words."""
    written = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert written == reference(), "write it anew: python -m consumption.cli.reference > docs/reference.md"


def test_the_readme_shows_the_two_commands_before_any_detail() -> None:
    """A newcomer gets a list with `make demo`, and the same on their own files, within sixty lines."""
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:60])
    wanted = ["make demo", "make test", "consumption init", "consumption ingest", "consumption run"]
    assert [first.find(word) for word in wanted] == sorted(first.find(word) for word in wanted)
    assert -1 not in [first.find(word) for word in wanted]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A link to a page of ours names a file that is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_docs_exist(page: Path) -> None:
    """A command that a page shows is one that there is."""
    known = set(re.findall(r"^### consumption (.+)$", reference(), re.MULTILINE))
    shown = re.findall(r"(?:^|`)consumption ((?:keys |check )?[a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    assert [words for words in shown if words not in known and words.split()[0] not in {"check", "keys"}] == []
