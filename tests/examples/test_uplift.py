"""The example of a trial runs as it is written, and finds what is true in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_finds_whom_to_call_and_whom_to_train() -> None:
    """The command in its own words: it says which learner it took, shows rows, and is near the truth on average."""
    command = [sys.executable, str(ROOT / "examples" / "uplift.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    assert re.match(r"the (layer|s-learner|dr-learner): ", lines[0])
    assert "call_low" in done.stdout
    found = re.findall(r"^(\w+): (-?[\d.]+) on average, in truth (-?[\d.]+)$", done.stdout, re.MULTILINE)
    assert [name for name, _, _ in found] == ["call", "training"]
    for _, said, truth in found:
        assert abs(float(said) - float(truth)) < 0.03
