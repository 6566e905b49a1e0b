"""[limits] in settings: the most of an action a week, by its id."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumption.config import Workspace
from consumption.jobs.create import SETTINGS, create
from consumption.jobs.limits import UnknownLimit, limits_of
from consumption.jobs.opening import catalogue_of


def with_limits(root: Path, *lines: str) -> Workspace:
    """A new workspace with these lines in [limits]."""
    return create(root, settings="\n".join([SETTINGS, "[limits]", *lines, ""]))


def test_limits_are_read_by_the_id_of_an_action(tmp_path: Path) -> None:
    """What settings say is what the plan keeps to; without the section nothing is limited."""
    limited, free = with_limits(tmp_path / "a", "right_size = 2"), create(tmp_path / "b", settings=SETTINGS)
    assert limits_of(limited, catalogue_of(limited)) == {"right_size": 2}
    assert limits_of(free, catalogue_of(free)) is None


def test_a_limit_of_no_action_says_which_was_meant(tmp_path: Path) -> None:
    """A slip of the pen is no limit that silently does nothing."""
    workspace = with_limits(tmp_path / "a", "right_siez = 2")
    with pytest.raises(UnknownLimit, match="did you mean right_size"):
        limits_of(workspace, catalogue_of(workspace))
