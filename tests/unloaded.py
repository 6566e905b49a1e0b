"""A command that is refused in a process of its own, without loading what takes seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def refused(*words: str | Path, without: str) -> str:
    """What `consumption WORDS` says on standard error; fails if it loads what learns, or the job `without`."""
    script = f"""
import sys
from consumption.cli.main import main
sys.argv = {["consumption", *map(str, words)]!r}
try:
    main()
except SystemExit as stopped:
    assert stopped.code == 1
assert not {{"lightgbm", "sklearn", {without!r}}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr
